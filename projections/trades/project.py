"""Folds trades."""

from collections.abc import Iterable
from typing import Final

from domain.kernel.event import Event, Recorded
from domain.kernel.ids import identity_of
from domain.trade import events
from domain.trade.workflow import FAILED
from projections.folding import FoldedView, advance, folds_of
from projections.view import Key, Row, Rows, Table

TRADES: Final = Table(
    "trades",
    ("trade",),
    (
        "state",
        "listing",
        "buyer",
        "answers",
        "failures",
        "valid_until",
        "seller",
        "token",
        "units",
        "price_amount",
        "currency",
        "write",
        "transaction",
        "reason",
        "refunded_amount",
        "checked_at",
        "executed_at",
        "ended_at",
        "position",
        "last_position",
    ),
)


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the trade."""
    return [(TRADES, (identity_of(event.stream),))]


def _fold(event: Recorded, rows: Rows) -> None:
    advance(rows, TRADES, identity_of(event.stream), event, _values(event.fact, event.at))


def _values(fact: Event, at: str) -> Row:
    match fact:
        case events.PretradePassed():
            return {**_checked(fact, at), "failures": [], "valid_until": fact.valid_until}
        case events.PretradeFailed():
            return {**_unanswered(fact, at), "ended_at": at}
        case events.PretradeStopped():
            # E4: a check that failed, as any other; why is told to compliance alone.
            return {**_unanswered(fact, at), "state": FAILED, "ended_at": at}
        case events.TradeExecuted():
            return {
                "seller": fact.seller,
                "token": fact.token,
                "units": fact.units,
                "price_amount": fact.price.amount,
                "currency": fact.price.currency,
                "write": fact.write,
                "executed_at": at,
            }
        case events.TradeSettled():
            return {"transaction": fact.transaction, "ended_at": at}
        case events.TradeFailed():
            return {"reason": fact.reason, "ended_at": at}
        case events.TradeRefunded():
            return {"refunded_amount": fact.amount.amount}
        case _:
            message = f"not a trade fact: {fact!r}"
            raise TypeError(message)


def _checked(fact: events.PretradePassed, at: str) -> Row:
    return {
        "listing": fact.listing,
        "buyer": fact.buyer,
        "answers": dict(fact.answers),
        "checked_at": at,
    }


def _unanswered(fact: events.PretradeFailed | events.PretradeStopped, at: str) -> Row:
    """Tell of every check that failed the same; what was answered stays on the log (E4)."""
    told = {"listing": fact.listing, "buyer": fact.buyer, "checked_at": at}
    return {**told, "answers": {}, "failures": []}


VIEW: Final = FoldedView(
    "trades", version=2, tables=(TRADES,), needs=needs, folds=folds_of(events.EVENTS, _fold)
)
