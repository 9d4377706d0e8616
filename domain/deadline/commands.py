"""What the deadline worker may wish."""

from domain.deadline.levels import Stage
from domain.kernel.command import Command


class PassStage(Command, frozen=True, kw_only=True):
    """Note that a clock has passed a stage at an instant, as the log measures it."""

    TYPE = "deadline.pass_stage"
    clock: str
    level: str
    target: str
    stage: Stage
    started_at: str
    due_at: str
    stopped_at: str | None = None
