"""Folds offers and listings."""

from collections.abc import Iterable
from typing import Final

from domain.invoice import events as invoice
from domain.kernel.event import Event, Recorded
from domain.kernel.ids import aggregate_of, identity_of
from domain.listing import events as listing
from projections.folding import FoldedView, advance, folds_of
from projections.view import Key, Row, Rows, Table

OFFERS: Final = Table(
    "offers",
    ("invoice",),
    (
        "state",
        "seller",
        "buyer",
        "face_amount",
        "currency",
        "issued",
        "due",
        "token",
        "units",
        "discount_bps",
        "advance_amount",
        "fee_amount",
        "listed_at",
        "position",
        "last_position",
    ),
)

LISTINGS: Final = Table(
    "listings",
    ("listing",),
    (
        "state",
        "token",
        "invoice",
        "slice",
        "seller",
        "units",
        "price_amount",
        "currency",
        "due",
        "quoted_yield_bps",
        "computed_yield_bps",
        "trade",
        "buyer",
        "reason",
        "opened_at",
        "position",
        "last_position",
    ),
)


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the offer or the listing."""
    table = OFFERS if aggregate_of(event.stream) == "invoice" else LISTINGS
    return [(table, (identity_of(event.stream),))]


def _fold_offer(event: Recorded, rows: Rows) -> None:
    values = _offer(event.fact, event.at)
    if isinstance(event.fact, invoice.InvoiceSubmitted):
        values["position"] = event.position
    advance(rows, OFFERS, identity_of(event.stream), event, values)


def _offer(fact: Event, at: str) -> Row:
    match fact:
        case invoice.InvoiceSubmitted():
            return {
                "seller": fact.seller,
                "buyer": fact.buyer,
                "face_amount": fact.face.amount,
                "currency": fact.face.currency,
                "issued": fact.issued,
                "due": fact.due,
            }
        case invoice.InvoiceTokenised():
            return {"token": fact.token, "units": fact.units}
        case invoice.InvoiceListed():
            return {
                "discount_bps": fact.discount_bps,
                "advance_amount": fact.advance.amount,
                "fee_amount": fact.fee.amount,
                "listed_at": at,
            }
        case _:
            return {}


def _fold_listing(event: Recorded, rows: Rows) -> None:
    values = _listing(event.fact, event.at)
    advance(rows, LISTINGS, identity_of(event.stream), event, values)


def _listing(fact: Event, at: str) -> Row:
    match fact:
        case listing.ListingOpened():
            return {
                "token": fact.token,
                "invoice": fact.invoice,
                "slice": fact.slice,
                "seller": fact.seller,
                "units": fact.units,
                "price_amount": fact.price.amount,
                "currency": fact.price.currency,
                "due": fact.due,
                "quoted_yield_bps": fact.quoted_yield_bps,
                "computed_yield_bps": fact.computed_yield_bps,
                "opened_at": at,
            }
        case listing.ListingReserved():
            return {"trade": fact.trade, "reason": None}
        case listing.ListingReopened():
            return {"trade": None, "reason": fact.reason}
        case listing.ListingSold():
            return {"trade": fact.trade, "buyer": fact.buyer}
        case listing.ListingWithdrawn():
            return {"reason": fact.reason}
        case _:
            message = f"not a listing fact: {fact!r}"
            raise TypeError(message)


VIEW: Final = FoldedView(
    "marketplace",
    version=1,
    tables=(OFFERS, LISTINGS),
    needs=needs,
    folds=folds_of(invoice.EVENTS, _fold_offer) | folds_of(listing.EVENTS, _fold_listing),
)
