"""Questions about issuer status."""

import msgspec

from projections.query import Query
from projections.select import above, equal, select


class IssuerRow(msgspec.Struct, frozen=True):
    """A wish to be an issuer; ``position`` is its cursor."""

    subject: str
    state: str
    reason: str | None
    requested_at: str
    decided_at: str | None
    position: int
    last_position: int


def issuers(
    *,
    subject: str | None = None,
    state: str | None = None,
    after: int | None = None,
    limit: int = 50,
) -> Query[IssuerRow]:
    """Ask for a page of wishes, the oldest first; ``after`` is the last row's position."""
    conditions = [equal("subject", subject), equal("state", state), above("position", after)]
    return select(IssuerRow, "issuers", conditions, order="position", limit=limit)
