"""The life of an outgoing payment."""

from typing import Final

from domain.kernel.workflow import Transition, Workflow

PAYMENT_WORKFLOW: Final = Workflow(
    "payment",
    "NONE",
    (
        Transition("NONE", "invoice.complete_funding", "payment.instructed", "INSTRUCTED"),
        Transition("INSTRUCTED", "payment.settle", "payment.settled", "SETTLED"),
        Transition("INSTRUCTED", "payment.refuse", "payment.refused", "REFUSED"),
    ),
)
