"""Questions about what sub-admins were granted."""

import msgspec

from projections.query import Query
from projections.select import above, always, equal, select


class DelegationRow(msgspec.Struct, frozen=True):
    """A grant, named ``<sub-admin>/<grant>``; ``position`` is its cursor."""

    delegation: str
    sub_admin: str
    grantor: str
    commands: list[str]
    queries: list[str]
    until: str
    revoked: bool
    reason: str | None
    granted_at: str
    position: int


def delegations(
    *, sub_admin: str | None = None, after: int | None = None, limit: int = 50
) -> Query[DelegationRow]:
    """Ask for a page of grants, the oldest first, ended ones included."""
    conditions = [equal("sub_admin", sub_admin), above("position", after)]
    return select(DelegationRow, "delegations", conditions, order="position", limit=limit)


def standing(sub_admin: str, *, limit: int = 200) -> Query[DelegationRow]:
    """Ask for the grants of a sub-admin that were not revoked; some may be over."""
    conditions = [equal("sub_admin", sub_admin), always("NOT revoked")]
    return select(DelegationRow, "delegations", conditions, order="position", limit=limit)
