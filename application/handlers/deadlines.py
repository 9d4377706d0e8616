"""Stages that clocks of the service levels pass (FX9)."""

from application.draft import Draft, Handling
from domain.deadline import state as deadlines
from domain.deadline.commands import PassStage
from domain.deadline.state import DEADLINE, deadline_stream
from domain.kernel.command import Context


def pass_stage(command: PassStage, context: Context) -> Handling:
    """Tell a stage of a clock, once."""
    draft = Draft()
    stream = deadline_stream(command.clock)
    yield from draft.load(stream)
    decision = deadlines.pass_stage(draft.of(DEADLINE, stream), command, context)
    draft.add(DEADLINE, stream, decision)
    return draft
