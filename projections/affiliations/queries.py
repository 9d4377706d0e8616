"""Questions of brokers and partners: who is theirs, and what it comes to together."""

from typing import Final

import msgspec

from projections.query import Query


class PipelineRow(msgspec.Struct, frozen=True):
    """A subject that a broker introduced; whether it may act is all that is told of its state."""

    member: str
    active: bool
    since: str
    position: int


class TenantSumRow(msgspec.Struct, frozen=True):
    """Invoices of all members of a tenant in one state and currency: how many, how much."""

    state: str
    currency: str
    invoices: int
    face: int


PIPELINE: Final = """
SELECT member, active, since, position FROM (
    SELECT tie.member, subject.state = 'ACTIVE' AS active, tie.since, tie.position
    FROM affiliations AS tie JOIN subjects AS subject ON subject.subject = tie.member
    WHERE tie.role = 'broker' AND tie.holder = %(holder)s AND tie.position > %(after)s
) AS pipeline
ORDER BY position LIMIT %(limit)s
"""

TENANT: Final = """
SELECT state, currency, invoices, face FROM (
    SELECT state, currency, count(*) AS invoices, sum(face_amount)::bigint AS face
    FROM invoices
    WHERE seller IN (
        SELECT member FROM affiliations
        WHERE role = 'partner' AND holder = %(holder)s AND NOT ended
    )
    GROUP BY state, currency
) AS sums
ORDER BY state, currency LIMIT %(limit)s
"""


def pipeline(broker: str, *, after: int | None = None, limit: int = 50) -> Query[PipelineRow]:
    """Ask for a page of a broker's pipeline, the oldest first."""
    values = {"holder": broker, "after": after or 0, "limit": limit}
    return Query(PIPELINE, values, PipelineRow)


def tenant_sums(partner: str, *, limit: int = 100) -> Query[TenantSumRow]:
    """Ask for the sums over a partner's tenant by state and currency, and for nothing less."""
    return Query(TENANT, {"holder": partner, "limit": limit}, TenantSumRow)
