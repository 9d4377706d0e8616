"""Users: how they are registered, invited and closed, and how their password comes about."""

from functools import partial
from typing import Annotated, Final

import anyio.to_thread
import msgspec
from msgspec import Meta
from typing_extensions import override

from application.authority import refuse_command
from application.dispatch import KeyReused
from application.ports.access import Login
from application.ports.gate import Accepted, Request
from domain.kernel.ids import fingerprint
from domain.kernel.refusal import NotFound, Refused
from domain.kernel.roles import Role
from domain.user.commands import (
    CloseUser,
    RecordPasswordSet,
    RecordSessionsRevoked,
    RegisterUser,
)
from domain.user.events import PasswordReason
from interfaces.inbound.http.access.desk import Attempts, Visit, fresh_key, later_on, note, record
from interfaces.inbound.http.access.links import new_link, read_link, send_link
from interfaces.inbound.http.access.passwords import HISTORY, demand_strong, refused
from interfaces.inbound.http.access.signing import LoginName, Password, plain_login
from interfaces.inbound.http.calls import idempotency_key
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.rest.bodies import END, Body, SubjectName, Text
from interfaces.inbound.http.visibility import demand_sendable

ADDRESS_PLACE: Final = "access.login"
Address = Annotated[
    str,
    Meta(
        max_length=254,
        pattern="^[^@\\s\\x00-\\x20]{1,64}@[^@\\s\\x00-\\x20]{1,189}" + END,
        description="The e-mail address to sign in with; sealed, and found by a keyed MAC only.",
    ),
]


class NewUser(Body, frozen=True, kw_only=True):
    """Somebody who is to sign in for a subject; a link to set a password is mailed."""

    subject: SubjectName
    login: Address
    roles: Annotated[tuple[Role, ...], Meta(min_length=1, max_length=20)]

    @override
    def __repr__(self) -> str:
        """Leave the address out."""
        return f"NewUser({self.subject})"


class Secret(Body, frozen=True, kw_only=True):
    """A body with a secret in it: nothing of it is ever shown."""

    @override
    def __repr__(self) -> str:
        """Leave all of it out."""
        return f"{type(self).__name__}(…)"


class PasswordChange(Secret, frozen=True, kw_only=True):
    """The present password, and the one that is to take its place."""

    present: Password
    password: Password


class PasswordByLink(Secret, frozen=True, kw_only=True):
    """The secret of the mailed link, and the password to set."""

    token: Annotated[str, Meta(min_length=1, max_length=1000)]
    password: Password


class LostPassword(Secret, frozen=True, kw_only=True):
    """Who asks for a link; the answer is the same whether there is such a login or not."""

    login: LoginName


class Closing(Body, frozen=True, kw_only=True):
    """Why nobody is to sign in as the user any more."""

    reason: Text


async def register(visit: Visit, body: NewUser) -> Accepted:
    """Register a user and have it invited. Raises Problem ``login_taken``, Refused."""
    caller, services = visit.caller, visit.services
    if refusal := refuse_command(caller.role, RegisterUser):
        raise Refused(refusal)
    demand_sendable(caller, RegisterUser.TYPE)
    key = idempotency_key(visit.request)
    user = "u" + fingerprint("user", caller.actor, key)[:16]
    place = (body.subject, f"user:{user}", ADDRESS_PLACE, "/address", body.login)
    login = Login(
        user_id=user,
        subject=body.subject,
        roles=body.roles,
        address=await anyio.to_thread.run_sync(partial(services.vault.seal, *place)),
    )
    name = services.secrets.mac("login", plain_login(body.login))
    known = await services.access.login_of(user)
    if not await services.access.add_login(login, name):
        if known is not None:
            raise Refused(KeyReused())
        raise Problem("login_taken")
    command = RegisterUser(user=user, subject=body.subject, roles=body.roles)
    try:
        accepted = await services.gate.dispatch(
            Request(command=command, actor=caller.actor, role=caller.role, key=key)
        )
    except Refused:
        if known is None:
            await services.access.drop_login(user)
        raise
    if not accepted.replayed:
        await send_link(visit, new_link(visit, login))
    return accepted


async def close(visit: Visit, user: str, body: Closing) -> Accepted:
    """Close a user: its sessions end at once."""
    caller = visit.caller
    demand_sendable(caller, CloseUser.TYPE)
    command = CloseUser(user=user, reason=body.reason)
    key = idempotency_key(visit.request)
    accepted = await visit.services.gate.dispatch(
        Request(command=command, actor=caller.actor, role=caller.role, key=key)
    )
    await visit.services.access.close_login(user)
    await visit.services.access.end_sessions(user, visit.now)
    visit.door.keyring.forget()
    return accepted


async def invite(visit: Visit, user: str) -> None:
    """Mail a user another link to set a password."""
    demand_admin(visit)
    login = await visit.services.access.login_of(user)
    if login is None or login.closed:
        raise Refused(NotFound(kind="user", identity=user))
    link = new_link(visit, login)
    await send_link(visit, link)
    await note(visit, "link_sent", link.purpose, login)


