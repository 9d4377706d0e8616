"""Reads of trades."""

from typing import Any, Final

import msgspec

from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import Name
from interfaces.inbound.http.rest.invoice_views import Paging, filter_of
from interfaces.inbound.http.rest.reads import NoParameters, ReadRoute, one_of, page_of
from interfaces.inbound.http.rest.shapes import Shape
from interfaces.inbound.http.visibility import demand_visible, scope
from projections.trades import queries as trades

TRADE: Final = Shape(trades.TradeRow, "Trade")


class TradePage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which trades."""

    buyer: Name | None = None
    seller: Name | None = None
    state: Name | None = None
    token: Name | None = None
    listing: Name | None = None


async def _trades(call: Call, page: TradePage) -> msgspec.Struct:
    wanted = filter_of(page, trades.TradeFilter, party=scope(call.principal))
    query = trades.trades(wanted, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, TRADE, limit=page.limit, after=lambda row: row.position)


async def _trade(call: Call, _: NoParameters) -> msgspec.Struct:
    identity = call.names["trade"]
    row = await one_of(call, trades.trade(identity), kind="trade", identity=identity)
    demand_visible(call.principal, (row.buyer, row.seller), kind="trade", identity=identity)
    return TRADE.of(row)


ROUTES: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/trades",
        operation="ListTrades",
        summary="List the caller's trades, the newest first",
        query="trades",
        run=_trades,
        answer=TRADE.type,
        paged=True,
        parameters=TradePage,
    ),
    ReadRoute(
        path="/trades/{trade:str}",
        operation="GetTrade",
        summary="Read a trade",
        query="trades",
        run=_trade,
        answer=TRADE.type,
    ),
)
