"""What happened to a subject's ties; its stream is the subject's."""

from domain.kernel.event import Event


class SubjectIntroduced(Event, frozen=True, kw_only=True):
    """A broker brought this subject: it is in that broker's pipeline from now on."""

    TYPE = "affiliation.introduced"
    broker: str


class TenantJoined(Event, frozen=True, kw_only=True):
    """The subject belongs to a partner's supply-chain tenant."""

    TYPE = "affiliation.tenant_joined"
    partner: str


class TenantLeft(Event, frozen=True, kw_only=True):
    """The subject belongs to that tenant no more."""

    TYPE = "affiliation.tenant_left"
    partner: str


EVENTS = (SubjectIntroduced, TenantJoined, TenantLeft)
"""Everything that may stand in a stream of affiliations."""
