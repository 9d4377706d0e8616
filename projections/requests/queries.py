"""Questions about requests and signing keys."""

from collections.abc import Sequence
from typing import Any

import msgspec

from domain.kernel.roles import Role
from projections.query import Query
from projections.select import Condition, above, among, equal, select


class RequestRow(msgspec.Struct, frozen=True):
    """A request; ``position`` is its cursor, ``outcome`` says why it was refused or failed."""

    request: str
    state: str
    kind: str
    data: dict[str, Any]
    hash: str
    maker: str
    reason: str
    roles: list[Role]
    deadline: str
    checkers: list[str]
    outcome: str | None
    made_at: str
    decided_at: str | None
    position: int
    last_position: int


class SigningKeyRow(msgspec.Struct, frozen=True):
    """A public key that a subject signs with; ``position`` is its cursor."""

    key: str
    subject: str
    alg: str
    revoked: bool
    registered_at: str
    position: int


class RequestFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which requests; ``kinds`` are those that the reader has a say in, all without any."""

    state: str | None = None
    kind: str | None = None
    maker: str | None = None
    kinds: Sequence[str] | None = None


def request(identity: str) -> Query[RequestRow]:
    """Ask for one request."""
    return select(RequestRow, "requests", [equal("request", identity)], order="request")


def requests(
    wanted: RequestFilter, *, after: int | None = None, limit: int = 50
) -> Query[RequestRow]:
    """Ask for a page of requests, the oldest first; ``after`` is the last row's position."""
    conditions: list[Condition] = [
        equal("state", wanted.state),
        equal("kind", wanted.kind),
        equal("maker", wanted.maker),
        above("position", after),
    ]
    if wanted.kinds is not None:
        conditions.append(among("kind", wanted.kinds))
    return select(RequestRow, "requests", conditions, order="position", limit=limit)


def signing_keys(
    subject: str, *, after: int | None = None, limit: int = 50
) -> Query[SigningKeyRow]:
    """Ask for a page of a subject's keys, the oldest first, revoked ones included."""
    conditions = [equal("subject", subject), above("position", after)]
    return select(SigningKeyRow, "signing_keys", conditions, order="position", limit=limit)
