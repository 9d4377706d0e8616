"""Questions about who did what when."""

from collections.abc import Sequence

import msgspec

from projections.query import Query
from projections.select import above, at_least, at_most, below, equal, outside, select


class AuditRow(msgspec.Struct, frozen=True):
    """An event's envelope; ``position`` is its cursor."""

    position: int
    at: str
    actor: str
    type: str
    stream: str
    version: int
    command: str
    correlation: str
    cause: int | None


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which events; instants are inclusive (RFC 3339, UTC, six decimals, ``Z``).

    ``hidden`` names types that the reader must not know of.
    """

    stream: str | None = None
    actor: str | None = None
    type: str | None = None
    command: str | None = None
    correlation: str | None = None
    cause: int | None = None
    at_from: str | None = None
    at_until: str | None = None
    hidden: Sequence[str] | None = None


def audit_trail(
    wanted: AuditFilter, *, after: int | None = None, limit: int = 50, descending: bool = False
) -> Query[AuditRow]:
    """Ask for a page of the trail; ``after`` is the last row's position."""
    conditions = [
        equal("stream", wanted.stream),
        equal("actor", wanted.actor),
        equal("type", wanted.type),
        equal("command", wanted.command),
        equal("correlation", wanted.correlation),
        equal("cause", wanted.cause),
        at_least("at", wanted.at_from),
        at_most("at", wanted.at_until),
        outside("type", wanted.hidden),
        below("position", after) if descending else above("position", after),
    ]
    order = "position DESC" if descending else "position"
    return select(AuditRow, "audit", conditions, order=order, limit=limit)


def last_event_at(instant: str) -> Query[AuditRow]:
    """Ask for the last event up to an instant: "as of a time" means its position."""
    return select(AuditRow, "audit", [at_most("at", instant)], order="at DESC, position DESC")
