"""Whoever has come in alone and proven an address may sign in: a link for a password is mailed."""

from functools import partial

import anyio.to_thread

from application.ports.access import Login
from application.ports.gate import Request
from domain.kernel.ids import fingerprint
from domain.user.commands import RegisterUser
from interfaces.inbound.http.access.accounts import ADDRESS_PLACE
from interfaces.inbound.http.access.desk import ACTOR, Visit
from interfaces.inbound.http.access.links import new_link, send_link
from interfaces.inbound.http.access.signing import plain_login
from interfaces.inbound.http.personal import email_of
from projections.subjects import queries as subjects


async def welcome(visit: Visit, subject: str, position: int) -> None:
    """Register the user of a subject whose address was proven at a position; again is once.

    Whoever signs in under this address for somebody else already goes on doing so.
    """
    services = visit.services
    await services.reader.reached(position, services.limits.wait_seconds_max, ("subjects",))
    rows = await services.reader.fetch(subjects.subject(subject))
    email = await email_of(services.vault, rows[0]) if rows else None
    if email is None:
        return
    user = "u" + fingerprint("user", subject)[:16]
    place = (subject, f"user:{user}", ADDRESS_PLACE, "/address", email)
    login = Login(
        user_id=user,
        subject=subject,
        roles=tuple(rows[0].roles),
        address=await anyio.to_thread.run_sync(partial(services.vault.seal, *place)),
    )
    name = services.secrets.mac("login", plain_login(email))
    known = await services.access.login_of(user)
    if known is None and not await services.access.add_login(login, name):
        return
    command = RegisterUser(user=user, subject=subject, roles=login.roles)
    accepted = await services.gate.dispatch(
        Request(command=command, actor=ACTOR, role="process", key=f"welcome/{subject}")
    )
    if not accepted.replayed:
        await send_link(visit, new_link(visit, login))
