"""Questions about trades."""

from collections.abc import Sequence

import msgspec

from projections.query import Query
from projections.select import PAGE_MAX, Condition, among, below, equal, select


class TradeRow(msgspec.Struct, frozen=True):
    """A trade; amounts in minor units, ``position`` is its cursor.

    Seller, token, units and price are there once it is executed.
    """

    trade: str
    state: str
    listing: str
    buyer: str
    answers: dict[str, bool]
    failures: list[str]
    valid_until: str | None
    seller: str | None
    token: str | None
    units: int | None
    price_amount: int | None
    currency: str | None
    write: str | None
    transaction: str | None
    reason: str | None
    refunded_amount: int | None
    checked_at: str
    executed_at: str | None
    ended_at: str | None
    position: int
    last_position: int


class TradeFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which trades; ``party`` is buyer or seller."""

    party: str | None = None
    buyer: str | None = None
    seller: str | None = None
    state: str | None = None
    token: str | None = None
    listing: str | None = None


def trade(identity: str) -> Query[TradeRow]:
    """Ask for one trade."""
    return select(TradeRow, "trades", [equal("trade", identity)], order="trade")


def trades_named(trades: Sequence[str]) -> Query[TradeRow]:
    """Ask for these trades, 200 at most, in one query."""
    return select(TradeRow, "trades", [among("trade", trades)], order="trade", limit=PAGE_MAX)


def trades(wanted: TradeFilter, *, after: int | None = None, limit: int = 50) -> Query[TradeRow]:
    """Ask for a page of trades, the newest first; ``after`` is the last row's position."""
    conditions = [
        Condition("%(party)s IN (buyer, seller)", "party", wanted.party),
        equal("buyer", wanted.buyer),
        equal("seller", wanted.seller),
        equal("state", wanted.state),
        equal("token", wanted.token),
        equal("listing", wanted.listing),
        below("position", after),
    ]
    return select(TradeRow, "trades", conditions, order="position DESC", limit=limit)
