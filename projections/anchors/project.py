"""Folds anchors."""

from collections.abc import Iterable
from typing import Final

from domain.anchor import events
from domain.kernel.event import Event, Recorded
from domain.kernel.ids import identity_of
from projections.folding import FoldedView, advance, folds_of
from projections.view import Key, Row, Rows, Table

ANCHORS: Final = Table(
    "anchors",
    ("size",),
    (
        "state",
        "root",
        "head",
        "checkpoint",
        "write",
        "transaction",
        "block",
        "block_hash",
        "chain_id",
        "registry",
        "reason",
        "planned_at",
        "confirmed_at",
        "position",
        "last_position",
    ),
)


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the anchor."""
    return [(ANCHORS, (int(identity_of(event.stream)),))]


def _fold(event: Recorded, rows: Rows) -> None:
    size = int(identity_of(event.stream))
    advance(rows, ANCHORS, size, event, _values(event.fact, event.at))


def _values(fact: Event, at: str) -> Row:
    match fact:
        case events.AnchorPlanned():
            return {
                "root": fact.root,
                "head": fact.head,
                "checkpoint": fact.checkpoint,
                "write": fact.write,
                "planned_at": at,
            }
        case events.AnchorConfirmed():
            return {
                "transaction": fact.transaction,
                "block": fact.block,
                "block_hash": fact.block_hash,
                "chain_id": fact.chain_id,
                "registry": fact.registry,
                "confirmed_at": at,
            }
        case events.AnchorFailed():
            return {"reason": fact.reason}
        case _:
            message = f"not an anchor fact: {fact!r}"
            raise TypeError(message)


VIEW: Final = FoldedView(
    "anchors", version=1, tables=(ANCHORS,), needs=needs, folds=folds_of(events.EVENTS, _fold)
)
