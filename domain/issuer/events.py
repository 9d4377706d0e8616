"""What happened to the issuer status of a subject; the stream is ``issuer:<subject>``."""

from domain.kernel.event import Event


class IssuerRequested(Event, frozen=True, kw_only=True):
    """The subject asks to be an issuer; it may ask again after a rejection."""

    TYPE = "issuer.requested"


class IssuerApproved(Event, frozen=True, kw_only=True):
    """An admin has agreed: the subject has the role from now on."""

    TYPE = "issuer.approved"


class IssuerRejected(Event, frozen=True, kw_only=True):
    """An admin has not, for a reason that the subject is told."""

    TYPE = "issuer.rejected"
    reason: str


EVENTS = (IssuerRequested, IssuerApproved, IssuerRejected)