async def revoke_sessions(visit: Visit, user: str) -> int:
    """End all sessions of somebody else."""
    demand_admin(visit)
    if await visit.services.access.login_of(user) is None:
        raise Refused(NotFound(kind="user", identity=user))
    ended = await visit.services.access.end_sessions(user, visit.now)
    visit.door.keyring.forget()
    told = RecordSessionsRevoked(user=user)
    await record(visit, told, fresh_key(f"revoke/{user}"), actor=visit.caller.actor)
    return ended


def demand_admin(visit: Visit) -> None:
    """Go on for who may register users. Raises Refused ``role_forbidden``."""
    if refusal := refuse_command(visit.caller.role, RegisterUser):
        raise Refused(refusal)
    demand_sendable(visit.caller, RegisterUser.TYPE)


async def change_password(visit: Visit, body: PasswordChange) -> None:
    """Put another password in the place of the present one; all other sessions end.

    Raises Problem ``sign_in_refused``, ``password_refused``, ``too_many_attempts``.
    """
    login = await prove_password(visit, body.present)
    await _set(visit, login, body.password, "changed", but=visit.member()[1])
    await note(visit, "password", "changed", login)


async def prove_password(visit: Visit, password: str) -> Login:
    """Go on for a user who knows the password: a session alone is not enough for all.

    Raises Problem ``session_needed``, ``sign_in_refused``, ``too_many_attempts``.
    """
    user, _ = visit.member()
    services = visit.services
    login = await services.access.login_of(user)
    attempts = Attempts(visit, f"user {user}")
    await attempts.begin()
    kept = None if login is None else login.password
    check = partial(services.secrets.right_password, kept, password)
    if not await anyio.to_thread.run_sync(check) or login is None:
        await note(visit, "password", "refused")
        raise Problem("sign_in_refused")
    await attempts.take_back(all_of_them=True)
    return login


async def set_by_link(visit: Visit, body: PasswordByLink) -> None:
    """Set a password by a mailed link, which is used up by it; all sessions end.

    Raises Problem ``link_refused``, ``password_refused``.
    """
    link, login = await read_link(visit, body.token)
    await _demand_new(visit, login, body.password)
    if not await visit.services.access.spend_link(link.name, link.expires_at):
        await note(visit, "password", "link_used", login)
        raise Problem("link_refused")
    await _set(visit, login, body.password, "reset" if login.password else "first")
    await note(visit, "password", "set_by_link", login)


async def lost_password(visit: Visit, body: LostPassword) -> None:
    """Mail a link to whoever signs in under this name; nobody learns whether there is somebody.

    Raises Problem ``too_many_attempts``.
    """
    services = visit.services
    name = services.secrets.mac("login", plain_login(body.login))
    # Mails are counted as attempts are: nobody's letter box is filled from here.
    await Attempts(visit, f"reset {name}").begin()
    later_on(_send_lost(visit, name))


async def _send_lost(visit: Visit, name: str) -> None:
    login = await visit.services.access.login_named(name)
    if login is not None and not login.closed:
        await send_link(visit, new_link(visit, login))
    await note(visit, "link_asked", "ok", login)


async def _demand_new(visit: Visit, login: Login, password: str) -> None:
    """Go on with a strong password that was not in use before. Raises Problem."""
    services = visit.services
    place = (f"user:{login.user_id}", ADDRESS_PLACE, "/address")
    address = await anyio.to_thread.run_sync(partial(services.vault.open, login.address, *place))
    own = (address, login.subject, "tallystick")
    await anyio.to_thread.run_sync(partial(demand_strong, password, own))
    kept = [login.password, *login.history] if login.password else list(login.history)
    for each in kept:
        check = partial(services.secrets.right_password, each, password)
        if await anyio.to_thread.run_sync(check):
            raise refused("This password was in use before; take another one.")


async def _set(
    visit: Visit, login: Login, password: str, reason: PasswordReason, *, but: str | None = None
) -> None:
    services, user = visit.services, login.user_id
    if but is not None:
        await _demand_new(visit, login, password)
    fresh = await anyio.to_thread.run_sync(partial(services.secrets.hash_password, password))
    history = [login.password, *login.history][:HISTORY] if login.password else []
    await services.access.set_password(user, fresh, history)
    await services.access.end_sessions(user, visit.now, but=but)
    visit.door.keyring.forget()
    told = RecordPasswordSet(user=user, reason=reason)
    actor = f"subject:{login.subject}"
    await record(visit, told, fresh_key(f"password/{user}"), actor=actor)
    # Whoever has the letter box proves more than whoever guesses: the lock-out ends.
    place = (f"user:{user}", ADDRESS_PLACE, "/address")
    address = await anyio.to_thread.run_sync(partial(services.vault.open, login.address, *place))
    name = services.secrets.mac("login", plain_login(address))
    await services.access.forgive(Attempts(visit, name).account, all_of_them=True)


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How many sessions were ended."""

    ended: int
