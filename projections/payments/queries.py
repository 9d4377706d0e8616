"""Questions about money that goes to the bank and comes from it."""

import msgspec

from projections.query import Query
from projections.select import ROWS_MAX, above, always, below, equal, select


class PaymentRow(msgspec.Struct, frozen=True):
    """A payment out; ``amount`` in minor units, ``position`` is its cursor."""

    payment: str
    state: str
    purpose: str
    reference: str
    payee: str
    creditor_account: str | None
    creditor_name: str | None
    amount: int
    currency: str
    narration: str
    end_to_end: str
    account: str
    bank_reference: str | None
    reason: str | None
    instructed_at: str
    answered_at: str | None
    position: int
    last_position: int


class ReceiptRow(msgspec.Struct, frozen=True):
    """Money that came in; ``amount`` in minor units, ``position`` is its cursor."""

    receipt: str
    state: str
    amount: int
    currency: str
    narration: str
    counterparty: str
    booked_at: str
    kind: str | None
    reference: str | None
    reason: str | None
    recorded_at: str
    position: int
    last_position: int


def payment(identity: str) -> Query[PaymentRow]:
    """Ask for one payment by its name."""
    return select(PaymentRow, "payments", [equal("payment", identity)], order="payment")


def payment_by_end_to_end(end_to_end: str) -> Query[PaymentRow]:
    """Ask for the payment that the bank's notification names."""
    return select(PaymentRow, "payments", [equal("end_to_end", end_to_end)], order="position")


def payments(
    *,
    state: str | None = None,
    reference: str | None = None,
    payee: str | None = None,
    after: int | None = None,
    limit: int = 50,
) -> Query[PaymentRow]:
    """Ask for a page of payments, the newest first; ``after`` is the last row's position."""
    conditions = [
        equal("state", state),
        equal("reference", reference),
        equal("payee", payee),
        below("position", after),
    ]
    return select(PaymentRow, "payments", conditions, order="position DESC", limit=limit)


def unanswered_payments(*, after: int | None = None, limit: int = ROWS_MAX) -> Query[PaymentRow]:
    """Ask for payments that the bank has not answered, the oldest first."""
    conditions = [always("state = 'INSTRUCTED'"), above("position", after)]
    return select(PaymentRow, "payments", conditions, order="position", limit=limit)


def receipt(identity: str) -> Query[ReceiptRow]:
    """Ask for one receipt by the bank's reference."""
    return select(ReceiptRow, "receipts", [equal("receipt", identity)], order="receipt")


def receipts(
    *,
    state: str | None = None,
    reference: str | None = None,
    after: int | None = None,
    limit: int = 50,
) -> Query[ReceiptRow]:
    """Ask for a page of receipts, the newest first; ``after`` is the last row's position."""
    conditions = [equal("state", state), equal("reference", reference), below("position", after)]
    return select(ReceiptRow, "receipts", conditions, order="position DESC", limit=limit)
