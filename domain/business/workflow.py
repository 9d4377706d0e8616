"""The life of a business (CP1)."""

from typing import Final

from domain.kernel.workflow import Transition, Workflow

BUSINESS_WORKFLOW: Final = Workflow(
    "business",
    "NONE",
    (
        Transition("NONE", "business.register", "business.registered", "PENDING"),
        Transition("PENDING", "business.approve", "business.approved", "ACTIVE"),
        Transition("PENDING", "business.reject", "business.rejected", "REJECTED"),
    ),
)
