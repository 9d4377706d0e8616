"""Questions about users and API keys."""

import msgspec

from domain.kernel.roles import Role
from projections.query import Query
from projections.select import above, always, equal, select


class UserRow(msgspec.Struct, frozen=True):
    """Who signs in for a subject; the login's name and all secrets stand in no view."""

    user_id: str
    state: str
    subject: str
    roles: list[Role]
    totp: bool
    providers: list[str]
    locked_until: str | None
    registered_at: str
    updated_at: str
    position: int
    last_position: int


class ApiKeyRow(msgspec.Struct, frozen=True):
    """A key and what it opens; its digest stays in the view."""

    key: str
    subject: str
    role: Role
    scopes: list[str] | None
    rate_per_second: int | None
    expires_at: str | None
    ends_at: str | None
    replaces: str | None
    successor: str | None
    revoked: bool
    issued_at: str


class UserFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which users."""

    state: str | None = None
    subject: str | None = None


def user(identity: str) -> Query[UserRow]:
    """Ask for one user."""
    return select(UserRow, "users", [equal("user_id", identity)], order="user_id")


def users(wanted: UserFilter, *, after: str | None = None, limit: int = 50) -> Query[UserRow]:
    """Ask for a page of users by id; ``after`` is the last row's."""
    conditions = [
        equal("state", wanted.state),
        equal("subject", wanted.subject),
        above("user_id", after),
    ]
    return select(UserRow, "users", conditions, order="user_id", limit=limit)


def api_key(name: str) -> Query[ApiKeyRow]:
    """Ask for one key by its public name."""
    return select(ApiKeyRow, "api_keys", [equal("key", name)], order="key")


def api_key_by_digest(digest: str) -> Query[ApiKeyRow]:
    """Ask for the key that is not revoked whose secret has this SHA-256 (hex).

    Whether it has ended is for the asker to say, who knows what time it is.
    """
    conditions = [equal("digest", digest), always("NOT revoked")]
    return select(ApiKeyRow, "api_keys", conditions, order="key")


def api_keys(
    *, subject: str | None = None, after: str | None = None, limit: int = 50
) -> Query[ApiKeyRow]:
    """Ask for a page of keys by name, revoked ones included."""
    conditions = [equal("subject", subject), above("key", after)]
    return select(ApiKeyRow, "api_keys", conditions, order="key", limit=limit)
