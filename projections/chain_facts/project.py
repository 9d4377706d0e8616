"""Folds chain facts."""

from collections.abc import Iterable
from typing import Final

from domain.chainfact import events
from domain.kernel.event import Event, Recorded
from domain.kernel.ids import identity_of
from projections.folding import FoldedView, advance, folds_of, plain
from projections.view import Key, Row, Rows, Table

CHAIN_FACTS: Final = Table(
    "chain_facts",
    ("fact",),
    (
        "state",
        "chain_id",
        "token",
        "contract",
        "kind",
        "event",
        "arguments",
        "transaction",
        "block",
        "block_hash",
        "log_index",
        "observed_at",
        "retracted_at",
        "position",
        "last_position",
    ),
)


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the fact."""
    return [(CHAIN_FACTS, (identity_of(event.stream),))]


def _fold(event: Recorded, rows: Rows) -> None:
    values = _values(event.fact, event.at)
    advance(rows, CHAIN_FACTS, identity_of(event.stream), event, values)


def _values(fact: Event, at: str) -> Row:
    match fact:
        case events.ChainFactObserved():
            return {
                "chain_id": fact.chain_id,
                "token": fact.token,
                "contract": fact.contract,
                "kind": fact.kind,
                "event": fact.event,
                "arguments": plain(fact.arguments),
                "transaction": fact.transaction,
                "block": fact.block,
                "block_hash": fact.block_hash,
                "log_index": fact.log_index,
                "observed_at": at,
                "retracted_at": None,
            }
        case _:
            return {"retracted_at": at}


VIEW: Final = FoldedView(
    "chain_facts",
    version=1,
    tables=(CHAIN_FACTS,),
    needs=needs,
    folds=folds_of(events.EVENTS, _fold),
)
