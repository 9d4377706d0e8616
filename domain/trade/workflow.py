"""The life of a trade (FX5; E5 is the way of failure)."""

from typing import Final

from domain.kernel.workflow import Transition, Workflow

STOPPED: Final = "PRE_TRADE_FAIL_SANCTIONS"
FAILED: Final = "PRE_TRADE_FAILED"
"""What everybody but compliance is told of a stopped check, too."""

TRADE_WORKFLOW: Final = Workflow(
    "trade",
    "PRE_TRADE_PENDING",
    (
        Transition("PRE_TRADE_PENDING", "trade.check", "trade.pretrade_passed", "PRE_TRADE_PASSED"),
        Transition("PRE_TRADE_PENDING", "trade.check", "trade.pretrade_failed", FAILED),
        Transition("PRE_TRADE_PENDING", "trade.check", "trade.pretrade_stopped", STOPPED),
        Transition("PRE_TRADE_PASSED", "trade.execute", "trade.executed", "TRADE_EXECUTED"),
        Transition("TRADE_EXECUTED", "trade.settle", "trade.settled", "TRADE_SETTLED"),
        Transition("TRADE_EXECUTED", "trade.fail", "trade.failed", "TRADE_FAILED_CHAIN"),
        Transition("TRADE_FAILED_CHAIN", "trade.fail", "trade.refunded", "FIAT_REFUND"),
    ),
)
