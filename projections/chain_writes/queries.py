"""Questions about calls to the chain and the gas that they took."""

from typing import Any, Final

import msgspec

from projections.query import Query
from projections.select import ROWS_MAX, above, always, below, equal, select

_OPEN: Final = always("state NOT IN ('CONFIRMED', 'FAILED')")


class ChainWriteRow(msgspec.Struct, frozen=True):
    """A call to the chain; ``position`` is that of its plan and its cursor, wei are strings."""

    write: str
    state: str
    purpose: str
    reference: str
    token: str | None
    signer: str
    contract: str
    function: str
    target: str | None
    arguments: list[Any]
    sender: str | None
    nonce: int | None
    gas_limit: int | None
    transaction: str | None
    block: int | None
    block_hash: str | None
    gas_used: int | None
    gas_price: str | None
    fee: str | None
    max_fee_per_gas: str | None
    max_priority_fee_per_gas: str | None
    attempts: int
    bumps: int
    retractions: int
    confirmations: int | None
    result: dict[str, str] | None
    reason: str | None
    planned_at: str
    updated_at: str
    position: int
    last_position: int


class GasRow(msgspec.Struct, frozen=True):
    """What the transactions of a purpose for a token took: gas, and fees in wei as a string."""

    purpose: str
    token: str | None
    writes: int
    transactions: int
    gas_limit: int
    gas_used: int
    fee: str


class ChainTransactionRow(msgspec.Struct, frozen=True):
    """A transaction that was signed; what it took is empty until it lies in a block."""

    transaction: str
    write: str
    purpose: str
    token: str | None
    signer: str
    sender: str | None
    nonce: int | None
    gas_limit: int | None
    max_fee_per_gas: str | None
    max_priority_fee_per_gas: str | None
    state: str
    block: int | None
    gas_used: int | None
    gas_price: str | None
    fee: str | None
    signed_at: str
    position: int


class WriteName(msgspec.Struct, frozen=True):
    """The name of a write."""

    write: str


class StateCount(msgspec.Struct, frozen=True):
    """How many writes are in a state."""

    state: str
    writes: int


class ChainWriteFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which writes."""

    state: str | None = None
    purpose: str | None = None
    reference: str | None = None
    token: str | None = None
    signer: str | None = None
    transaction: str | None = None


def chain_write(write: str) -> Query[ChainWriteRow]:
    """Ask for one write by its name."""
    return select(ChainWriteRow, "chain_writes", [equal("write", write)], order="write")


def chain_writes(
    wanted: ChainWriteFilter, *, after: int | None = None, limit: int = 50
) -> Query[ChainWriteRow]:
    """Ask for a page of writes, the newest first; ``after`` is the last row's position."""
    conditions = [
        equal("state", wanted.state),
        equal("purpose", wanted.purpose),
        equal("reference", wanted.reference),
        equal("token", wanted.token),
        equal("signer", wanted.signer),
        equal("transaction", wanted.transaction),
        below("position", after),
    ]
    return select(ChainWriteRow, "chain_writes", conditions, order="position DESC", limit=limit)


def open_chain_writes(
    *, signer: str | None = None, after: int | None = None, limit: int = ROWS_MAX
) -> Query[ChainWriteRow]:
    """Ask for writes that are not at their end, in the order of their plans."""
    conditions = [_OPEN, equal("signer", signer), above("position", after)]
    return select(ChainWriteRow, "chain_writes", conditions, order="position", limit=limit)


_STATES: Final = "(SELECT state, count(*) AS writes FROM chain_writes GROUP BY state) AS states"


def writes_by_state() -> Query[StateCount]:
    """Ask how many writes are in each state."""
    return select(StateCount, _STATES, order="state", limit=ROWS_MAX)


_GAS: Final = """\
(SELECT purpose, token, count(DISTINCT write) AS writes, count(*) AS transactions,
        sum(gas_limit)::bigint AS gas_limit, sum(gas_used)::bigint AS gas_used,
        sum(fee::numeric)::text AS fee
 FROM chain_transactions
 WHERE gas_used IS NOT NULL
 GROUP BY purpose, token) AS ledger"""


def gas_ledger(
    *, purpose: str | None = None, token: str | None = None, limit: int = ROWS_MAX
) -> Query[GasRow]:
    """Ask what mined transactions took, reverted ones included, by purpose and token."""
    conditions = [equal("purpose", purpose), equal("token", token)]
    return select(GasRow, _GAS, conditions, order="purpose, token NULLS FIRST", limit=limit)


class ChainTransactionFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which transactions."""

    write: str | None = None
    purpose: str | None = None
    token: str | None = None
    signer: str | None = None
    state: str | None = None


def chain_transactions(
    wanted: ChainTransactionFilter, *, after: int | None = None, limit: int = 50
) -> Query[ChainTransactionRow]:
    """Ask for a page of signed transactions, the newest first."""
    conditions = [
        equal("write", wanted.write),
        equal("purpose", wanted.purpose),
        equal("token", wanted.token),
        equal("signer", wanted.signer),
        equal("state", wanted.state),
        below("position", after),
    ]
    return select(
        ChainTransactionRow,
        "chain_transactions",
        conditions,
        order="position DESC",
        limit=limit,
    )


_OPEN_NAMES: Final = """\
SELECT write FROM chain_writes WHERE state NOT IN ('CONFIRMED', 'FAILED')
ORDER BY purpose <> 'rotate', position LIMIT 1000"""

_NAMES_OF_PURPOSE: Final = """\
SELECT write FROM chain_writes WHERE purpose = %(purpose)s ORDER BY position"""

_ENDED_NAMES: Final = """\
SELECT write FROM chain_writes
WHERE state IN ('CONFIRMED', 'FAILED') AND block > %(block)s
ORDER BY position"""

_RETRACTED_NAMES: Final = """\
SELECT write FROM chain_writes
WHERE retractions > 0 AND state NOT IN ('CONFIRMED', 'FAILED')
ORDER BY position LIMIT 1000"""


def open_names() -> Query[WriteName]:
    """Ask for the names of the first thousand open writes, in the order of their plans.

    Rotations come first: what waits for the end of one must not stand in its way.
    """
    return Query(_OPEN_NAMES, {}, WriteName)


def names_of_purpose(purpose: str) -> Query[WriteName]:
    """Ask for the names of all writes of a purpose, in the order of their plans."""
    return Query(_NAMES_OF_PURPOSE, {"purpose": purpose}, WriteName)


def ended_names(block: int) -> Query[WriteName]:
    """Ask for the names of writes that came to an end in a block above this one."""
    return Query(_ENDED_NAMES, {"block": block}, WriteName)


def retracted_names() -> Query[WriteName]:
    """Ask for the names of writes that were told as done and are not, for now."""
    return Query(_RETRACTED_NAMES, {}, WriteName)
