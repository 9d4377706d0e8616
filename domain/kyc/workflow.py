"""The life of an application, drawn as in the source (001); a subject has one open at most."""

from typing import Final

from domain.kernel.workflow import Transition, Workflow

KYC_WORKFLOW: Final = Workflow(
    "kyc",
    "NONE",
    (
        Transition("NONE", "kyc.submit", "kyc.submitted", "PENDING"),
        Transition("PENDING", "kyc.open_review", "kyc.review_opened", "IN_REVIEW"),
        Transition("IN_REVIEW", "kyc.approve", "kyc.approved", "APPROVED"),
        Transition("IN_REVIEW", "kyc.reject", "kyc.rejected", "REJECTED"),
        Transition("APPROVED", "kyc.submit", "kyc.submitted", "PENDING"),
        Transition("REJECTED", "kyc.submit", "kyc.submitted", "PENDING"),
    ),
)
