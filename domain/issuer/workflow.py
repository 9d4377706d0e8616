"""The life of a wish to be an issuer (004: issuerStatus, issuerReason)."""

from typing import Final

from domain.kernel.workflow import Transition, Workflow

ISSUER_WORKFLOW: Final = Workflow(
    "issuer",
    "NONE",
    (
        Transition("NONE", "issuer.request", "issuer.requested", "REQUESTED"),
        Transition("REQUESTED", "issuer.approve", "issuer.approved", "APPROVED"),
        Transition("REQUESTED", "issuer.reject", "issuer.rejected", "REJECTED"),
        Transition("REJECTED", "issuer.request", "issuer.requested", "REQUESTED"),
    ),
)
