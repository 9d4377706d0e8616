"""What happened to a trade."""

from domain.kernel.event import Event
from domain.kernel.money import Money


class PretradePassed(Event, frozen=True, kw_only=True):
    """The buyer may buy this; questions and answers are kept."""

    TYPE = "trade.pretrade_passed"
    listing: str
    buyer: str
    answers: dict[str, bool]
    valid_until: str


class PretradeFailed(Event, frozen=True, kw_only=True):
    """The buyer may not buy this; ``failures`` names the questions."""

    TYPE = "trade.pretrade_failed"
    listing: str
    buyer: str
    answers: dict[str, bool]
    failures: tuple[str, ...]


class TradeExecuted(Event, frozen=True, kw_only=True):
    """Cash and units are held; the chain is to move the units."""

    TYPE = "trade.executed"
    token: str
    seller: str
    units: int
    price: Money
    write: str


class TradeSettled(Event, frozen=True, kw_only=True):
    """Units and cash have changed places."""

    TYPE = "trade.settled"
    transaction: str


class TradeFailed(Event, frozen=True, kw_only=True):
    """The chain refused to move the units."""

    TYPE = "trade.failed"
    reason: str


class TradeRefunded(Event, frozen=True, kw_only=True):
    """The buyer's cash is free again."""

    TYPE = "trade.refunded"
    amount: Money


EVENTS = (
    PretradePassed,
    PretradeFailed,
    TradeExecuted,
    TradeSettled,
    TradeFailed,
    TradeRefunded,
)
