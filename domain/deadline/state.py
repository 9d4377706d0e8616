"""A clock after its events, and the one decision about it."""

from typing import Final

import msgspec

from domain.deadline.commands import PassStage
from domain.deadline.events import (
    EVENTS,
    DeadlineBreached,
    DeadlineEscalated,
    DeadlineWarned,
)
from domain.deadline.levels import LEVELS, Stage
from domain.deadline.refusals import NotDue
from domain.kernel.aggregate import Aggregate
from domain.kernel.command import Context
from domain.kernel.event import Event
from domain.kernel.refusal import NotFound, Refusal


class Clock(msgspec.Struct, frozen=True):
    """The stages that were told."""

    passed: frozenset[Stage] = frozenset()


_STAGE_OF: Final[dict[str, Stage]] = {
    DeadlineWarned.TYPE: "target",
    DeadlineBreached.TYPE: "cap",
    DeadlineEscalated.TYPE: "escalation",
}


def evolve(state: Clock, event: Event) -> Clock:
    """Apply one fact."""
    return Clock(passed=state.passed | {_STAGE_OF[event.TYPE]})


def pass_stage(state: Clock, command: PassStage, context: Context) -> list[Event] | Refusal:
    """Tell a stage once, when its instant has come and the clock had not stopped before."""
    level = LEVELS.get(command.level)
    if level is None or level.span(command.stage) is None:
        return NotFound(kind="service level", identity=f"{command.level}/{command.stage}")
    if command.stage in state.passed:
        return []
    stopped = command.stopped_at
    if context.at < command.due_at or (stopped is not None and stopped <= command.due_at):
        return NotDue(clock=command.clock, due_at=command.due_at)
    return [_fact(command, level.escalates_to or level.owner)]


def _fact(command: PassStage, to: str) -> Event:
    if command.stage == "escalation":
        return DeadlineEscalated(
            level=command.level,
            target=command.target,
            started_at=command.started_at,
            due_at=command.due_at,
            stopped_at=command.stopped_at,
            to=to,
        )
    kind = DeadlineWarned if command.stage == "target" else DeadlineBreached
    return kind(
        level=command.level,
        target=command.target,
        started_at=command.started_at,
        due_at=command.due_at,
        stopped_at=command.stopped_at,
    )


def deadline_stream(clock: str) -> str:
    """Name the stream of a clock."""
    return f"deadline:{clock}"


DEADLINE: Final = Aggregate(name="deadline", empty=Clock(), evolve=evolve, events=EVENTS)
