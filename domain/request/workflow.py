"""The life of a request: nothing is carried out that a second person has not approved."""

from typing import Final

from domain.kernel.workflow import Transition, Workflow

REQUEST_WORKFLOW: Final = Workflow(
    "request",
    "NONE",
    (
        Transition("NONE", "request.make", "request.made", "REQUESTED"),
        Transition("REQUESTED", "request.approve", "request.approved", "APPROVED"),
        Transition("REQUESTED", "request.reject", "request.rejected", "REJECTED"),
        Transition("REQUESTED", "request.expire", "request.expired", "EXPIRED"),
        Transition("APPROVED", "request.carry_out", "request.carried_out", "CARRIED_OUT"),
        Transition("APPROVED", "request.carry_out", "request.failed", "FAILED"),
    ),
)
