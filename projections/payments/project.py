"""Folds payments and receipts."""

from collections.abc import Iterable
from typing import Final

from domain.kernel.event import Event, Recorded
from domain.kernel.ids import aggregate_of, identity_of
from domain.payment import events as payment
from domain.receipt import events as receipt
from projections.folding import FoldedView, advance, folds_of
from projections.view import Key, Row, Rows, Table

PAYMENTS: Final = Table(
    "payments",
    ("payment",),
    (
        "state",
        "purpose",
        "reference",
        "payee",
        "creditor_account",
        "creditor_name",
        "amount",
        "currency",
        "narration",
        "end_to_end",
        "account",
        "bank_reference",
        "reason",
        "instructed_at",
        "answered_at",
        "position",
        "last_position",
    ),
)

RECEIPTS: Final = Table(
    "receipts",
    ("receipt",),
    (
        "state",
        "amount",
        "currency",
        "narration",
        "counterparty",
        "booked_at",
        "kind",
        "reference",
        "reason",
        "recorded_at",
        "position",
        "last_position",
    ),
)


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the payment or the receipt."""
    table = PAYMENTS if aggregate_of(event.stream) == "payment" else RECEIPTS
    return [(table, (identity_of(event.stream),))]


def _fold_payment(event: Recorded, rows: Rows) -> None:
    values = _payment(event.fact, event.at)
    advance(rows, PAYMENTS, identity_of(event.stream), event, values)


def _payment(fact: Event, at: str) -> Row:
    match fact:
        case payment.PaymentInstructed():
            return {
                "purpose": fact.purpose,
                "reference": fact.reference,
                "payee": fact.payee,
                "creditor_account": fact.creditor_account,
                "creditor_name": fact.creditor_name,
                "amount": fact.amount.amount,
                "currency": fact.amount.currency,
                "narration": fact.narration,
                "end_to_end": fact.end_to_end,
                "account": fact.account,
                "instructed_at": at,
            }
        case payment.PaymentSettled():
            return {"bank_reference": fact.bank_reference, "answered_at": at}
        case payment.PaymentRefused():
            return {"reason": fact.reason, "answered_at": at}
        case _:
            message = f"not a payment fact: {fact!r}"
            raise TypeError(message)


def _fold_receipt(event: Recorded, rows: Rows) -> None:
    values = _receipt(event.fact, event.at)
    advance(rows, RECEIPTS, identity_of(event.stream), event, values)


def _receipt(fact: Event, at: str) -> Row:
    match fact:
        case receipt.ReceiptRecorded():
            return {
                "amount": fact.amount.amount,
                "currency": fact.amount.currency,
                "narration": fact.narration,
                "counterparty": fact.counterparty,
                "booked_at": fact.booked_at,
                "recorded_at": at,
            }
        case receipt.ReceiptMatched():
            return {"kind": fact.kind, "reference": fact.reference}
        case receipt.ReceiptUnmatched():
            return {"reason": fact.reason}
        case _:
            message = f"not a receipt fact: {fact!r}"
            raise TypeError(message)


VIEW: Final = FoldedView(
    "payments",
    version=2,
    tables=(PAYMENTS, RECEIPTS),
    needs=needs,
    folds=folds_of(payment.EVENTS, _fold_payment) | folds_of(receipt.EVENTS, _fold_receipt),
)
