"""Questions about compliance's records."""

import msgspec

from domain.kernel.sealed import Sealed
from projections.query import Query
from projections.select import below, equal, select


class CaseRow(msgspec.Struct, frozen=True):
    """A record: what led to it, and its sealed words; ``position`` is the cursor."""

    record: str
    subject: str
    state: str
    kind: str
    reference: str | None
    reason: Sealed | None
    finding: Sealed | None
    report: Sealed | None
    opened_at: str
    report_due_at: str | None
    reported_at: str | None
    position: int
    last_position: int


class CaseFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which records."""

    subject: str | None = None
    state: str | None = None
    kind: str | None = None


def record(identity: str) -> Query[CaseRow]:
    """Ask for one record."""
    return select(CaseRow, "cases", [equal("record", identity)], order="record")


def records(wanted: CaseFilter, *, after: int | None = None, limit: int = 50) -> Query[CaseRow]:
    """Ask for a page of records, the newest first; ``after`` is the last row's position."""
    conditions = [
        equal("subject", wanted.subject),
        equal("state", wanted.state),
        equal("kind", wanted.kind),
        below("position", after),
    ]
    return select(CaseRow, "cases", conditions, order="position DESC", limit=limit)
