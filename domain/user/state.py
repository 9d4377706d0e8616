"""A user after its events."""

from typing import Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event
from domain.kernel.roles import Role
from domain.user import events
from domain.user.workflow import USER_WORKFLOW


class User(msgspec.Struct, frozen=True):
    """State of the user, and what it may sign in as."""

    state: str = USER_WORKFLOW.start
    subject: str = ""
    roles: tuple[Role, ...] = ()
    totp: bool = False
    providers: frozenset[str] = frozenset()
    locked_until: str = ""


_STEPS: Final = frozenset(row.event for row in USER_WORKFLOW.rows)


def evolve(state: User, event: Event) -> User:
    """Apply one fact."""
    moved = state.state
    if event.TYPE in _STEPS:
        moved = USER_WORKFLOW.after(state.state, event.TYPE)
    return msgspec.structs.replace(_changed(state, event), state=moved)


def _changed(state: User, event: Event) -> User:
    match event:
        case events.UserRegistered():
            return User(subject=event.subject, roles=event.roles)
        case events.TotpEnabled() | events.TotpDisabled():
            enabled = isinstance(event, events.TotpEnabled)
            return msgspec.structs.replace(state, totp=enabled)
        case events.IdentityLinked():
            return msgspec.structs.replace(state, providers=state.providers | {event.provider})
        case events.IdentityUnlinked():
            return msgspec.structs.replace(state, providers=state.providers - {event.provider})
        case events.UserLocked():
            return msgspec.structs.replace(state, locked_until=event.until)
        case _:
            return state


def user_stream(user: str) -> str:
    """Name the stream of a user."""
    return f"user:{user}"


USER: Final = Aggregate(name="user", empty=User(), evolve=evolve, events=events.EVENTS)
