"""What somebody may wish about a trade."""

from domain.kernel.command import Command
from domain.kernel.sealed import Sealed


class CheckTrade(Command, frozen=True, kw_only=True):
    """Answer the pre-trade questions for a listing.

    ``record`` has the same answers, sealed for the stream of the trade, where they would tell what
    nobody but compliance may know (E4).
    """

    TYPE = "trade.check"
    trade: str
    listing: str
    answers: dict[str, bool]
    record: Sealed | None = None


class ExecuteTrade(Command, frozen=True, kw_only=True):
    """Buy the lot."""

    TYPE = "trade.execute"
    trade: str


class SettleTrade(Command, frozen=True, kw_only=True):
    """The chain has moved the units."""

    TYPE = "trade.settle"
    trade: str
    transaction: str


class FailTrade(Command, frozen=True, kw_only=True):
    """The chain has refused to move the units."""

    TYPE = "trade.fail"
    trade: str
    reason: str
