"""Questions about subjects."""

import msgspec

from domain.kernel.roles import Role
from domain.kernel.sealed import Sealed
from projections.query import Query
from projections.select import Condition, above, equal, select


class ClaimState(msgspec.Struct, frozen=True):
    """The newest claim of a topic: REQUESTED, SIGNED, ADDED, LAPSED or REVOKED."""

    number: int
    value: str
    state: str
    transaction: str | None


class SubjectRow(msgspec.Struct, frozen=True):
    """A subject; ``subject`` is the cursor.

    Its e-mail address, its bank account and a person's name are sealed; what an early log has
    open, and the name of an institution, stands in ``name`` and ``bank_account``.

    ``claims`` are those on its identity, by the name of their topic.
    """

    subject: str
    state: str
    name: str | None
    name_box: Sealed | None
    kind: str
    country: str
    roles: list[Role]
    email: Sealed | None
    bank_account: str | None
    bank_account_box: Sealed | None
    wallet: str | None
    identity: str | None
    investor_class: str | None
    kyc_level: int | None
    accreditation: str | None
    fatca: str | None
    claims: dict[str, ClaimState]
    paused: bool
    created_at: str
    updated_at: str
    position: int
    last_position: int


class SubjectFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which subjects."""

    state: str | None = None
    role: Role | None = None
    kind: str | None = None
    country: str | None = None


def subject(identity: str) -> Query[SubjectRow]:
    """Ask for one subject."""
    return select(SubjectRow, "subjects", [equal("subject", identity)], order="subject")


def subjects(
    wanted: SubjectFilter, *, after: str | None = None, limit: int = 50
) -> Query[SubjectRow]:
    """Ask for a page of subjects by name of the subject; ``after`` is the last row's."""
    conditions = [
        equal("state", wanted.state),
        Condition("roles @> to_jsonb(%(role)s::text)", "role", wanted.role),
        equal("kind", wanted.kind),
        equal("country", wanted.country),
        above("subject", after),
    ]
    return select(SubjectRow, "subjects", conditions, order="subject", limit=limit)


def subject_of_wallet(address: str) -> Query[SubjectRow]:
    """Ask whose wallet an EVM address is, however it is spelled."""
    wallet = Condition("lower(wallet) = lower(%(wallet)s)", "wallet", address)
    return select(SubjectRow, "subjects", [wallet], order="subject")
