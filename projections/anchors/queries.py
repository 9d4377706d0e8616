"""Questions about anchors."""

from typing import Final

import msgspec

from projections.query import Query
from projections.select import always, at_least, below, equal, select


class AnchorRow(msgspec.Struct, frozen=True):
    """An anchor; ``size`` is its cursor, the chain's members are there once it is confirmed."""

    size: int
    state: str
    root: str
    head: str
    checkpoint: str
    write: str
    transaction: str | None
    block: int | None
    block_hash: str | None
    chain_id: int | None
    registry: str | None
    reason: str | None
    planned_at: str
    confirmed_at: str | None
    position: int
    last_position: int


_CONFIRMED: Final = always("state = 'CONFIRMED'")


def covering_anchor(position: int) -> Query[AnchorRow]:
    """Ask for the smallest confirmed anchor that covers a position."""
    return select(AnchorRow, "anchors", [_CONFIRMED, at_least("size", position)], order="size")


def latest_confirmed_anchor() -> Query[AnchorRow]:
    """Ask for the largest confirmed anchor."""
    return select(AnchorRow, "anchors", [_CONFIRMED], order="size DESC")


def latest_planned_anchor() -> Query[AnchorRow]:
    """Ask for the largest anchor that was ever planned, whatever became of it."""
    return select(AnchorRow, "anchors", order="size DESC")


def anchors(
    *, state: str | None = None, after: int | None = None, limit: int = 50
) -> Query[AnchorRow]:
    """Ask for a page of anchors, the largest first; ``after`` is the last row's size."""
    conditions = [equal("state", state), below("size", after)]
    return select(AnchorRow, "anchors", conditions, order="size DESC", limit=limit)
