"""Decisions about invoices; money and tokens are moved by the handlers beside them."""

import re
from typing import Final, TypeVar

from domain.invoice import commands, events
from domain.invoice.document import FIELDS, compare
from domain.invoice.refusals import (
    DueInThePast,
    HoldersIncomplete,
    LinkExpired,
    LinkUnknown,
    LinkUsed,
    PriceChanged,
    ReminderSent,
    WrongAmount,
)
from domain.invoice.state import Invoice
from domain.invoice.workflow import INVOICE_WORKFLOW
from domain.kernel.calendar import day_of, is_day
from domain.kernel.command import Context
from domain.kernel.event import Event
from domain.kernel.ids import fingerprint
from domain.kernel.money import Money, is_known, is_payable, shares
from domain.kernel.refusal import InvalidField, Refusal

Decision = list[Event] | Refusal
T = TypeVar("T")

NUMBER: Final = re.compile(r"[A-Z0-9][A-Z0-9._-]{2,63}")
DIGEST: Final = re.compile(r"[0-9a-f]{64}")
REMINDERS: Final = {"seven_days": -7, "due_day": 0}
"""Reminders by kind, in calendar days from the due date (002: C4)."""


def invoice_fingerprint(seller: str, buyer: str, number: str) -> str:
    """Name an invoice by its parties and its number without spelling (FX1, duplicates)."""
    return fingerprint(seller, buyer, re.sub(r"[^A-Z0-9]", "", number.upper()))


def submit(state: Invoice, command: commands.SubmitInvoice, context: Context) -> Decision:
    """Take an invoice in, when its fields can be true."""
    if refusal := INVOICE_WORKFLOW.refuse(command.number, state.state, command.TYPE):
        return refusal
    if refusal := _refuse_fields(command, day_of(context.at)):
        return refusal
    return [
        events.InvoiceSubmitted(
            seller=context.subject,
            buyer=command.buyer,
            number=command.number,
            face=command.face,
            issued=command.issued,
            due=command.due,
            document=command.document,
            fingerprint=invoice_fingerprint(context.subject, command.buyer, command.number),
        )
    ]


def _refuse_fields(command: commands.SubmitInvoice, today: str) -> Refusal | None:
    checks = (
        (NUMBER.fullmatch(command.number) is not None, "number", "use A-Z, 0-9, '.', '_' and '-'"),
        (is_known(command.face.currency), "face.currency", "is not a currency of the books"),
        (is_payable(command.face), "face.amount", "must be between 1 and 9007199254740991"),
        (is_day(command.issued), "issued", "must be a date YYYY-MM-DD"),
        (is_day(command.due), "due", "must be a date YYYY-MM-DD"),
        (DIGEST.fullmatch(command.document) is not None, "document", "must be a SHA-256 in hex"),
    )
    for holds, field, reason in checks:
        if not holds:
            return InvalidField(field=field, reason=reason)
    if command.issued > today:
        return InvalidField(field="issued", reason="lies in the future")
    if command.due <= today:
        return DueInThePast(due=command.due, today=today)
    return None


def start_verification(state: Invoice, command: commands.StartVerification) -> Decision:
    """Begin to read the document."""
    if refusal := INVOICE_WORKFLOW.refuse(command.invoice, state.state, command.TYPE):
        return refusal
    return [events.VerificationStarted()]


def record_verification(
    state: Invoice,
    command: commands.RecordVerification,
    *,
    parties: tuple[str, str],
    cap: Money,
) -> Decision:
    """Compare the document's text with what was said by the seller of these two parties."""
    if refusal := INVOICE_WORKFLOW.refuse(command.invoice, state.state, command.TYPE):
        return refusal
    if command.unreadable is not None:
        return [events.InvoiceRejected(failures=(command.unreadable,))]
    seller, buyer = parties
    missing = compare(command.text, state.terms, seller=seller, buyer=buyer)
    failures = [f"{name}_not_found" for name in missing]
    face = state.terms.face
    if face.currency != cap.currency or face.amount > cap.amount:
        failures.append("cap_exceeded")
    if failures:
        return [events.InvoiceRejected(failures=tuple(failures))]
    return [events.InvoiceVerified(checks=(*FIELDS, "cap", "duplicate"))]


def ask_buyer(
    state: Invoice, command: commands.AskBuyer, *, link: str, expires_at: str
) -> Decision:
    """Ask the buyer, by a link of this name."""
    if refusal := INVOICE_WORKFLOW.refuse(command.invoice, state.state, command.TYPE):
        return refusal
    return [events.BuyerAsked(link=link, expires_at=expires_at)]


def confirm(state: Invoice, command: commands.ConfirmInvoice, context: Context) -> Decision:
    """Take the buyer's yes, once and in time."""
    if refusal := _refuse_link(state, command.invoice, command.link, context.at):
        return refusal
    if refusal := INVOICE_WORKFLOW.refuse(command.invoice, state.state, command.TYPE):
        return refusal
    return [events.InvoiceConfirmed(link=command.link)]


def dispute(state: Invoice, command: commands.DisputeInvoice, context: Context) -> Decision:
    """Take the buyer's no, once and in time."""
    if refusal := _refuse_link(state, command.invoice, command.link, context.at):
        return refusal
    if refusal := INVOICE_WORKFLOW.refuse(command.invoice, state.state, command.TYPE):
        return refusal
    if not command.reason.strip():
        return InvalidField(field="reason", reason="say why the invoice is disputed")
    return [events.InvoiceDisputed(link=command.link, reason=command.reason)]


