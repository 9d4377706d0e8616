"""What happened to a business."""

from domain.kernel.event import Event


class BusinessRegistered(Event, frozen=True, kw_only=True):
    """An issuer wants to raise money for this company.

    ``allocation_bps`` is the platform's part of each token's supply, in basis points.
    """

    TYPE = "business.registered"
    owner: str
    company_name: str
    registration_number: str
    country: str
    industry: str
    allocation_bps: int


class BusinessApproved(Event, frozen=True, kw_only=True):
    """An admin has found the company to be what its issuer says."""

    TYPE = "business.approved"


class BusinessRejected(Event, frozen=True, kw_only=True):
    """An admin has not; its registration number is free again."""

    TYPE = "business.rejected"
    reason: str


EVENTS = (BusinessRegistered, BusinessApproved, BusinessRejected)
