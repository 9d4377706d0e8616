"""A trade after its events."""

from typing import Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event
from domain.trade.events import (
    EVENTS,
    PretradeFailed,
    PretradePassed,
    PretradeStopped,
    TradeExecuted,
)
from domain.trade.workflow import TRADE_WORKFLOW


class Trade(msgspec.Struct, frozen=True):
    """State, the passed check, and the terms of execution."""

    state: str = TRADE_WORKFLOW.start
    listing: str = ""
    buyer: str = ""
    valid_until: str = ""
    executed: TradeExecuted | None = None

    @property
    def terms(self) -> TradeExecuted:
        """The terms of execution; raises ValueError before it."""
        if self.executed is None:
            message = "the trade was never executed"
            raise ValueError(message)
        return self.executed


def evolve(state: Trade, event: Event) -> Trade:
    """Apply one fact."""
    after = TRADE_WORKFLOW.after(state.state, event.TYPE)
    moved = msgspec.structs.replace(state, state=after)
    match event:
        case PretradePassed():
            return msgspec.structs.replace(
                moved, listing=event.listing, buyer=event.buyer, valid_until=event.valid_until
            )
        case PretradeFailed() | PretradeStopped():
            return msgspec.structs.replace(moved, listing=event.listing, buyer=event.buyer)
        case TradeExecuted():
            return msgspec.structs.replace(moved, executed=event)
        case _:
            return moved


def trade_stream(trade: str) -> str:
    """Name the stream of a trade."""
    return f"trade:{trade}"


TRADE: Final = Aggregate(name="trade", empty=Trade(), evolve=evolve, events=EVENTS)
