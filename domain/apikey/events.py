"""What happened to an API key; its stream is its public name."""

from domain.kernel.event import Event
from domain.kernel.roles import Role


class ApiKeyIssued(Event, frozen=True, kw_only=True):
    """Whoever shows the secret with this SHA-256 acts for the subject in the role."""

    TYPE = "apikey.issued"
    subject: str
    role: Role
    digest: str


class ApiKeyRevoked(Event, frozen=True, kw_only=True):
    """The key no longer opens anything."""

    TYPE = "apikey.revoked"


EVENTS = (ApiKeyIssued, ApiKeyRevoked)
