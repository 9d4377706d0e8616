"""What happened to an API key; its stream is its public name."""

from domain.kernel.event import Event
from domain.kernel.roles import Role


class ApiKeyIssued(Event, frozen=True, kw_only=True):
    """Whoever shows the secret with this SHA-256 acts for the subject in the role.

    ``scopes`` narrow what the role may do (`domain.apikey.scopes`), ``rate_per_second`` how often;
    ``replaces`` names the key that this one is to take the place of.
    """

    TYPE = "apikey.issued"
    SCHEMA = 2
    subject: str
    role: Role
    digest: str
    scopes: tuple[str, ...] | None = None
    expires_at: str | None = None
    rate_per_second: int | None = None
    replaces: str | None = None


class ApiKeyRotated(Event, frozen=True, kw_only=True):
    """Another key takes its place; this one opens until then, so that nothing stops."""

    TYPE = "apikey.rotated"
    successor: str
    until: str


class ApiKeyRevoked(Event, frozen=True, kw_only=True):
    """The key no longer opens anything."""

    TYPE = "apikey.revoked"


EVENTS = (ApiKeyIssued, ApiKeyRotated, ApiKeyRevoked)
