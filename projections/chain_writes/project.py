"""Folds chain writes and the transactions that carried them."""

from collections.abc import Iterable
from typing import Final

from domain.chainwrite import events
from domain.kernel.event import Event, Recorded
from domain.kernel.ids import identity_of
from projections.folding import FoldedView, advance, folds_of, plain
from projections.view import Key, Row, Rows, Table

CHAIN_WRITES: Final = Table(
    "chain_writes",
    ("write",),
    (
        "state",
        "purpose",
        "reference",
        "token",
        "signer",
        "contract",
        "function",
        "target",
        "arguments",
        "sender",
        "nonce",
        "gas_limit",
        "transaction",
        "block",
        "block_hash",
        "gas_used",
        "gas_price",
        "fee",
        "max_fee_per_gas",
        "max_priority_fee_per_gas",
        "attempts",
        "bumps",
        "retractions",
        "confirmations",
        "result",
        "reason",
        "planned_at",
        "updated_at",
        "position",
        "last_position",
    ),
)

CHAIN_TRANSACTIONS: Final = Table(
    "chain_transactions",
    ("transaction",),
    (
        "write",
        "purpose",
        "token",
        "signer",
        "sender",
        "nonce",
        "gas_limit",
        "max_fee_per_gas",
        "max_priority_fee_per_gas",
        "state",
        "block",
        "gas_used",
        "gas_price",
        "fee",
        "signed_at",
        "position",
    ),
)

NOT_OF_A_TOKEN: Final = frozenset(
    {"identity", "link", "claim", "revoke", "anchor", "platform", "settle_batch", "gap"}
)
"""Purposes whose writes are not named ``<purpose>/<token>...``."""

SHARED: Final = (
    "purpose",
    "token",
    "signer",
    "sender",
    "nonce",
    "gas_limit",
    "max_fee_per_gas",
    "max_priority_fee_per_gas",
)
"""What a transaction has of its write at the moment of its signature."""

UNMINED: Final[Row] = dict.fromkeys(("block", "block_hash", "gas_used", "gas_price", "fee"))
SIGNED, MINED = "SIGNED", "MINED"


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the write, and the transaction that the fact is about."""
    wanted: list[tuple[Table, Key]] = [(CHAIN_WRITES, (identity_of(event.stream),))]
    transaction = getattr(event.fact, "transaction", None)
    if transaction is not None:
        wanted.append((CHAIN_TRANSACTIONS, (transaction,)))
    return wanted


def _fold(event: Recorded, rows: Rows) -> None:
    write, fact = identity_of(event.stream), event.fact
    before = rows.get(CHAIN_WRITES, write) or {}
    values = {**_values(fact), **_counts(fact, before)}
    if isinstance(fact, events.ChainWritePlanned):
        values = {**values, **_planned(write, fact), "planned_at": event.at}
    advance(rows, CHAIN_WRITES, write, event, {**values, "updated_at": event.at})
    _account(event, rows, write)


def _planned(write: str, fact: events.ChainWritePlanned) -> Row:
    rest = write.split("/")[1:]
    return {
        "purpose": fact.purpose,
        "reference": fact.reference,
        "token": rest[0] if rest and fact.purpose not in NOT_OF_A_TOKEN else None,
        "signer": fact.signer,
        "contract": fact.contract,
        "function": fact.function,
        "target": fact.target,
        "arguments": plain(fact.arguments),
    }


def _counts(fact: Event, before: Row) -> Row:
    match fact:
        case events.ChainWritePlanned():
            return {"attempts": 0, "bumps": 0, "retractions": 0}
        case events.NonceAssigned():
            return {"attempts": before["attempts"] + 1}
        case events.FeeBumped():
            return {"bumps": before["bumps"] + 1}
        case events.ChainWriteRetracted():
            return {"retractions": before["retractions"] + 1}
        case _:
            return {}


def _values(fact: Event) -> Row:
    match fact:
        case events.NonceAssigned():
            return {"sender": fact.sender, "nonce": fact.nonce, "gas_limit": fact.gas_limit} | (
                _offered(fact)
            )
        case events.FeeBumped():
            return {"transaction": fact.transaction} | _offered(fact)
        case events.ChainWriteSigned() | events.ChainWriteBroadcast():
            return {"transaction": fact.transaction}
        case events.ChainWriteMined():
            return {
                "transaction": fact.transaction,
                "block_hash": fact.block_hash,
                **_spent(fact),
            }
        case events.ChainWriteReorganised():
            return UNMINED
        case events.ChainWriteRetracted():
            return {**UNMINED, "confirmations": None, "reason": None}
        case events.ChainWriteConfirmed() | events.ChainWriteRestored():
            return {
                "block": fact.block,
                "block_hash": fact.block_hash,
                "confirmations": fact.confirmations,
                "result": dict(fact.result),
            }
        case events.ChainWriteFailed() | events.ChainWriteReverted():
            return {"reason": fact.reason}
        case events.ChainWriteRetried():
            return {"reason": None}
        case _:
            return {}


def _offered(fact: events.NonceAssigned | events.FeeBumped) -> Row:
    return {
        "max_fee_per_gas": fact.max_fee_per_gas,
        "max_priority_fee_per_gas": fact.max_priority_fee_per_gas,
    }


def _spent(fact: events.ChainWriteMined) -> Row:
    return {
        "block": fact.block,
        "gas_used": fact.gas_used,
        "gas_price": fact.gas_price,
        "fee": fact.fee,
    }


def _account(event: Recorded, rows: Rows, write: str) -> None:
    """Keep the ledger of transactions: what was offered, and what it took."""
    match event.fact:
        case (
            events.ChainWriteSigned(transaction=transaction)
            | events.FeeBumped(transaction=transaction)
        ):
            whole = rows.get(CHAIN_WRITES, write) or {}
            row: Row = {
                **dict.fromkeys(CHAIN_TRANSACTIONS.all_columns),
                **{name: whole[name] for name in SHARED},
                "transaction": transaction,
                "write": write,
                "state": SIGNED,
                "signed_at": event.at,
                "position": event.position,
            }
            rows.put(CHAIN_TRANSACTIONS, row)
        case events.ChainWriteMined() as mined:
            _change(rows, mined.transaction, {"state": MINED, **_spent(mined)})
        case events.ChainWriteReorganised() | events.ChainWriteRetracted() as gone:
            blank: Row = dict.fromkeys(("block", "gas_used", "gas_price", "fee"))
            _change(rows, gone.transaction, {"state": SIGNED, **blank})
        case _:
            return


def _change(rows: Rows, transaction: str, values: Row) -> None:
    row = rows.get(CHAIN_TRANSACTIONS, transaction)
    if row is not None:
        rows.put(CHAIN_TRANSACTIONS, {**row, **values})


VIEW: Final = FoldedView(
    "chain_writes",
    version=2,
    tables=(CHAIN_WRITES, CHAIN_TRANSACTIONS),
    needs=needs,
    folds=folds_of(events.EVENTS, _fold),
)
