"""Decisions about trades."""

import re
from typing import Final

from domain.kernel.calendar import later
from domain.kernel.command import Context
from domain.kernel.event import Event
from domain.kernel.refusal import InvalidField, NotYours, Refusal
from domain.trade import commands, events
from domain.trade.refusals import OwnListing, PretradeExpired
from domain.trade.state import Trade
from domain.trade.workflow import TRADE_WORKFLOW

Decision = list[Event] | Refusal

QUESTIONS: Final = {
    "details_unchanged": True,
    "sanctions_on_directors": False,
    "risk_understood": True,
}
"""The pre-trade questions and the answers that let a buyer through (002, E4)."""

LISTED: Final = "sanctions_on_directors"
"""The question whose wrong answer stops the buyer, not only the trade."""

VALID_SECONDS: Final = 15 * 60
TRADE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def check(state: Trade, command: commands.CheckTrade, context: Context, *, seller: str) -> Decision:
    """Judge the answers and keep them either way."""
    if refusal := TRADE_WORKFLOW.refuse(command.trade, state.state, command.TYPE):
        return refusal
    if TRADE_NAME.fullmatch(command.trade) is None:
        return InvalidField(field="trade", reason="use letters, digits, '.', '_' and '-'")
    if seller == context.subject:
        return OwnListing(listing=command.listing, subject=seller)
    if set(command.answers) != set(QUESTIONS):
        return InvalidField(field="answers", reason=f"answer {', '.join(QUESTIONS)}")
    failures = tuple(
        question for question, wanted in QUESTIONS.items() if command.answers[question] != wanted
    )
    buyer, answers = context.subject, command.answers
    if LISTED in failures:
        stopped = events.PretradeStopped(
            listing=command.listing, buyer=buyer, record=command.record
        )
        return [stopped]
    if failures:
        return [
            events.PretradeFailed(
                listing=command.listing, buyer=buyer, answers=answers, failures=failures
            )
        ]
    until = later(context.at, VALID_SECONDS)
    return [
        events.PretradePassed(
            listing=command.listing, buyer=buyer, answers=answers, valid_until=until
        )
    ]


def execute(
    state: Trade,
    command: commands.ExecuteTrade,
    context: Context,
    executed: events.TradeExecuted,
) -> Decision:
    """Buy within the time that the check allows."""
    if refusal := TRADE_WORKFLOW.refuse(command.trade, state.state, command.TYPE):
        return refusal
    if state.buyer != context.subject:
        return NotYours(actor=context.subject, role="buyer", subject=command.trade)
    if context.at > state.valid_until:
        return PretradeExpired(trade=command.trade, valid_until=state.valid_until)
    return [executed]


def settle(state: Trade, command: commands.SettleTrade) -> Decision:
    """Close the trade: both legs are done."""
    if refusal := TRADE_WORKFLOW.refuse(command.trade, state.state, command.TYPE):
        return refusal
    return [events.TradeSettled(transaction=command.transaction)]


def fail(state: Trade, command: commands.FailTrade) -> Decision:
    """Undo the trade: the chain refused, the cash goes back."""
    if refusal := TRADE_WORKFLOW.refuse(command.trade, state.state, command.TYPE):
        return refusal
    price = state.terms.price
    return [events.TradeFailed(reason=command.reason), events.TradeRefunded(amount=price)]
