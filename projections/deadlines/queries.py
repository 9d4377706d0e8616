"""Questions of the timer worker."""

from typing import Final

import msgspec

from projections.query import Query
from projections.select import ROWS_MAX, always, at_most, equal, select


class DeadlineRow(msgspec.Struct, frozen=True):
    """Something that is to be done: ``reminder``, ``expiry`` or ``lapse``.

    ``detail`` tells which reminder, or until when the fact holds.
    """

    key: str
    kind: str
    target: str
    detail: str | None
    due_at: str
    state: str


_OPEN: Final = always("state = 'OPEN'")


def due(instant: str, *, limit: int = ROWS_MAX) -> Query[DeadlineRow]:
    """Ask for what is due at an instant and not done, the most overdue first."""
    conditions = [_OPEN, at_most("due_at", instant)]
    return select(DeadlineRow, "deadlines", conditions, order="due_at, key", limit=limit)


def next_deadline() -> Query[DeadlineRow]:
    """Ask for the next open deadline, so that a story's clock knows where to go."""
    return select(DeadlineRow, "deadlines", [_OPEN], order="due_at, key")


def deadlines_of(target: str) -> Query[DeadlineRow]:
    """Ask for all deadlines of an invoice or a subject, done ones included."""
    conditions = [equal("target", target)]
    return select(DeadlineRow, "deadlines", conditions, order="due_at, key", limit=ROWS_MAX)
