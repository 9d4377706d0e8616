"""An API key after its events, and the decisions about it."""

from typing import Final

import msgspec

from domain.apikey.events import EVENTS, ApiKeyIssued, ApiKeyRevoked, ApiKeyRotated
from domain.apikey.refusals import KeyNotInForce
from domain.apikey.scopes import problem_of
from domain.kernel.aggregate import Aggregate
from domain.kernel.calendar import INSTANT, instant, later
from domain.kernel.command import Command, Context
from domain.kernel.event import Event
from domain.kernel.refusal import AlreadyExists, InvalidField, NotFound, NotYours, Refusal
from domain.kernel.roles import Role

OVERLAP_SECONDS_MAX: Final = 30 * 86_400
RATE_MAX: Final = 100_000


class IssueApiKey(Command, frozen=True, kw_only=True):
    """Let the holder of a secret act for a subject."""

    TYPE = "apikey.issue"
    key: str
    subject: str
    role: Role
    digest: str
    scopes: tuple[str, ...] | None = None
    expires_at: str | None = None
    rate_per_second: int | None = None


class RotateApiKey(Command, frozen=True, kw_only=True):
    """Put a key of the same rights in another's place; both open for a while."""

    TYPE = "apikey.rotate"
    key: str
    successor: str
    digest: str
    overlap_seconds: int
    expires_at: str | None = None


class RevokeApiKey(Command, frozen=True, kw_only=True):
    """Close a key."""

    TYPE = "apikey.revoke"
    key: str


class ApiKey(msgspec.Struct, frozen=True):
    """What the key opens, and whether it still does."""

    issued: ApiKeyIssued | None = None
    revoked: bool = False
    successor: str | None = None


def evolve(state: ApiKey, event: Event) -> ApiKey:
    """Apply one fact."""
    match event:
        case ApiKeyIssued():
            return ApiKey(issued=event)
        case ApiKeyRotated():
            return msgspec.structs.replace(state, successor=event.successor)
        case _:
            return msgspec.structs.replace(state, revoked=True)


def apikey_stream(key: str) -> str:
    """Name the stream of a key."""
    return f"apikey:{key}"


def issue(state: ApiKey, command: IssueApiKey, at: str) -> list[Event] | Refusal:
    """Issue a key of a new name."""
    if state.issued is not None:
        return AlreadyExists(kind="API key", identity=command.key)
    if refusal := _refuse_terms(command, at):
        return refusal
    return [
        ApiKeyIssued(
            subject=command.subject,
            role=command.role,
            digest=command.digest,
            scopes=command.scopes,
            expires_at=command.expires_at,
            rate_per_second=command.rate_per_second,
        )
    ]


def _refuse_terms(command: IssueApiKey, at: str) -> Refusal | None:
    if command.scopes is not None and (problem := problem_of(command.scopes)):
        return InvalidField(field="scopes", reason=problem)
    if command.rate_per_second is not None and not 0 < command.rate_per_second <= RATE_MAX:
        return InvalidField(field="rate_per_second", reason=f"is 1 to {RATE_MAX}")
    return _refuse_expiry(command.expires_at, at)


def _refuse_expiry(expires_at: str | None, at: str) -> Refusal | None:
    if expires_at is None:
        return None
    try:
        instant(expires_at)
    except ValueError:
        return InvalidField(field="expires_at", reason=f"is an instant in UTC, {INSTANT}")
    if expires_at <= at:
        return InvalidField(field="expires_at", reason="lies in the past")
    return None


def rotate(
    state: ApiKey, command: RotateApiKey, context: Context
) -> tuple[ApiKeyRotated, ApiKeyIssued] | Refusal:
    """Rotate a key that is in force; whoever acts for its subject may."""
    old = state.issued
    if old is None:
        return NotFound(kind="API key", identity=command.key)
    if not context.is_process and context.subject != old.subject:
        return NotYours(actor=context.actor, role="holder", subject=command.key)
    if dead := _dead(state, context.at):
        return KeyNotInForce(key=command.key, state=dead)
    if not 0 <= command.overlap_seconds <= OVERLAP_SECONDS_MAX:
        return InvalidField(field="overlap_seconds", reason=f"is 0 to {OVERLAP_SECONDS_MAX}")
    # Without an end of its own the successor ends when its predecessor would have.
    expires_at = command.expires_at or old.expires_at
    if refusal := _refuse_expiry(expires_at, context.at):
        return refusal
    until = later(context.at, command.overlap_seconds)
    issued = msgspec.structs.replace(
        old, digest=command.digest, expires_at=expires_at, replaces=command.key
    )
    return ApiKeyRotated(successor=command.successor, until=until), issued


def _dead(state: ApiKey, at: str) -> str | None:
    if state.revoked:
        return "revoked"
    if state.issued and state.issued.expires_at and state.issued.expires_at <= at:
        return "expired"
    return "rotated" if state.successor else None


def take_place(state: ApiKey, successor: str, issued: ApiKeyIssued) -> list[Event] | Refusal:
    """Issue the successor under its own, new name."""
    if state.issued is not None:
        return AlreadyExists(kind="API key", identity=successor)
    return [issued]


def revoke(state: ApiKey, command: RevokeApiKey) -> list[Event] | Refusal:
    """Revoke a key; revoking it again changes nothing."""
    if state.issued is None:
        return NotFound(kind="API key", identity=command.key)
    return [] if state.revoked else [ApiKeyRevoked()]


APIKEY: Final = Aggregate(name="apikey", empty=ApiKey(), evolve=evolve, events=EVENTS)
