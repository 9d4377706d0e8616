"""Questions about applications."""

from typing import Final

import msgspec

from domain.kernel.sealed import Sealed
from domain.kyc.events import KycDocument
from projections.query import Query
from projections.select import above, at_least, at_most, equal, select


class ApplicationRow(msgspec.Struct, frozen=True):
    """An application; what is about the person is sealed, ``place`` is the cursor."""

    application: str
    place: str
    subject: str
    number: int
    state: str
    documents: list[KycDocument]
    details: Sealed
    fatca: str
    submitted_at: str
    reviewer: str | None
    opened_at: str | None
    decided_at: str | None
    level: int | None
    accreditation: str | None
    notes: Sealed | None
    reason: Sealed | None
    position: int
    last_position: int


class ApplicationFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which applications; instants of submission are inclusive."""

    state: str | None = None
    subject: str | None = None
    submitted_from: str | None = None
    submitted_until: str | None = None


def application(identity: str) -> Query[ApplicationRow]:
    """Ask for one application."""
    conditions = [equal("application", identity)]
    return select(ApplicationRow, "kyc_applications", conditions, order="application")


LAST: Final = " ~"
"""Behind an instant: no name of an application comes later."""


def applications(
    wanted: ApplicationFilter, *, after: str | None = None, limit: int = 50
) -> Query[ApplicationRow]:
    """Ask for a page of the queue, the oldest first; ``after`` is the last row's place."""
    until = wanted.submitted_until
    conditions = [
        equal("state", wanted.state),
        equal("subject", wanted.subject),
        at_least("place", wanted.submitted_from),
        at_most("place", None if until is None else until + LAST),
        above("place", after),
    ]
    return select(ApplicationRow, "kyc_applications", conditions, order="place", limit=limit)
