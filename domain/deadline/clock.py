"""When a clock passes its stages: pure arithmetic over the calendar as it stood at its start."""

from collections.abc import Collection, Mapping

from domain.deadline.levels import STAGES, Level, Span, Stage
from domain.kernel.calendar import later
from domain.kernel.officehours import after_business_days, after_business_hours

_SECONDS = {"s": 1, "min": 60, "h": 3600}


def due_at(
    span: Span, started_at: str, holidays: Collection[str], said: Mapping[str, str | None]
) -> str | None:
    """Tell the instant at which a span that began at an instant is over.

    ``said`` has what the thing itself says of its times; nothing when that is needed and not
    known.
    """
    if span.field is not None and (end := said.get(span.field)) is not None:
        return end
    if span.unit == "BD":
        return after_business_days(started_at, span.amount, holidays)
    if span.unit == "BH":
        return after_business_hours(started_at, span.amount, holidays)
    if span.unit == "due":
        day = said.get("due")
        noon = None if day is None else f"{day}T12:00:00.000000Z"
        return None if noon is None else after_business_days(noon, span.amount, holidays)
    return later(started_at, span.amount * _SECONDS[span.unit])


def stages_of(
    level: Level, started_at: str, holidays: Collection[str], said: Mapping[str, str | None]
) -> dict[Stage, str]:
    """Tell the instants of all stages that a clock of this level passes."""
    found: dict[Stage, str] = {}
    for stage in STAGES:
        span = level.span(stage)
        end = None if span is None else due_at(span, started_at, holidays, said)
        if end is not None:
            found[stage] = end
    return found


def clock_name(level: str, target: str, position: int) -> str:
    """Name a clock by its row, its thing and the position of the event that started it."""
    return f"{level}/{target}/{position}"


def next_stage(
    stages: Mapping[Stage, str], passed: Collection[Stage], stopped_at: str | None
) -> tuple[str, Stage] | None:
    """Tell the next stage that a clock passes, and when; nothing when it passes none any more.

    A clock that was stopped behind a stage has passed it, whether or not anybody looked.
    """
    ahead = [
        (end, stage)
        for stage, end in stages.items()
        if stage not in passed and (stopped_at is None or stopped_at > end)
    ]
    return min(ahead, default=None)
