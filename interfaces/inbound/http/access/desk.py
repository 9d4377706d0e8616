"""What the doors of signing in share: who asks and from where, the audit, and facts for the log."""

import asyncio
import secrets
from collections.abc import Coroutine
from typing import Any, Final

import msgspec

from application.ports.access import Login, Session, SignIn
from application.ports.gate import Accepted, Request
from domain.kernel.calendar import instant, later
from domain.kernel.command import Command
from domain.kernel.roles import Role
from domain.user.lockout import ACCOUNT_DELAYS, ADDRESS_DELAYS
from interfaces.inbound.http.access.sessions import (
    COOKIE,
    csrf_of,
    digest_of_token,
    new_name,
    new_token,
)
from interfaces.inbound.http.calls import AnyRequest, Door
from interfaces.inbound.http.origins import address_of
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.services import Services
from interfaces.inbound.http.visibility import Principal

ACTOR: Final = "process:access"

_background: Final[set[asyncio.Task[None]]] = set()


class Visit(msgspec.Struct, frozen=True):
    """One request at these doors; ``principal`` is there where the route demands one.

    ``source`` is a MAC of the address that the request comes from.
    """

    door: Door
    request: AnyRequest
    source: str
    principal: Principal | None = None

    @property
    def services(self) -> Services:
        """The ports of the application."""
        return self.door.services

    @property
    def now(self) -> str:
        """The instant."""
        return self.services.clock.now()

    @property
    def caller(self) -> Principal:
        """Who asks. Raises Problem ``unauthenticated``."""
        if self.principal is None:
            raise Problem("unauthenticated")
        return self.principal

    def member(self) -> tuple[str, str]:
        """Tell user and session of who has signed in. Raises Problem ``session_needed``."""
        caller = self.caller
        if caller.user is None or caller.session is None:
            raise Problem("session_needed")
        return caller.user, caller.session


def visit_of(door: Door, request: AnyRequest, principal: Principal | None) -> Visit:
    """Begin a visit."""
    address = address_of(request.scope, door.services.limits.proxies)
    return Visit(door, request, door.services.secrets.mac("source", address), principal)


async def note(visit: Visit, kind: str, outcome: str, login: Login | None = None) -> None:
    """Write a line of the audit."""
    caller = visit.principal
    await visit.services.access.note(
        SignIn(
            at=visit.now,
            kind=kind,
            outcome=outcome,
            user_id=login.user_id if login else caller.user if caller else None,
            subject=login.subject if login else caller.subject if caller else None,
            session=caller.session if caller else None,
            source=visit.source,
        )
    )


async def record(visit: Visit, command: Command, key: str, actor: str = ACTOR) -> Accepted:
    """Put a fact that was found out here on the log; only the system itself may tell these."""
    request = Request(command=command, actor=actor, role="process", key=key)
    return await visit.services.gate.dispatch(request)


def later_on(work: Coroutine[Any, Any, None]) -> None:
    """Do something after the answer, which must not show how long it takes."""
    task = asyncio.get_running_loop().create_task(work)
    _background.add(task)
    task.add_done_callback(_background.discard)


class Attempts:
    """The attempts of one visit, for a login and for the address; failed until taken back."""

    def __init__(self, visit: Visit, name: str) -> None:
        keys = visit.services.secrets
        self._visit = visit
        self.account = keys.mac("attempts of a login", name)
        self._address = keys.mac("attempts of an address", visit.source)
        self.failures = 0
        self.locked_until: str | None = None

    async def begin(self) -> None:
        """Go on when neither login nor address must wait. Raises Problem ``too_many_attempts``.

        An unknown login waits as a known one does.
        """
        store, now = self._visit.services.access, self._visit.now
        for bucket, delays in ((self._address, ADDRESS_DELAYS), (self.account, ACCOUNT_DELAYS)):
            attempt = await store.attempt(bucket, now, delays)
            if not attempt.allowed:
                await note(self._visit, "sign_in", "locked")
                wait = (instant(attempt.next_at) - instant(now)).total_seconds()
                raise Problem("too_many_attempts", retry_after=max(1, int(wait) + 1))
            self.failures = attempt.failures
            self.locked_until = attempt.next_at if attempt.next_at > now else None

    async def take_back(self, *, all_of_them: bool) -> None:
        """Say that it was no failure; ``all_of_them`` when the login is proven to be theirs."""
        store = self._visit.services.access
        await store.forgive(self.account, all_of_them=all_of_them)
        await store.forgive(self._address, all_of_them=False)


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A session that was just opened; its token is told this once."""

    session: Session
    token: str
    csrf: str


async def open_session(visit: Visit, login: Login, role: Role, method: str) -> Opened:
    """Open a session under a new token; whatever session the browser had ends."""
    services, now, token = visit.services, visit.now, new_token()
    digest = digest_of_token(token)
    session = Session(
        session=new_name(),
        user_id=login.user_id,
        subject=login.subject,
        role=role,
        method=method,
        created_at=now,
        seen_at=now,
        expires_at=later(now, services.limits.lifetimes.seconds_max),
    )
    before = visit.request.cookies.get(COOKIE)
    if before and (old := await services.access.session(digest_of_token(before))):
        await services.access.end_session(old.user_id, old.session, now)
        visit.door.keyring.forget(old.session)
    await services.access.open_session(digest, session)
    return Opened(session=session, token=token, csrf=csrf_of(services.secrets, digest))


def fresh_key(purpose: str) -> str:
    """Name a fact that no request of the caller's names."""
    return f"{purpose}/{secrets.token_hex(12)}"
