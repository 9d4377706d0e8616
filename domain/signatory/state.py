"""A signatory after its events, and the decisions about it."""

from typing import Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.command import Command
from domain.kernel.event import Event
from domain.kernel.refusal import AlreadyExists, NotFound, Refusal
from domain.signatory.events import EVENTS, SigningKeyRegistered, SigningKeyRevoked


class RegisterSigningKey(Command, frozen=True, kw_only=True):
    """Register a key of the actor's own; the request's authorisation is made with it."""

    TYPE = "signatory.register_key"
    key: str
    alg: str


class RevokeSigningKey(Command, frozen=True, kw_only=True):
    """Take one of the actor's own keys out of use."""

    TYPE = "signatory.revoke_key"
    key: str
    reason: str


class Signatory(msgspec.Struct, frozen=True):
    """Keys in use with their algorithms, and all that ever were."""

    keys: dict[str, str] = {}
    used: frozenset[str] = frozenset()


def evolve(state: Signatory, event: Event) -> Signatory:
    """Apply one fact."""
    match event:
        case SigningKeyRegistered():
            keys = {**state.keys, event.key: event.alg}
            return Signatory(keys=keys, used=state.used | {event.key})
        case SigningKeyRevoked():
            keys = {key: alg for key, alg in state.keys.items() if key != event.key}
            return Signatory(keys=keys, used=state.used)
        case _:
            message = f"not a fact of a signatory: {event!r}"
            raise TypeError(message)


def register(state: Signatory, command: RegisterSigningKey) -> list[Event] | Refusal:
    """Register a key that was never used; a revoked one does not come back."""
    if command.key in state.keys:
        return []
    if command.key in state.used:
        return AlreadyExists(kind="signing key", identity=command.key)
    return [SigningKeyRegistered(key=command.key, alg=command.alg)]


def revoke(state: Signatory, command: RevokeSigningKey) -> list[Event] | Refusal:
    """Revoke a key; revoking it again changes nothing."""
    if command.key not in state.used:
        return NotFound(kind="signing key", identity=command.key[:80])
    if command.key not in state.keys:
        return []
    return [SigningKeyRevoked(key=command.key, reason=command.reason)]


def signatory_stream(subject: str) -> str:
    """Name the stream of a subject's signing keys."""
    return f"signatory:{subject}"


SIGNATORY: Final = Aggregate(name="signatory", empty=Signatory(), evolve=evolve, events=EVENTS)
