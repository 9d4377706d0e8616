"""Signing in with a password and a code, the session that comes of it, and its end.

A name that nobody has, a wrong password, a wrong code and a closed user are one answer, and take
the same time. An attempt counts as failed before anything is looked at, so that many at once are
no more than many in a row.
"""

import unicodedata
from functools import partial
from typing import Annotated, Final

import anyio.to_thread
from msgspec import Meta
from typing_extensions import override

from application.ports.access import Login
from application.ports.world import KeyErased
from domain.kernel.refusal import Refused
from domain.kernel.roles import Role
from domain.subject.refusals import RoleMissing
from domain.user.commands import RecordUserLocked
from interfaces.inbound.http.access.codes import plain_code, step_of
from interfaces.inbound.http.access.desk import (
    Attempts,
    Opened,
    Visit,
    fresh_key,
    later_on,
    note,
    open_session,
    record,
)
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.rest.bodies import Body
from projections.subjects import queries as subjects

LoginName = Annotated[
    str, Meta(min_length=3, max_length=254, description="The e-mail address that was registered.")
]
Password = Annotated[str, Meta(min_length=1, max_length=512)]
Code = Annotated[
    str,
    Meta(
        min_length=6,
        max_length=20,
        description="Six digits of the device, or a recovery code.",
    ),
]
TOTP_PLACE: Final = "access.totp"
DIGITS: Final = 6


class SignInBody(Body, frozen=True, kw_only=True):
    """Name and password; the code where a device is enrolled."""

    login: LoginName
    password: Password
    code: Code | None = None
    role: Role | None = None

    @override
    def __repr__(self) -> str:
        """Show nothing of it."""
        return "SignInBody(…)"


async def sign_in(visit: Visit, body: SignInBody) -> Opened:
    """Open a session for whoever knows the password, and has the device where there is one.

    Raises Problem ``sign_in_refused``, ``second_factor_needed``, ``too_many_attempts``, Refused
    ``role_missing``, StoreUnavailable.
    """
    services = visit.services
    name = services.secrets.mac("login", plain_login(body.login))
    attempts = Attempts(visit, name)
    await attempts.begin()
    login = await services.access.login_named(name)
    if login is not None and login.closed:
        login = None
    kept = None if login is None else login.password
    check = partial(services.secrets.right_password, kept, body.password)
    if not await anyio.to_thread.run_sync(check) or login is None or kept is None:
        await _refuse(visit, attempts, login)
        raise Problem("sign_in_refused")
    method = "password"
    if login.totp_on:
        if body.code is None:
            await attempts.take_back(all_of_them=False)
            await note(visit, "sign_in", "code_needed", login)
            raise Problem("second_factor_needed")
        method = await right_code(visit, login, body.code) or ""
        if not method:
            await _refuse(visit, attempts, login)
            raise Problem("sign_in_refused")
    await attempts.take_back(all_of_them=True)
    await _renew(visit, login, kept, body.password)
    role = await role_of(visit, login, body.role)
    opened = await open_session(visit, login, role, method)
    await note(visit, "sign_in", "ok", login)
    return opened


def plain_login(login: str) -> str:
    """Write a login as it is compared: case and spelling in Unicode do not count."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


async def role_of(visit: Visit, login: Login, wanted: Role | None) -> Role:
    """Choose the role: one of the user's that its subject still has. Raises Refused."""
    rows = await visit.services.reader.fetch(subjects.subject(login.subject))
    present = rows[0].roles if rows else []
    open_to = [role for role in login.roles if role in present]
    if wanted is None and open_to:
        return open_to[0]
    if wanted is None or wanted not in open_to:
        role = wanted or login.roles[0]
        await note(visit, "sign_in", "role_missing", login)
        raise Refused(RoleMissing(subject=login.subject, role=role))
    return wanted


async def right_code(visit: Visit, login: Login, code: str) -> str | None:
    """Tell by which kind of code somebody proves to have the device; nothing for a wrong one.

    A code serves once: its time step, and every earlier one, is used up with it.
    """
    services = visit.services
    plain = plain_code(code)
    if not (plain.isascii() and plain.isdigit() and len(plain) == DIGITS):
        mac = services.secrets.mac("recovery code", login.user_id, plain)
        spent = await services.access.spend_recovery(login.user_id, mac)
        return "password, recovery code" if spent else None
    secret = await totp_secret(visit, login)
    step = None if secret is None else step_of(secret, plain, visit.now)
    if step is None or not await services.access.spend_step(login.user_id, step):
        return None
    return "password, code"


async def totp_secret(visit: Visit, login: Login) -> str | None:
    """Open the secret of the user's device; nothing when its subject was forgotten."""
    if login.totp is None:
        return None
    place = (f"user:{login.user_id}", TOTP_PLACE, "/secret")
    try:
        return await anyio.to_thread.run_sync(
            partial(visit.services.vault.open, login.totp, *place)
        )
    except KeyErased:
        return None


async def _refuse(visit: Visit, attempts: Attempts, login: Login | None) -> None:
    await note(visit, "sign_in", "refused", login)
    if login is not None and attempts.locked_until is not None:
        locked = RecordUserLocked(
            user=login.user_id, failures=attempts.failures, until=attempts.locked_until
        )
        # After the answer: an unknown name has nothing to put on the log.
        later_on(_tell(visit, locked))


async def _tell(visit: Visit, locked: RecordUserLocked) -> None:
    await record(visit, locked, fresh_key(f"lock/{locked.user}"))


async def _renew(visit: Visit, login: Login, kept: str, password: str) -> None:
    """Hash the password anew when the costs of hashes have changed since."""
    keys = visit.services.secrets
    if keys.is_stale(kept):
        fresh = await anyio.to_thread.run_sync(partial(keys.hash_password, password))
        await visit.services.access.set_password(login.user_id, fresh, login.history)


async def sign_out(visit: Visit) -> None:
    """End the session that asks."""
    user, session = visit.member()
    await visit.services.access.end_session(user, session, visit.now)
    visit.door.keyring.forget(session)
    await note(visit, "sign_out", "ok")
