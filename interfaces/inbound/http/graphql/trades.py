"""Trades of lots."""

from typing import Annotated, Final

import strawberry

from domain.trade.workflow import TRADE_WORKFLOW
from interfaces.inbound.http.graphql.amounts import Money, chosen, shown
from interfaces.inbound.http.graphql.connections import (
    PAGE_DEFAULT,
    After,
    Connection,
    First,
    Listed,
)
from interfaces.inbound.http.graphql.context import Info
from interfaces.inbound.http.graphql.declared import question
from interfaces.inbound.http.graphql.scalars import Instant, Long
from interfaces.inbound.http.visibility import may_see, scope
from projections.trades import queries
from projections.trades.queries import TradeRow

STATES: Final = ", ".join(TRADE_WORKFLOW.states[1:])


@strawberry.type(description="An answer to a question of the pre-trade check.")
class Answer:
    """A question and what the buyer said."""

    question: str = strawberry.field(description="The question's name.")
    answer: bool = strawberry.field(description="What the buyer said.")


@strawberry.type(description="A trade from its pre-trade check to its settlement.")
class Trade:
    """A trade as its two sides see it."""

    trade: str = strawberry.field(description="The name of the trade.")
    state: str = strawberry.field(description=f"One of {STATES}.")
    listing: str = strawberry.field(description="The listing that is bought.")
    buyer: str = strawberry.field(description="The subject that buys.")
    seller: str | None = strawberry.field(description="The subject that sells, once executed.")
    token: str | None = strawberry.field(description="The token, once executed.")
    units: Long | None = strawberry.field(description="Units that change hands.")
    price: Money | None = strawberry.field(description="What the buyer pays.")
    refunded: Money | None = strawberry.field(description="What was given back after a failure.")
    answers: list[Answer] = strawberry.field(description="The pre-trade answers.")
    failures: list[str] = strawberry.field(description="Why the pre-trade check failed.")
    valid_until: Instant | None = strawberry.field(description="Until when the check is good.")
    transaction: str | None = strawberry.field(description="The transaction on the chain.")
    reason: str | None = strawberry.field(description="Why it failed.")
    checked_at: Instant = strawberry.field(description="When it was checked.")
    executed_at: Instant | None = strawberry.field(description="When it was executed.")
    ended_at: Instant | None = strawberry.field(description="When it was settled or failed.")
    position: Long = strawberry.field(description="The position of its check on the log.")
    last_position: Long = strawberry.field(description="The position of its last event.")


@strawberry.input(description="Which trades.")
class TradeFilter:
    """Conditions that all must hold."""

    state: str | None = strawberry.field(default=None, description=f"One of {STATES}.")
    buyer: str | None = strawberry.field(default=None, description="The buyer.")
    seller: str | None = strawberry.field(default=None, description="The seller.")
    token: str | None = strawberry.field(default=None, description="The token.")
    listing: str | None = strawberry.field(default=None, description="The listing.")


def show_trade(row: TradeRow) -> Trade:
    """Show a trade."""
    answers = [Answer(question=name, answer=said) for name, said in sorted(row.answers.items())]
    return shown(Trade, row, answers=answers)


def sides(row: TradeRow) -> tuple[str | None, ...]:
    """Name those whose trade it is."""
    return (row.buyer, row.seller)


TRADES: Final = Listed[TradeRow, Trade, int](
    name="trades", kind=int, key=lambda row: row.position, show=show_trade
)


@strawberry.type
class TradeQueries:
    """Questions about trades."""

    @question("One trade; null when there is none or it is not the caller's.")
    async def trade(
        self,
        info: Info,
        identity: Annotated[
            str, strawberry.argument(name="id", description="The name of the trade.")
        ],
    ) -> Trade | None:
        """Answer one trade."""
        principal = info.context.demand("trades")
        rows = await info.context.reader.fetch(queries.trade(identity))
        return show_trade(rows[0]) if rows and may_see(principal, sides(rows[0])) else None

    @question("The caller's trades (all for the back office), newest first.")
    async def trades(
        self,
        info: Info,
        wanted: Annotated[
            TradeFilter | None,
            strawberry.argument(name="filter", description="Which trades."),
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Trade]:
        """Answer a page of trades."""
        principal = info.context.demand("trades")
        condition = chosen(queries.TradeFilter, wanted, party=scope(principal))
        return await TRADES.page(
            info.context.reader,
            lambda key, limit: queries.trades(condition, after=key, limit=limit),
            first=first,
            after=after,
        )
