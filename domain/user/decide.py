"""The decisions about users."""

from domain.kernel.command import Command
from domain.kernel.event import Event
from domain.kernel.refusal import AlreadyExists, InvalidField, NotFound, Refusal
from domain.user import commands, events
from domain.user.state import User
from domain.user.workflow import USER_WORKFLOW

Decision = list[Event] | Refusal


def register(state: User, command: commands.RegisterUser) -> Decision:
    """Register a user of a new name; the subject was looked at by the handler."""
    if state.state != USER_WORKFLOW.start:
        return AlreadyExists(kind="user", identity=command.user)
    if not command.roles:
        return InvalidField(field="roles", reason="a user signs in in one role at least")
    return [events.UserRegistered(subject=command.subject, roles=command.roles)]


def set_password(state: User, command: commands.RecordPasswordSet) -> Decision:
    """Record that there is a password now, which makes an invited user active."""
    if refusal := _refuse(state, command.user, command):
        return refusal
    return [events.PasswordSet(reason=command.reason)]


def enable_totp(state: User, command: commands.RecordTotpEnabled) -> Decision:
    """Record the second factor; enabling it again changes nothing."""
    if refusal := _demand_open(state, command.user):
        return refusal
    return [] if state.totp else [events.TotpEnabled()]


def disable_totp(state: User, command: commands.RecordTotpDisabled) -> Decision:
    """Record that the second factor is gone; disabling it again changes nothing."""
    if refusal := _demand_open(state, command.user):
        return refusal
    return [events.TotpDisabled()] if state.totp else []


def link_identity(state: User, command: commands.RecordIdentityLinked) -> Decision:
    """Record that a provider vouches for the user; linking it again changes nothing."""
    if refusal := _refuse(state, command.user, command):
        return refusal
    if command.provider in state.providers:
        return []
    return [events.IdentityLinked(provider=command.provider)]


def unlink_identity(state: User, command: commands.RecordIdentityUnlinked) -> Decision:
    """Record that a provider's word counts no longer."""
    if refusal := _demand_open(state, command.user):
        return refusal
    if command.provider not in state.providers:
        return []
    return [events.IdentityUnlinked(provider=command.provider)]


def lock(state: User, command: commands.RecordUserLocked) -> Decision:
    """Record a lock-out; one that ends no later than the last is no news."""
    if refusal := _demand_open(state, command.user):
        return refusal
    if command.until <= state.locked_until:
        return []
    return [events.UserLocked(failures=command.failures, until=command.until)]


def revoke_sessions(state: User, command: commands.RecordSessionsRevoked) -> Decision:
    """Record that sessions were ended by somebody."""
    if refusal := _demand_known(state, command.user):
        return refusal
    return [events.SessionsRevoked(session=command.session)]


def close(state: User, command: commands.CloseUser) -> Decision:
    """Close a user for ever."""
    if refusal := _demand_known(state, command.user) or _refuse(state, command.user, command):
        return refusal
    return [events.UserClosed(reason=command.reason)]


def _refuse(state: User, user: str, command: Command) -> Refusal | None:
    return _demand_known(state, user) or USER_WORKFLOW.refuse(user, state.state, command.TYPE)


def _demand_known(state: User, user: str) -> Refusal | None:
    if state.state == USER_WORKFLOW.start:
        return NotFound(kind="user", identity=user)
    return None


def _demand_open(state: User, user: str) -> Refusal | None:
    # What a closed user did is told by nobody any more: it is as if it had never been there.
    return NotFound(kind="user", identity=user) if state.state in {"NONE", "CLOSED"} else None
