"""An anchor after its events."""

from typing import Final

import msgspec

from domain.anchor.events import EVENTS, AnchorPlanned
from domain.anchor.workflow import ANCHOR_WORKFLOW
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event


class Anchor(msgspec.Struct, frozen=True):
    """State and plan of one anchor."""

    state: str = ANCHOR_WORKFLOW.start
    plan: AnchorPlanned | None = None


def evolve(state: Anchor, event: Event) -> Anchor:
    """Apply one fact."""
    plan = event if isinstance(event, AnchorPlanned) else state.plan
    return Anchor(state=ANCHOR_WORKFLOW.after(state.state, event.TYPE), plan=plan)


def anchor_stream(size: int) -> str:
    """Name the stream of the anchor at a size."""
    return f"anchor:{size}"


ANCHOR: Final = Aggregate(name="anchor", empty=Anchor(), evolve=evolve, events=EVENTS)
