"""A business after its events."""

from typing import Final

import msgspec

from domain.business.events import EVENTS, BusinessRegistered
from domain.business.workflow import BUSINESS_WORKFLOW
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event


class Business(msgspec.Struct, frozen=True):
    """State and registration."""

    state: str = BUSINESS_WORKFLOW.start
    registered: BusinessRegistered | None = None

    @property
    def terms(self) -> BusinessRegistered:
        """What was registered; raises ValueError before it was."""
        if self.registered is None:
            message = "the business was never registered"
            raise ValueError(message)
        return self.registered


def evolve(state: Business, event: Event) -> Business:
    """Apply one fact."""
    registered = event if isinstance(event, BusinessRegistered) else state.registered
    after = BUSINESS_WORKFLOW.after(state.state, event.TYPE)
    return Business(state=after, registered=registered)


def business_stream(business: str) -> str:
    """Name the stream of a business."""
    return f"business:{business}"


BUSINESS: Final = Aggregate(name="business", empty=Business(), evolve=evolve, events=EVENTS)
