"""Reads of invoices, their timelines and what is for sale."""

from typing import Any, Final

import msgspec

from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import BasisPoints, Day, MinorUnits, Name
from interfaces.inbound.http.rest.reads import (
    Cursor,
    Limit,
    NoParameters,
    ReadRoute,
    one_of,
    page_of,
)
from interfaces.inbound.http.rest.shapes import Shape
from interfaces.inbound.http.visibility import demand_visible, scope
from projections.invoices import queries as invoices
from projections.marketplace import queries as marketplace

INVOICE: Final = Shape(invoices.InvoiceRow, "Invoice")
MOMENT: Final = Shape(invoices.TimelineRow, "Moment")
OFFER: Final = Shape(marketplace.OfferRow, "Offer")
LISTING: Final = Shape(marketplace.ListingRow, "Listing")


class Paging(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page."""

    after: Cursor | None = None
    limit: Limit = 50


class InvoicePage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which invoices; dates are inclusive."""

    state: Name | None = None
    seller: Name | None = None
    buyer: Name | None = None
    lender: Name | None = None
    currency: Name | None = None
    due_from: Day | None = None
    due_until: Day | None = None


class OfferPage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which offers; ranges are inclusive, amounts in minor units."""

    face_least: MinorUnits | None = None
    face_most: MinorUnits | None = None
    due_from: Day | None = None
    due_until: Day | None = None
    discount_bps_least: BasisPoints | None = None
    discount_bps_most: BasisPoints | None = None
    buyer: Name | None = None
    seller: Name | None = None
    currency: Name | None = None


class ListingPage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which listings; without a state only open ones are meant."""

    state: Name | None = None
    token: Name | None = None
    invoice: Name | None = None
    seller: Name | None = None
    currency: Name | None = None
    price_least: MinorUnits | None = None
    price_most: MinorUnits | None = None
    due_from: Day | None = None
    due_until: Day | None = None
    yield_bps_least: BasisPoints | None = None


def filter_of(page: Paging, wanted: type[Any], **fixed: object) -> Any:
    """Take the fields of a filter over from a page's parameters."""
    values = {name: getattr(page, name) for name in wanted.__struct_fields__ if hasattr(page, name)}
    return wanted(**{**values, **fixed})


def parties_of(row: invoices.InvoiceRow) -> tuple[str | None, ...]:
    """Tell between whom an invoice is: these and the back office see it."""
    return (row.seller, row.buyer, row.lender)


async def visible_invoice(call: Call, number: str) -> invoices.InvoiceRow:
    """Read an invoice that the caller may see; raises Refused with ``not_found``."""
    row = await one_of(call, invoices.invoice(number), kind="invoice", identity=number)
    demand_visible(call.principal, parties_of(row), kind="invoice", identity=number)
    return row


async def _invoices(call: Call, page: InvoicePage) -> msgspec.Struct:
    wanted = filter_of(page, invoices.InvoiceFilter, party=scope(call.principal))
    query = invoices.invoices(wanted, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, INVOICE, limit=page.limit, after=lambda row: row.position)


async def _invoice(call: Call, _: NoParameters) -> msgspec.Struct:
    return INVOICE.of(await visible_invoice(call, call.names["invoice"]))


async def _timeline(call: Call, page: Paging) -> msgspec.Struct:
    await visible_invoice(call, call.names["invoice"])
    query = invoices.timeline(call.names["invoice"], after=page.after, limit=page.limit + 1)
    return await page_of(call, query, MOMENT, limit=page.limit, after=lambda row: row.position)


async def _offers(call: Call, page: OfferPage) -> msgspec.Struct:
    wanted = filter_of(page, marketplace.OfferFilter)
    query = marketplace.offers(wanted, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, OFFER, limit=page.limit, after=lambda row: row.position)


async def _listings(call: Call, page: ListingPage) -> msgspec.Struct:
    wanted = filter_of(page, marketplace.ListingFilter)
    query = marketplace.listings(wanted, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, LISTING, limit=page.limit, after=lambda row: row.position)


ROUTES: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/invoices",
        operation="ListInvoices",
        summary="List the caller's invoices, the newest first",
        query="invoices",
        run=_invoices,
        answer=INVOICE.type,
        paged=True,
        parameters=InvoicePage,
    ),
    ReadRoute(
        path="/invoices/{invoice:str}",
        operation="GetInvoice",
        summary="Read an invoice",
        query="invoices",
        run=_invoice,
        answer=INVOICE.type,
    ),
    ReadRoute(
        path="/invoices/{invoice:str}/timeline",
        operation="ListTimeline",
        summary="List what happened around an invoice, in order",
        query="timeline",
        run=_timeline,
        answer=MOMENT.type,
        paged=True,
        parameters=Paging,
    ),
    ReadRoute(
        path="/marketplace/offers",
        operation="ListOffers",
        summary="List invoices that can be funded, the newest first",
        query="marketplace",
        run=_offers,
        answer=OFFER.type,
        paged=True,
        parameters=OfferPage,
    ),
    ReadRoute(
        path="/marketplace/listings",
        operation="ListListings",
        summary="List lots on offer, the newest first",
        query="marketplace",
        run=_listings,
        answer=LISTING.type,
        paged=True,
        parameters=ListingPage,
    ),
)
