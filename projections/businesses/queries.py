"""Questions about businesses."""

import msgspec

from projections.query import Query
from projections.select import above, equal, select


class BusinessRow(msgspec.Struct, frozen=True):
    """A business; ``position`` is its cursor, ``decided_by`` the actor that decided."""

    business: str
    state: str
    owner: str
    company_name: str
    registration_number: str
    country: str
    industry: str
    allocation_bps: int
    reason: str | None
    registered_at: str
    decided_at: str | None
    decided_by: str | None
    position: int
    last_position: int


class BusinessFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which businesses."""

    state: str | None = None
    owner: str | None = None
    country: str | None = None


def business(identity: str) -> Query[BusinessRow]:
    """Ask for one business."""
    return select(BusinessRow, "businesses", [equal("business", identity)], order="business")


def businesses(
    wanted: BusinessFilter, *, after: int | None = None, limit: int = 50
) -> Query[BusinessRow]:
    """Ask for a page of businesses, the oldest first; ``after`` is the last row's position."""
    conditions = [
        equal("state", wanted.state),
        equal("owner", wanted.owner),
        equal("country", wanted.country),
        above("position", after),
    ]
    return select(BusinessRow, "businesses", conditions, order="position", limit=limit)
