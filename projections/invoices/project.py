"""Folds invoices and their timelines."""

from collections.abc import Iterable
from typing import Final

from domain.invoice import events
from domain.kernel.event import Event, Recorded
from domain.kernel.ids import aggregate_of, identity_of
from projections.folding import FoldedView, blank
from projections.invoices.tables import FOLLOWED, INVOICES, TIMELINE
from projections.invoices.timeline import TYPES, candidates, follow
from projections.states import state_after
from projections.view import Key, Row, Rows, Table


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the invoice and the streams that may know it."""
    if aggregate_of(event.stream) == "invoice":
        yield INVOICES, (identity_of(event.stream),)
    for stream in candidates(event):
        yield FOLLOWED, (stream,)


def fold(event: Recorded, rows: Rows) -> None:
    """Follow an event on the timeline, and the invoice itself."""
    follow(event, rows)
    if aggregate_of(event.stream) == "invoice":
        _fold_invoice(event, rows)


def _fold_invoice(event: Recorded, rows: Rows) -> None:
    number, fact = identity_of(event.stream), event.fact
    row = rows.get(INVOICES, number) or blank(INVOICES)
    state = state_after("invoice", row["state"], event.envelope.type)
    if isinstance(fact, events.InvoiceSubmitted):
        row = _submitted(number, event, fact)
    else:
        row = {**row, **_values(row, fact)}
    standing = {"state": state, "updated_at": event.at, "last_position": event.position}
    rows.put(INVOICES, {**row, **standing})


def _submitted(number: str, event: Recorded, fact: events.InvoiceSubmitted) -> Row:
    terms = {
        "number": number,
        "seller": fact.seller,
        "buyer": fact.buyer,
        "face_amount": fact.face.amount,
        "currency": fact.face.currency,
        "issued": fact.issued,
        "due": fact.due,
        "document": fact.document,
        "failures": [],
        "reminders": [],
        "submitted_at": event.at,
        "position": event.position,
    }
    return {**blank(INVOICES), **terms}


def _values(row: Row, fact: Event) -> Row:
    match fact:
        case events.InvoiceRejected():
            return {"failures": list(fact.failures)}
        case events.BuyerAsked():
            return {"link": fact.link, "link_expires_at": fact.expires_at}
        case events.InvoiceDisputed():
            return {"reason": fact.reason}
        case events.InvoiceTokenised():
            return {"token": fact.token, "units": fact.units}
        case events.InvoiceListed():
            return {
                "discount_bps": fact.discount_bps,
                "advance_amount": fact.advance.amount,
                "fee_amount": fact.fee.amount,
            }
        case events.InvoiceFunded():
            return {"lender": fact.lender, "reason": None}
        case events.FundingReversed():
            return {"lender": None, "reason": fact.reason}
        case events.AdvancePaid():
            return {"payment": fact.payment}
        case events.BuyerReminded():
            return {"reminders": [*row["reminders"], fact.kind]}
        case events.ObligorPaid():
            return {"receipt": fact.receipt}
        case _:
            return {}


VIEW: Final = FoldedView(
    "invoices",
    version=2,
    tables=(INVOICES, TIMELINE, FOLLOWED),
    needs=needs,
    folds=dict.fromkeys(TYPES, fold),
)
