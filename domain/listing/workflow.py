"""The life of a listing."""

from typing import Final

from domain.kernel.workflow import Transition, Workflow

LISTING_WORKFLOW: Final = Workflow(
    "listing",
    "NONE",
    (
        Transition("NONE", "listing.open", "listing.opened", "LISTED"),
        Transition("LISTED", "trade.execute", "listing.reserved", "RESERVED"),
        Transition("RESERVED", "trade.fail", "listing.reopened", "LISTED"),
        Transition("RESERVED", "trade.settle", "listing.sold", "SOLD"),
        Transition("LISTED", "listing.withdraw", "listing.withdrawn", "WITHDRAWN"),
    ),
)
