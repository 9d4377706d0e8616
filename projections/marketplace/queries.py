"""Questions about what is for sale."""

from typing import Final

import msgspec

from projections.query import Query
from projections.select import always, at_least, at_most, below, equal, select

_OPEN: Final = always("state IN ('LISTED', 'RESERVED')")


class OfferRow(msgspec.Struct, frozen=True):
    """An invoice that can be funded; amounts in minor units, ``position`` is its cursor."""

    invoice: str
    seller: str
    buyer: str
    face_amount: int
    currency: str
    issued: str
    due: str
    token: str
    units: int
    discount_bps: int
    advance_amount: int
    fee_amount: int
    listed_at: str
    position: int


class ListingRow(msgspec.Struct, frozen=True):
    """A lot on offer; ``price_amount`` in minor units, ``position`` is its cursor."""

    listing: str
    state: str
    token: str
    invoice: str
    slice: int
    seller: str
    units: int
    price_amount: int
    currency: str
    due: str
    quoted_yield_bps: int
    computed_yield_bps: int
    trade: str | None
    buyer: str | None
    reason: str | None
    opened_at: str
    position: int
    last_position: int


class OfferFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which offers; ranges are inclusive, amounts in minor units."""

    face_least: int | None = None
    face_most: int | None = None
    due_from: str | None = None
    due_until: str | None = None
    discount_bps_least: int | None = None
    discount_bps_most: int | None = None
    buyer: str | None = None
    seller: str | None = None
    currency: str | None = None


class ListingFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which listings; ranges are inclusive. Without a state only open ones are meant."""

    state: str | None = None
    token: str | None = None
    invoice: str | None = None
    seller: str | None = None
    currency: str | None = None
    price_least: int | None = None
    price_most: int | None = None
    due_from: str | None = None
    due_until: str | None = None
    yield_bps_least: int | None = None


def offers(wanted: OfferFilter, *, after: int | None = None, limit: int = 50) -> Query[OfferRow]:
    """Ask for a page of offers, the newest first; ``after`` is the last row's position."""
    conditions = [
        always("state = 'LISTED'"),
        at_least("face_amount", wanted.face_least),
        at_most("face_amount", wanted.face_most),
        at_least("due", wanted.due_from),
        at_most("due", wanted.due_until),
        at_least("discount_bps", wanted.discount_bps_least),
        at_most("discount_bps", wanted.discount_bps_most),
        equal("buyer", wanted.buyer),
        equal("seller", wanted.seller),
        equal("currency", wanted.currency),
        below("position", after),
    ]
    return select(OfferRow, "offers", conditions, order="position DESC", limit=limit)


def listing(identity: str) -> Query[ListingRow]:
    """Ask for one listing, open or not."""
    return select(ListingRow, "listings", [equal("listing", identity)], order="listing")


def listings(
    wanted: ListingFilter, *, after: int | None = None, limit: int = 50
) -> Query[ListingRow]:
    """Ask for a page of listings, the newest first; ``after`` is the last row's position."""
    state = equal("state", wanted.state)
    conditions = [
        _OPEN if wanted.state is None else state,
        equal("token", wanted.token),
        equal("invoice", wanted.invoice),
        equal("seller", wanted.seller),
        equal("currency", wanted.currency),
        at_least("price_amount", wanted.price_least),
        at_most("price_amount", wanted.price_most),
        at_least("due", wanted.due_from),
        at_most("due", wanted.due_until),
        at_least("computed_yield_bps", wanted.yield_bps_least),
        below("position", after),
    ]
    return select(ListingRow, "listings", conditions, order="position DESC", limit=limit)