def _refuse_link(state: Invoice, invoice: str, link: str, at: str) -> Refusal | None:
    if state.asked is None or state.asked.link != link:
        return LinkUnknown(invoice=invoice)
    if state.state != "AWAITING_BUYER":
        return LinkUsed(invoice=invoice, state=state.state)
    if at > state.asked.expires_at:
        return LinkExpired(invoice=invoice, expires_at=state.asked.expires_at)
    return None


def expire(state: Invoice, command: commands.ExpireInvoice, context: Context) -> Decision:
    """Close the door when the buyer's time is over."""
    if refusal := INVOICE_WORKFLOW.refuse(command.invoice, state.state, command.TYPE):
        return refusal
    if state.asked is not None and context.at <= state.asked.expires_at:
        return InvalidField(field="invoice", reason=f"can expire after {state.asked.expires_at}")
    return [events.InvoiceExpired()]


def list_for_sale(
    state: Invoice, command: commands.ListInvoice, *, token: str, terms: events.InvoiceListed
) -> Decision:
    """Tokenise and list in one step, at these terms."""
    if refusal := INVOICE_WORKFLOW.refuse(command.invoice, state.state, command.TYPE):
        return refusal
    return [events.InvoiceTokenised(token=token, units=state.terms.face.amount), terms]


def fund(state: Invoice, command: commands.FundInvoice, *, lender: str, write: str) -> Decision:
    """Accept the listed price."""
    if refusal := INVOICE_WORKFLOW.refuse(command.invoice, state.state, command.TYPE):
        return refusal
    listed = _present(state.listed)
    if command.discount_bps != listed.discount_bps:
        return PriceChanged(
            invoice=command.invoice,
            listed_bps=listed.discount_bps,
            accepted_bps=command.discount_bps,
        )
    return [
        events.InvoiceFunded(lender=lender, advance=listed.advance, fee=listed.fee, write=write)
    ]


def complete_funding(
    state: Invoice, command: commands.CompleteFunding, *, payment: str
) -> Decision:
    """Exchange token and cash."""
    if refusal := INVOICE_WORKFLOW.refuse(command.invoice, state.state, command.TYPE):
        return refusal
    if state.payment is not None:
        return []
    lender = _present(state.funded).lender
    return [events.AdvancePaid(lender=lender, payment=payment, transaction=command.transaction)]


def reverse_funding(state: Invoice, command: commands.ReverseFunding) -> Decision:
    """Put the invoice back on the marketplace."""
    if refusal := INVOICE_WORKFLOW.refuse(command.invoice, state.state, command.TYPE):
        return refusal
    lender = _present(state.funded).lender
    return [events.FundingReversed(lender=lender, reason=command.reason)]


def record_disbursed(
    state: Invoice, command: commands.RecordDisbursed, *, amount: Money
) -> Decision:
    """Record that the seller has the money."""
    if refusal := INVOICE_WORKFLOW.refuse(command.invoice, state.state, command.TYPE):
        return refusal
    return [events.InvoiceDisbursed(payment=command.payment, amount=amount)]


def remind(state: Invoice, command: commands.RemindBuyer) -> Decision:
    """Remind the buyer, each kind once."""
    if refusal := INVOICE_WORKFLOW.refuse(command.invoice, state.state, command.TYPE):
        return refusal
    if command.kind not in REMINDERS:
        return InvalidField(field="kind", reason="must be seven_days or due_day")
    if command.kind in state.reminders:
        return ReminderSent(invoice=command.invoice, kind=command.kind)
    return [events.BuyerReminded(kind=command.kind)]


def record_payment(state: Invoice, invoice: str, *, receipt: str, amount: Money) -> Decision:
    """Take the obligor's money, all of it."""
    if refusal := INVOICE_WORKFLOW.refuse(invoice, state.state, "receipt.match"):
        return refusal
    if amount != state.terms.face:
        return WrongAmount(invoice=invoice, due=state.terms.face.amount, received=amount.amount)
    return [events.ObligorPaid(receipt=receipt, amount=amount)]


def distribute(state: Invoice, command: commands.DistributeProceeds) -> Decision:
    """Share the proceeds among the holders by units, to the penny."""
    if refusal := INVOICE_WORKFLOW.refuse(command.invoice, state.state, command.TYPE):
        return refusal
    if state.distributed is not None:
        return []
    units = [holder.units for holder in command.holders]
    if sum(units) != state.units or min(units, default=0) <= 0:
        return HoldersIncomplete(token=state.token or "", listed=sum(units), supply=state.units)
    face = state.terms.face
    parts = shares(face.amount, units)
    paid = tuple(
        events.Share(
            holder=holder.holder,
            units=holder.units,
            amount=Money(amount=part, currency=face.currency),
        )
        for holder, part in zip(command.holders, parts, strict=True)
    )
    return [events.ProceedsDistributed(record_position=command.record_position, shares=paid)]


def settle(state: Invoice, command: commands.SettleInvoice, *, supply: int) -> Decision:
    """Close the invoice when nothing of its token is left."""
    if refusal := INVOICE_WORKFLOW.refuse(command.invoice, state.state, command.TYPE):
        return refusal
    if state.distributed is None or supply != 0:
        return InvalidField(field="invoice", reason=f"{supply} units are not burned yet")
    return [events.InvoiceSettled()]


def _present(value: T | None) -> T:
    if value is None:
        message = "a fact is missing that the workflow guarantees"
        raise ValueError(message)
    return value
