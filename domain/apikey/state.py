"""An API key after its events, and the decisions about it."""

from typing import Final

import msgspec

from domain.apikey.events import EVENTS, ApiKeyIssued, ApiKeyRevoked
from domain.kernel.aggregate import Aggregate
from domain.kernel.command import Command
from domain.kernel.event import Event
from domain.kernel.refusal import AlreadyExists, NotFound, Refusal
from domain.kernel.roles import Role


class IssueApiKey(Command, frozen=True, kw_only=True):
    """Let the holder of a secret act for a subject."""

    TYPE = "apikey.issue"
    key: str
    subject: str
    role: Role
    digest: str


class RevokeApiKey(Command, frozen=True, kw_only=True):
    """Close a key."""

    TYPE = "apikey.revoke"
    key: str


class ApiKey(msgspec.Struct, frozen=True):
    """What the key opens, and whether it still does."""

    issued: ApiKeyIssued | None = None
    revoked: bool = False


def evolve(state: ApiKey, event: Event) -> ApiKey:
    """Apply one fact."""
    if isinstance(event, ApiKeyIssued):
        return ApiKey(issued=event)
    return msgspec.structs.replace(state, revoked=True)


def apikey_stream(key: str) -> str:
    """Name the stream of a key."""
    return f"apikey:{key}"


def issue(state: ApiKey, command: IssueApiKey) -> list[Event] | Refusal:
    """Issue a key of a new name."""
    if state.issued is not None:
        return AlreadyExists(kind="API key", identity=command.key)
    return [ApiKeyIssued(subject=command.subject, role=command.role, digest=command.digest)]


def revoke(state: ApiKey, command: RevokeApiKey) -> list[Event] | Refusal:
    """Revoke a key; revoking it again changes nothing."""
    if state.issued is None:
        return NotFound(kind="API key", identity=command.key)
    return [] if state.revoked else [ApiKeyRevoked()]


APIKEY: Final = Aggregate(name="apikey", empty=ApiKey(), evolve=evolve, events=EVENTS)
