"""Questions about what others did to our contracts."""

from typing import Any

import msgspec

from projections.query import Query
from projections.select import Condition, above, below, equal, select


class ChainFactRow(msgspec.Struct, frozen=True):
    """An event of a contract that no chain write of ours explains; ``position`` is its cursor."""

    fact: str
    state: str
    chain_id: int
    token: str | None
    contract: str
    kind: str
    event: str
    arguments: dict[str, Any]
    transaction: str
    block: int
    block_hash: str
    log_index: int
    observed_at: str
    retracted_at: str | None
    position: int
    last_position: int


class ChainFactFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which facts."""

    token: str | None = None
    contract: str | None = None
    event: str | None = None
    state: str | None = None
    transaction: str | None = None


def chain_facts(
    wanted: ChainFactFilter, *, after: int | None = None, limit: int = 50
) -> Query[ChainFactRow]:
    """Ask for a page of facts, the newest first; ``after`` is the last row's position."""
    conditions = [
        equal("token", wanted.token),
        equal("contract", wanted.contract),
        equal("event", wanted.event),
        equal("state", wanted.state),
        equal("transaction", wanted.transaction),
        below("position", after),
    ]
    return select(ChainFactRow, "chain_facts", conditions, order="position DESC", limit=limit)


def observed_behind(
    chain_id: int, block: int, *, after: int | None = None, limit: int = 200
) -> Query[ChainFactRow]:
    """Ask for a page of the observed facts of later blocks, in the order of their positions."""
    conditions = [
        equal("chain_id", chain_id),
        equal("state", "OBSERVED"),
        Condition("block > %(block)s", "block", block),
        above("position", after),
    ]
    return select(ChainFactRow, "chain_facts", conditions, order="position", limit=limit)
