"""Folds chain writes."""

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
        "confirmations",
        "result",
        "reason",
        "planned_at",
        "updated_at",
        "position",
        "last_position",
    ),
)

TOKEN_PURPOSES: Final = frozenset({"suite", "register", "unpause", "mint", "transfer", "burn"})
"""Purposes whose writes are named ``<purpose>/<token>...``."""

UNMINED: Final[Row] = dict.fromkeys(("block", "block_hash", "gas_used", "gas_price", "fee"))


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the write."""
    return [(CHAIN_WRITES, (identity_of(event.stream),))]


def _fold(event: Recorded, rows: Rows) -> None:
    write, fact = identity_of(event.stream), event.fact
    values = _values(fact)
    if isinstance(fact, events.ChainWritePlanned):
        values = {**_planned(write, fact), "planned_at": event.at}
    advance(rows, CHAIN_WRITES, write, event, {**values, "updated_at": event.at})


def _planned(write: str, fact: events.ChainWritePlanned) -> Row:
    purpose, *rest = write.split("/")
    return {
        "purpose": fact.purpose,
        "reference": fact.reference,
        "token": rest[0] if rest and purpose in TOKEN_PURPOSES else None,
        "signer": fact.signer,
        "contract": fact.contract,
        "function": fact.function,
        "target": fact.target,
        "arguments": plain(fact.arguments),
    }


def _values(fact: Event) -> Row:
    match fact:
        case events.NonceAssigned():
            return {"sender": fact.sender, "nonce": fact.nonce, "gas_limit": fact.gas_limit}
        case events.ChainWriteSigned() | events.ChainWriteBroadcast():
            return {"transaction": fact.transaction}
        case events.ChainWriteMined():
            return {
                "transaction": fact.transaction,
                "block": fact.block,
                "block_hash": fact.block_hash,
                "gas_used": fact.gas_used,
                "gas_price": fact.gas_price,
                "fee": fact.fee,
            }
        case events.ChainWriteReorganised():
            return UNMINED
        case events.ChainWriteConfirmed():
            return {
                "block": fact.block,
                "block_hash": fact.block_hash,
                "confirmations": fact.confirmations,
                "result": dict(fact.result),
            }
        case events.ChainWriteFailed():
            return {"reason": fact.reason}
        case _:
            return {}


VIEW: Final = FoldedView(
    "chain_writes",
    version=1,
    tables=(CHAIN_WRITES,),
    needs=needs,
    folds=folds_of(events.EVENTS, _fold),
)
