"""Questions about legal holds."""

import msgspec

from domain.kernel.sealed import Sealed
from projections.query import Query
from projections.select import above, equal, select


class LegalHoldRow(msgspec.Struct, frozen=True):
    """A hold with its sealed words; it stands while ``lifted_at`` is empty."""

    subject: str
    hold: str
    reason: Sealed
    placed_by: str
    placed_at: str
    lifted_by: str | None
    lifted_at: str | None
    lifting: Sealed | None
    position: int


def legal_holds(
    *, subject: str | None = None, after: int | None = None, limit: int = 50
) -> Query[LegalHoldRow]:
    """Ask for a page of holds, the oldest first; ``after`` is the last row's position."""
    conditions = [equal("subject", subject), above("position", after)]
    return select(LegalHoldRow, "legal_holds", conditions, order="position", limit=limit)
