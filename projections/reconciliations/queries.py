"""Questions about statements, and which token wants one."""

from typing import Any, Final

import msgspec

from projections.query import Query
from projections.select import ROWS_MAX, above, always, below, equal, select


class ReconciliationRow(msgspec.Struct, frozen=True):
    """A statement; ``position`` is its cursor, ``as_of`` the position of the compared books."""

    position: int
    token: str
    agrees: bool
    statement: str
    contract: str
    chain_id: int
    block: int
    block_hash: str
    as_of: int
    wallets: int
    in_transit: int
    break_count: int
    breaks: list[dict[str, Any]]
    stated_at: str


class ReconciledTokenRow(msgspec.Struct, frozen=True):
    """A token on the chain and its last statement, if any."""

    token: str
    contract: str
    deployed: int
    requested: int | None
    disturbed: int | None
    stated: int | None
    stated_at: str | None
    as_of: int | None
    values_hash: str | None
    break_count: int | None


def reconciliation(position: int) -> Query[ReconciliationRow]:
    """Ask for one statement by the position of its event."""
    conditions = [equal("position", position)]
    return select(ReconciliationRow, "reconciliations", conditions, order="position")


def reconciliations(
    *,
    token: str | None = None,
    agrees: bool | None = None,
    after: int | None = None,
    limit: int = 50,
) -> Query[ReconciliationRow]:
    """Ask for a page of statements, the newest first; ``after`` is the last row's position."""
    conditions = [equal("token", token), equal("agrees", agrees), below("position", after)]
    return select(
        ReconciliationRow, "reconciliations", conditions, order="position DESC", limit=limit
    )


def tokens_on_chain(
    *, token: str | None = None, after: str | None = None, limit: int = ROWS_MAX
) -> Query[ReconciledTokenRow]:
    """Ask for a page of the tokens that stand on the chain, by name; or for one of them."""
    conditions = [equal("token", token), above("token", after)]
    return select(ReconciledTokenRow, "reconciled_tokens", conditions, order="token", limit=limit)


def token_at(contract: str) -> Query[ReconciledTokenRow]:
    """Ask which token stands at an address."""
    conditions = [equal("contract", contract)]
    return select(ReconciledTokenRow, "reconciled_tokens", conditions, order="token")


_DUE: Final = always("as_of IS NULL OR greatest(requested, disturbed) > as_of")


def due_tokens(*, limit: int = ROWS_MAX) -> Query[ReconciledTokenRow]:
    """Ask for tokens that somebody wants a statement of, or disturbed, or that never had one."""
    return select(ReconciledTokenRow, "reconciled_tokens", [_DUE], order="token", limit=limit)


_BROKEN: Final = always("break_count > 0")


def broken_tokens(*, limit: int = ROWS_MAX) -> Query[ReconciledTokenRow]:
    """Ask for tokens whose last statement has breaks."""
    return select(ReconciledTokenRow, "reconciled_tokens", [_BROKEN], order="token", limit=limit)
