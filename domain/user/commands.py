"""What admins wish for a user, and what the doors report of one.

A report is a fact that the door has found out with secrets that the log never sees: a password
that was right, a code that was fresh. Only the system itself may send reports.
"""

from domain.kernel.command import Command
from domain.kernel.roles import Role
from domain.user.events import PasswordReason


class RegisterUser(Command, frozen=True, kw_only=True):
    """Let somebody sign in for a subject, in one of these roles."""

    TYPE = "user.register"
    user: str
    subject: str
    roles: tuple[Role, ...]


class RecordPasswordSet(Command, frozen=True, kw_only=True):
    """There is a new password."""

    TYPE = "user.record_password_set"
    user: str
    reason: PasswordReason


class RecordTotpEnabled(Command, frozen=True, kw_only=True):
    """A device was enrolled and has shown a right code."""

    TYPE = "user.record_totp_enabled"
    user: str


class RecordTotpDisabled(Command, frozen=True, kw_only=True):
    """The device was given up."""

    TYPE = "user.record_totp_disabled"
    user: str


class RecordIdentityLinked(Command, frozen=True, kw_only=True):
    """The user has signed in at a provider."""

    TYPE = "user.record_identity_linked"
    user: str
    provider: str


class RecordIdentityUnlinked(Command, frozen=True, kw_only=True):
    """The provider's word counts no longer."""

    TYPE = "user.record_identity_unlinked"
    user: str
    provider: str


class RecordUserLocked(Command, frozen=True, kw_only=True):
    """So many attempts failed that the next ones are not looked at for a while."""

    TYPE = "user.record_locked"
    user: str
    failures: int
    until: str


class RecordSessionsRevoked(Command, frozen=True, kw_only=True):
    """One session, or all of them, were ended."""

    TYPE = "user.record_sessions_revoked"
    user: str
    session: str | None = None


class CloseUser(Command, frozen=True, kw_only=True):
    """Let nobody sign in as this user any more."""

    TYPE = "user.close"
    user: str
    reason: str
