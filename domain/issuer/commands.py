"""What somebody may wish about issuer status."""

from domain.kernel.command import Command


class RequestIssuer(Command, frozen=True, kw_only=True):
    """Ask to be an issuer."""

    TYPE = "issuer.request"
    subject: str


class ApproveIssuer(Command, frozen=True, kw_only=True):
    """Agree."""

    TYPE = "issuer.approve"
    subject: str


class RejectIssuer(Command, frozen=True, kw_only=True):
    """Turn the wish down."""

    TYPE = "issuer.reject"
    subject: str
    reason: str
