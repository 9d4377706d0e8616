"""Questions about checks."""

import msgspec

from domain.check.events import Gate
from projections.query import Query
from projections.select import above, equal, select


class CheckRow(msgspec.Struct, frozen=True):
    """A check of a subject at a gate; ``position`` is the cursor, instants are the provider's."""

    subject: str
    gate: Gate
    state: str
    provider: str
    reference: str | None
    policy: int
    inputs: str
    findings: list[str]
    asked_at: str
    answered_at: str | None
    position: int
    last_position: int


class CheckFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which checks."""

    subject: str | None = None
    gate: str | None = None
    state: str | None = None
    provider: str | None = None


def checks(wanted: CheckFilter, *, after: int | None = None, limit: int = 50) -> Query[CheckRow]:
    """Ask for a page of checks, the oldest first."""
    conditions = [
        equal("subject", wanted.subject),
        equal("gate", wanted.gate),
        equal("state", wanted.state),
        equal("provider", wanted.provider),
        above("position", after),
    ]
    return select(CheckRow, "checks", conditions, order="position", limit=limit)


def check_by_reference(provider: str, reference: str) -> Query[CheckRow]:
    """Ask which check a provider means by its own reference."""
    conditions = [equal("provider", provider), equal("reference", reference)]
    return select(CheckRow, "checks", conditions, order="position")
