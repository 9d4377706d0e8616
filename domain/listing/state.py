"""A listing after its events."""

from typing import Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event
from domain.listing.events import EVENTS, ListingOpened, ListingReserved
from domain.listing.workflow import LISTING_WORKFLOW


class Listing(msgspec.Struct, frozen=True):
    """State, terms, and the trade that has the lot."""

    state: str = LISTING_WORKFLOW.start
    opened: ListingOpened | None = None
    trade: str | None = None

    @property
    def terms(self) -> ListingOpened:
        """What is offered; raises ValueError before it is."""
        if self.opened is None:
            message = "the listing was never opened"
            raise ValueError(message)
        return self.opened


def evolve(state: Listing, event: Event) -> Listing:
    """Apply one fact."""
    after = LISTING_WORKFLOW.after(state.state, event.TYPE)
    match event:
        case ListingOpened():
            return Listing(state=after, opened=event)
        case ListingReserved():
            return msgspec.structs.replace(state, state=after, trade=event.trade)
        case _:
            return msgspec.structs.replace(state, state=after)


def listing_stream(listing: str) -> str:
    """Name the stream of a listing."""
    return f"listing:{listing}"


LISTING: Final = Aggregate(name="listing", empty=Listing(), evolve=evolve, events=EVENTS)
