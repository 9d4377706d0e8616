"""The life of an incoming payment."""

from typing import Final

from domain.kernel.workflow import Transition, Workflow

RECEIPT_WORKFLOW: Final = Workflow(
    "receipt",
    "NONE",
    (
        Transition("NONE", "receipt.record", "receipt.recorded", "RECORDED"),
        Transition("RECORDED", "receipt.match", "receipt.matched", "MATCHED"),
        Transition("RECORDED", "receipt.match", "receipt.unmatched", "UNMATCHED"),
    ),
)
