"""Reads about users, sessions, API keys and the audit of sign-ins."""

from typing import Any, Final

import msgspec

from application.ports.access import SignIn
from domain.kernel.refusal import NotFound, Refused
from domain.kernel.roles import Role
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import Name
from interfaces.inbound.http.rest.reads import (
    Cursor,
    Limit,
    NoParameters,
    ReadRoute,
    TextCursor,
    one_of,
    page_of,
)
from interfaces.inbound.http.rest.shapes import Page, Shape
from interfaces.inbound.http.visibility import demand_visible, scope
from projections.access import queries

USER: Final = Shape(queries.UserRow, "User")


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """An API key: what it opens and until when, and when it last did (to the minute)."""

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
    used_at: str | None


class OpenSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session of the caller's user; ``present`` is the one that asks."""

    session: str
    role: Role
    method: str
    created_at: str
    seen_at: str
    expires_at: str
    present: bool


class AccessPage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page by name."""

    limit: Limit = 50
    after: TextCursor | None = None
    subject: Name | None = None


class UserPage(AccessPage, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which users."""

    state: Name | None = None


class SignInPage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which lines of the audit."""

    limit: Limit = 50
    after: Cursor | None = None
    user: Name | None = None
    subject: Name | None = None


async def _user(call: Call, _: NoParameters) -> msgspec.Struct:
    identity = call.names["user"]
    row = await one_of(call, queries.user(identity), kind="user", identity=identity)
    demand_visible(call.principal, (row.subject,), kind="user", identity=identity)
    return USER.of(row)


async def _users(call: Call, page: UserPage) -> msgspec.Struct:
    subject = _narrowed(call, page.subject)
    wanted = queries.UserFilter(state=page.state, subject=subject)
    query = queries.users(wanted, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, USER, limit=page.limit, after=lambda row: row.user_id)


async def _keys(call: Call, page: AccessPage) -> msgspec.Struct:
    subject = _narrowed(call, page.subject)
    query = queries.api_keys(subject=subject, after=page.after, limit=page.limit + 1)
    rows = await call.services.reader.fetch(query)
    shown = rows[: page.limit]
    used = await call.services.access.key_uses([row.key for row in shown])
    items: list[msgspec.Struct] = [
        Key(**msgspec.structs.asdict(row), used_at=used.get(row.key)) for row in shown
    ]
    return Page(items=items, next=shown[-1].key if len(rows) > page.limit else None)


async def _sessions(call: Call, _: NoParameters) -> msgspec.Struct:
    principal = call.principal
    if principal.user is None:
        return Page(items=[])
    found = await call.services.access.sessions(principal.user, call.services.clock.now())
    names = OpenSession.__struct_fields__[:-1]
    return Page(
        items=[
            OpenSession(
                present=each.session == principal.session,
                **{name: getattr(each, name) for name in names},
            )
            for each in found
        ]
    )


async def _sign_ins(call: Call, page: SignInPage) -> msgspec.Struct:
    found = await call.services.access.audit(
        user_id=page.user, subject=page.subject, before=page.after, limit=page.limit + 1
    )
    shown: list[msgspec.Struct] = list(found[: page.limit])
    more = str(found[page.limit - 1].number) if len(found) > page.limit else None
    return Page(items=shown, next=more)


def _narrowed(call: Call, wanted: str | None) -> str | None:
    """Tell whose things are listed; raises Refused for those of somebody else."""
    own = scope(call.principal)
    if own is not None and wanted not in {None, own}:
        raise Refused(NotFound(kind="subject", identity=str(wanted)))
    return own or wanted


READS: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/users",
        operation="ListUsers",
        summary="List who signs in",
        query="users",
        run=_users,
        answer=USER.type,
        paged=True,
        parameters=UserPage,
    ),
    ReadRoute(
        path="/users/{user:str}",
        operation="GetUser",
        summary="Read a user",
        query="users",
        run=_user,
        answer=USER.type,
    ),
    ReadRoute(
        path="/sessions",
        operation="ListSessions",
        summary="List one's own open sessions, the newest first",
        query="sessions",
        run=_sessions,
        answer=OpenSession,
        paged=True,
    ),
    ReadRoute(
        path="/api-keys",
        operation="ListApiKeys",
        summary="List API keys and when they were last used",
        query="api_keys",
        run=_keys,
        answer=Key,
        paged=True,
        parameters=AccessPage,
    ),
    ReadRoute(
        path="/sign-ins",
        operation="ListSignIns",
        summary="Read the audit of sign-ins and refusals, the newest first",
        query="sign_ins",
        run=_sign_ins,
        answer=SignIn,
        paged=True,
        parameters=SignInPage,
    ),
)
