"""Questions about clocks: what is due for the worker, and the board for people."""

from typing import Any

import msgspec

from domain.deadline.levels import Stage
from projections.query import Query
from projections.select import ROWS_MAX, at_most, below, equal, select


class DueClock(msgspec.Struct, frozen=True):
    """A clock that passes a stage which nobody has told yet."""

    clock: str
    level: str
    target: str
    started_at: str
    stopped_at: str | None
    next_at: str
    next_stage: Stage


class ClockRow(msgspec.Struct, frozen=True):
    """A clock; ``stages`` has the instants of its stages, ``passed`` those that were told.

    ``state`` is RUNNING or STOPPED, ``standing`` IN_TIME, LATE (past its target) or BREACHED (past
    its hard cap); ``number`` is the cursor.
    """

    clock: str
    level: str
    target: str
    audience: str
    state: str
    standing: str
    started_at: str
    stages: dict[str, Any]
    passed: list[str]
    stopped_at: str | None
    number: int
    position: int
    last_position: int


class ClockFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which clocks; ``audience`` is ``operations`` or ``compliance``."""

    audience: str | None = None
    state: str | None = None
    standing: str | None = None
    level: str | None = None
    target: str | None = None


def due_clocks(instant: str, *, limit: int = ROWS_MAX) -> Query[DueClock]:
    """Ask for clocks that have passed a stage up to an instant, the most overdue first."""
    return select(
        DueClock, "clocks", [at_most("next_at", instant)], order="next_at, clock", limit=limit
    )


def breached_clocks() -> Query[ClockRow]:
    """Ask for clocks of operations that run past their hard cap."""
    wanted = ClockFilter(audience="operations", state="RUNNING", standing="BREACHED")
    return clocks(wanted, limit=ROWS_MAX)


def clocks(wanted: ClockFilter, *, after: int | None = None, limit: int = 50) -> Query[ClockRow]:
    """Ask for a page of clocks, the newest first; ``after`` is the last row's number."""
    conditions = [
        equal("audience", wanted.audience),
        equal("state", wanted.state),
        equal("standing", wanted.standing),
        equal("level", wanted.level),
        equal("target", wanted.target),
        below("number", after),
    ]
    return select(ClockRow, "clocks", conditions, order="number DESC", limit=limit)
