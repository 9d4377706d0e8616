"""What subjects and reviewers may wish about applications."""

from typing import Final

from domain.kernel.command import Command
from domain.kernel.sealed import Sealed
from domain.kyc.events import Fatca, KycDocument

DEFAULT_LEVEL: Final = 2


class SubmitKyc(Command, frozen=True, kw_only=True):
    """Apply, or apply again, in one's own name."""

    TYPE = "kyc.submit"
    documents: tuple[KycDocument, ...]
    details: Sealed
    fatca: Fatca


class OpenKycReview(Command, frozen=True, kw_only=True):
    """Say that one looks at the application now."""

    TYPE = "kyc.open_review"
    application: str


class ApproveKyc(Command, frozen=True, kw_only=True):
    """Say that the identity is known."""

    TYPE = "kyc.approve"
    application: str
    level: int = DEFAULT_LEVEL
    notes: Sealed | None = None


class RejectKyc(Command, frozen=True, kw_only=True):
    """Say that it is not, and why."""

    TYPE = "kyc.reject"
    application: str
    reason: Sealed
