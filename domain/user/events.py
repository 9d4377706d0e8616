"""What happened to a user; the stream is ``user:<id>``, an id that says nothing of the person."""

from typing import Literal

from domain.kernel.event import Event
from domain.kernel.roles import Role

PasswordReason = Literal["first", "changed", "reset"]


class UserRegistered(Event, frozen=True, kw_only=True):
    """Whoever signs in as this user acts for the subject, in one of these roles."""

    TYPE = "user.registered"
    subject: str
    roles: tuple[Role, ...]


class PasswordSet(Event, frozen=True, kw_only=True):
    """There is a password, or another one; what it is stands outside the log."""

    TYPE = "user.password_set"
    reason: PasswordReason


class TotpEnabled(Event, frozen=True, kw_only=True):
    """A sign-in with the password needs a one-time code from now on (RFC 6238)."""

    TYPE = "user.totp_enabled"


class TotpDisabled(Event, frozen=True, kw_only=True):
    """The password alone is enough again."""

    TYPE = "user.totp_disabled"


class IdentityLinked(Event, frozen=True, kw_only=True):
    """Somebody else's identity provider vouches for the user; its name is one of our settings."""

    TYPE = "user.identity_linked"
    provider: str


class IdentityUnlinked(Event, frozen=True, kw_only=True):
    """It no longer does."""

    TYPE = "user.identity_unlinked"
    provider: str


class UserLocked(Event, frozen=True, kw_only=True):
    """Too many attempts failed: none is looked at until then."""

    TYPE = "user.locked"
    failures: int
    until: str


class SessionsRevoked(Event, frozen=True, kw_only=True):
    """One session, or all without a name, were ended by somebody, not by signing out."""

    TYPE = "user.sessions_revoked"
    session: str | None = None


class UserClosed(Event, frozen=True, kw_only=True):
    """Nobody signs in as this user any more."""

    TYPE = "user.closed"
    reason: str


EVENTS = (
    UserRegistered,
    PasswordSet,
    TotpEnabled,
    TotpDisabled,
    IdentityLinked,
    IdentityUnlinked,
    UserLocked,
    SessionsRevoked,
    UserClosed,
)
