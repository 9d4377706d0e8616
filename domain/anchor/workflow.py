"""The life of an anchor."""

from typing import Final

from domain.kernel.workflow import Transition, Workflow

ANCHOR_WORKFLOW: Final = Workflow(
    "anchor",
    "NONE",
    (
        Transition("NONE", "anchor.plan", "anchor.planned", "PLANNED"),
        Transition("PLANNED", "anchor.confirm", "anchor.confirmed", "CONFIRMED"),
        Transition("PLANNED", "anchor.fail", "anchor.failed", "FAILED"),
        # The chain took its block back and holds it in another one now, or against expectation.
        Transition("CONFIRMED", "anchor.confirm", "anchor.confirmed", "CONFIRMED"),
        Transition("FAILED", "anchor.confirm", "anchor.confirmed", "CONFIRMED"),
    ),
)
