"""API keys over HTTP: issued with a digest, so that their secret never comes to us."""

from typing import Annotated

import msgspec
from msgspec import Meta

from application.authority import refuse_command
from application.ports.gate import Accepted, Request
from domain.apikey.refusals import KeyTooNarrow
from domain.apikey.scopes import SCOPE, SCOPES_MAX, within
from domain.apikey.state import (
    OVERLAP_SECONDS_MAX,
    RATE_MAX,
    IssueApiKey,
    RevokeApiKey,
    RotateApiKey,
)
from domain.kernel.command import Command
from domain.kernel.refusal import Refused
from domain.kernel.roles import Role
from interfaces.inbound.http.access.desk import Visit, note
from interfaces.inbound.http.calls import idempotency_key
from interfaces.inbound.http.rest.bodies import END, Body, Digest, SubjectName
from interfaces.inbound.http.visibility import demand_sendable
from projections.access import queries

KeyName = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,62}" + END)]
Instant = Annotated[
    str,
    Meta(
        pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z" + END,
        description="RFC 3339, UTC, six decimals.",
    ),
]
ScopeName = Annotated[str, Meta(pattern=f"^({SCOPE.pattern}){END}")]


Scopes = Annotated[tuple[ScopeName, ...], Meta(min_length=1, max_length=SCOPES_MAX)]


class NewKey(Body, frozen=True, kw_only=True):
    """A key of a subject and a role: the caller keeps the secret and shows its SHA-256.

    ``scopes`` narrow it (``read``, ``query:<name>``, ``command:<type>``).
    """

    key: KeyName
    subject: SubjectName
    role: Role
    digest: Digest
    scopes: Scopes | None = None
    expires_at: Instant | None = None
    rate_per_second: Annotated[int, Meta(ge=1, le=RATE_MAX)] | None = None


class NextKey(Body, frozen=True, kw_only=True):
    """The key that takes the place of another; for so many seconds both open."""

    successor: KeyName
    digest: Digest
    overlap_seconds: Annotated[int, Meta(ge=0, le=OVERLAP_SECONDS_MAX)] = 86_400
    expires_at: Instant | None = None


async def issue(visit: Visit, body: NewKey) -> Accepted:
    """Issue a key. Raises Refused, ``key_too_narrow`` for one that opens more than the caller's."""
    if not within(body.scopes, visit.caller.scopes):
        raise Refused(KeyTooNarrow(key=visit.caller.key, action=IssueApiKey.TYPE))
    return await _send(visit, IssueApiKey(**msgspec.structs.asdict(body)), "issued")


async def rotate(visit: Visit, key: str, body: NextKey) -> Accepted:
    """Put a new key in another's place.

    A key rotates itself only, a person those of the role in which they have signed in: whoever
    chooses the successor's secret gets all that it opens. Raises Refused.
    """
    caller = visit.caller
    if caller.key != key:
        rows = await visit.services.reader.fetch(queries.api_key(key))
        if rows and (caller.session is None or rows[0].role != caller.role):
            raise Refused(KeyTooNarrow(key=caller.key, action=RotateApiKey.TYPE))
    return await _send(visit, RotateApiKey(key=key, **msgspec.structs.asdict(body)), "rotated")


async def revoke(visit: Visit, key: str) -> Accepted:
    """Revoke a key. Raises Refused."""
    accepted = await _send(visit, RevokeApiKey(key=key), "revoked")
    visit.door.keyring.forget()
    return accepted


async def _send(visit: Visit, command: Command, outcome: str) -> Accepted:
    caller = visit.caller
    if refusal := refuse_command(caller.role, type(command)):
        raise Refused(refusal)
    demand_sendable(caller, command.TYPE)
    key = idempotency_key(visit.request)
    accepted = await visit.services.gate.dispatch(
        Request(command=command, actor=caller.actor, role=caller.role, key=key)
    )
    await note(visit, "api_key", outcome)
    return accepted
