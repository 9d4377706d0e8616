"""What happened to a trade."""

from domain.kernel.event import VISIBLE_TO_COMPLIANCE, Event
from domain.kernel.money import Money
from domain.kernel.sealed import Sealed


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


class PretradeStopped(Event, frozen=True, kw_only=True):
    """An answer names a list (E4): compliance looks at the buyer; the answers are kept sealed.

    Everybody else sees a check that failed, as any other.
    """

    TYPE = "trade.pretrade_stopped"
    VISIBLE = VISIBLE_TO_COMPLIANCE
    listing: str
    buyer: str
    record: Sealed | None = None


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
    PretradeStopped,
    TradeExecuted,
    TradeSettled,
    TradeFailed,
    TradeRefunded,
)
