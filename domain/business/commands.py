"""What somebody may wish about a business."""

from domain.kernel.command import Command


class RegisterBusiness(Command, frozen=True, kw_only=True):
    """Enter a company; the actor is its issuer."""

    TYPE = "business.register"
    business: str
    company_name: str
    registration_number: str
    country: str
    industry: str
    allocation_bps: int


class ApproveBusiness(Command, frozen=True, kw_only=True):
    """Let the company make tokens."""

    TYPE = "business.approve"
    business: str


class RejectBusiness(Command, frozen=True, kw_only=True):
    """Turn the company down."""

    TYPE = "business.reject"
    business: str
    reason: str
