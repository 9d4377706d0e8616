"""What happened to a listing."""

from domain.kernel.event import Event
from domain.kernel.money import Money


class ListingOpened(Event, frozen=True, kw_only=True):
    """A holder offers a lot; the quoted and our own computed yield are both kept."""

    TYPE = "listing.opened"
    token: str
    invoice: str
    slice: int
    seller: str
    units: int
    price: Money
    due: str
    quoted_yield_bps: int
    computed_yield_bps: int


class ListingReserved(Event, frozen=True, kw_only=True):
    """A trade has the lot until it settles or fails."""

    TYPE = "listing.reserved"
    trade: str


class ListingReopened(Event, frozen=True, kw_only=True):
    """The trade failed; the lot is offered again."""

    TYPE = "listing.reopened"
    trade: str
    reason: str


class ListingSold(Event, frozen=True, kw_only=True):
    """The trade settled."""

    TYPE = "listing.sold"
    trade: str
    buyer: str


class ListingWithdrawn(Event, frozen=True, kw_only=True):
    """The offer is taken back."""

    TYPE = "listing.withdrawn"
    reason: str


EVENTS = (ListingOpened, ListingReserved, ListingReopened, ListingSold, ListingWithdrawn)
