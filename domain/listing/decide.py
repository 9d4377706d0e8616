"""Decisions about listings."""

from typing import Final

from domain.kernel.calendar import days_between
from domain.kernel.event import Event
from domain.kernel.money import BASIS_POINTS, LARGEST, Money, is_payable
from domain.kernel.refusal import InvalidField, NotYours, Refusal
from domain.listing.events import (
    ListingOpened,
    ListingReopened,
    ListingReserved,
    ListingSold,
    ListingWithdrawn,
)
from domain.listing.refusals import Matured
from domain.listing.state import Listing
from domain.listing.workflow import LISTING_WORKFLOW

Decision = list[Event] | Refusal

DAYS_A_YEAR: Final = 365
YIELD_LIMIT: Final = 100_000


def simple_yield_bps(*, price: int, face: int, days: int) -> int:
    """Compute a discount paper's simple annual yield, actual/365, rounded half up.

    ``(face - price) / price * 365 / days`` in basis points; all amounts in minor units.
    """
    scaled = (face - price) * DAYS_A_YEAR * BASIS_POINTS
    whole = price * days
    return (2 * scaled + whole) // (2 * whole)


def refuse_price(price: Money, *, currency: str) -> Refusal | None:
    """Say why nothing of this currency can be offered at a price; no yield without a price."""
    if price.currency != currency:
        return InvalidField(field="price.currency", reason=f"the token is in {currency}")
    if not is_payable(price):
        return InvalidField(field="price", reason="must be a positive amount of a known currency")
    return None


def open_listing(state: Listing, listing: str, opened: ListingOpened, *, today: str) -> Decision:
    """Offer a lot before it is due, at a yield that the books can keep."""
    if refusal := LISTING_WORKFLOW.refuse(listing, state.state, "listing.open"):
        return refusal
    if refusal := _refuse_matured(opened, today):
        return refusal
    if abs(opened.computed_yield_bps) > LARGEST:
        return InvalidField(field="price", reason="is out of all proportion to the lot")
    if not -YIELD_LIMIT <= opened.quoted_yield_bps <= YIELD_LIMIT:
        return InvalidField(field="quoted_yield_bps", reason="is out of all proportion")
    return [opened]


def yield_of(price: Money, units: int, *, today: str, due: str) -> int:
    """Compute our own yield of a lot whose face is its units in minor units."""
    days = max(days_between(today, due), 1)
    return simple_yield_bps(price=price.amount, face=units, days=days)


def _refuse_matured(terms: ListingOpened, today: str) -> Refusal | None:
    if days_between(today, terms.due) <= 0:
        return Matured(token=terms.token, due=terms.due)
    return None


def reserve(state: Listing, listing: str, *, trade: str, today: str) -> Decision:
    """Give the lot to a trade, as long as it is not due."""
    if refusal := LISTING_WORKFLOW.refuse(listing, state.state, "trade.execute"):
        return refusal
    if refusal := _refuse_matured(state.terms, today):
        return refusal
    return [ListingReserved(trade=trade)]


def reopen(state: Listing, listing: str, *, trade: str, reason: str) -> Decision:
    """Offer the lot again after its trade failed."""
    if refusal := LISTING_WORKFLOW.refuse(listing, state.state, "trade.fail"):
        return refusal
    return [ListingReopened(trade=trade, reason=reason)]


def sell(state: Listing, listing: str, *, trade: str, buyer: str) -> Decision:
    """Close the listing with its settled trade."""
    if refusal := LISTING_WORKFLOW.refuse(listing, state.state, "trade.settle"):
        return refusal
    return [ListingSold(trade=trade, buyer=buyer)]


def withdraw(state: Listing, listing: str, *, reason: str) -> Decision:
    """Take the offer back."""
    if refusal := LISTING_WORKFLOW.refuse(listing, state.state, "listing.withdraw"):
        return refusal
    return [ListingWithdrawn(reason=reason)]


def refuse_stranger(state: Listing, listing: str, *, actor: str) -> Refusal | None:
    """Say why this subject may not take the offer back."""
    if state.opened is not None and state.opened.seller != actor:
        return NotYours(actor=actor, role="seller", subject=listing)
    return None
