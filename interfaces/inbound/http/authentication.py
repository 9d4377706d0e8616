"""Who calls: by the digest of a key's secret or of a session's token."""

import contextlib
import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

from application.ports.access import AccessStore
from application.ports.gate import StoreUnavailable
from application.ports.world import Clock
from domain.kernel.calendar import later
from interfaces.inbound.http.access.sessions import (
    TOKEN_PREFIX,
    TOUCH_SECONDS,
    Lifetimes,
    is_alive,
)
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.throttle import Throttle
from interfaces.inbound.http.visibility import Principal
from projections.access import queries as access
from projections.delegations import queries as delegations
from projections.query import Reader
from projections.subjects import queries as subjects

_SCHEME: Final = "bearer "
_SECRET_LENGTH_MAX: Final = 512
_CACHED_MAX: Final = 4096
BURST_SECONDS: Final = 2.0
"""How many seconds' worth of requests may come at once."""


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What callers are looked up with besides the views."""

    store: AccessStore
    clock: Clock
    throttle: Throttle
    lifetimes: Lifetimes
    key_rate: float = 0.0
    """Requests a second of a key or a session that has no rate of its own; 0 is no limit."""


class Keyring:
    """Finds the principal of a bearer key or a session and remembers it for a moment.

    A revoked one may go on for ``seconds``, never longer. Only digests are kept. Without a desk
    there are no sessions, and no keys that end.
    """

    def __init__(
        self,
        reader: Reader,
        seconds: float = 2.0,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        desk: Desk | None = None,
    ) -> None:
        self._reader = reader
        self._seconds = seconds
        self._monotonic = monotonic
        self._desk = desk
        self._known: OrderedDict[str, tuple[float, Principal]] = OrderedDict()
        self._noted: OrderedDict[str, float] = OrderedDict()

    async def principal(self, authorization: str | None) -> Principal:
        """Tell who shows this ``Authorization`` header.

        Raises Problem ``unauthenticated``, StoreUnavailable.
        """
        digest = digest_of(authorization)
        now = self._monotonic()
        known = self._known.get(digest)
        if known is not None and now < known[0]:
            return known[1]
        self._known.pop(digest, None)
        look_up = self._of_session if _is_session(authorization) else self._of_key
        principal = await look_up(digest)
        if principal.role == "sub_admin":
            granted = await self._granted(principal.subject)
            principal = msgspec.structs.replace(principal, granted=granted)
        self._known[digest] = (now + self._seconds, principal)
        if len(self._known) > _CACHED_MAX:
            self._known.popitem(last=False)
        return principal

    def demand_rate(self, principal: Principal) -> None:
        """Go on when the key has not used up its rate. Raises Problem ``too_many_requests``."""
        if self._desk is None:
            return
        rate = self._desk.key_rate if principal.rate is None else principal.rate
        burst = max(1.0, rate * BURST_SECONDS)
        wait = self._desk.throttle.take(f"key {principal.key}", rate=rate, burst=burst)
        if wait:
            raise Problem("too_many_requests", retry_after=math.ceil(wait))

    def forget(self, session: str | None = None) -> None:
        """Look callers up anew: one session was ended here, or many things changed."""
        if session is None:
            self._known.clear()
        for digest, known in list(self._known.items()):
            if known[1].session == session:
                del self._known[digest]

    async def _of_key(self, digest: str) -> Principal:
        rows = await self._reader.fetch(access.api_key_by_digest(digest))
        if not rows or rows[0].revoked:
            raise Problem("unauthenticated")
        row = rows[0]
        if row.ends_at is not None and (
            self._desk is None or row.ends_at <= self._desk.clock.now()
        ):
            raise Problem("unauthenticated")
        await self._note_use(row.key)
        scopes = None if row.scopes is None else frozenset(row.scopes)
        return Principal(row.subject, row.role, row.key, scopes=scopes, rate=row.rate_per_second)

    async def _of_session(self, digest: str) -> Principal:
        if self._desk is None:
            raise Problem("unauthenticated")
        store, now = self._desk.store, self._desk.clock.now()
        session = await store.session(digest)
        if session is None or not is_alive(session, now, self._desk.lifetimes):
            raise Problem("unauthenticated")
        # A role that was taken away since the sign-in opens nothing any more.
        rows = await self._reader.fetch(subjects.subject(session.subject))
        if not rows or session.role not in rows[0].roles:
            raise Problem("unauthenticated")
        if session.seen_at <= later(now, -TOUCH_SECONDS):
            await store.touch(digest, now)
        return Principal(
            session.subject,
            session.role,
            f"session/{session.session}",
            user=session.user_id,
            session=session.session,
        )

    async def _granted(self, sub_admin: str) -> frozenset[str]:
        """Tell what grants in force let a sub-admin ask: while their grantor is an admin."""
        if self._desk is None:
            return frozenset()
        now, found = self._desk.clock.now(), set[str]()
        for row in await self._reader.fetch(delegations.standing(sub_admin)):
            grantors = await self._reader.fetch(subjects.subject(row.grantor))
            stands = any(each.state == "ACTIVE" and "admin" in each.roles for each in grantors)
            if stands and now < row.until:
                found.update(row.queries)
        return frozenset(found)

    async def _note_use(self, key: str) -> None:
        """Keep when a key was last used, to the minute; a key that cannot be noted still opens."""
        now = self._monotonic()
        if self._desk is None or now - self._noted.get(key, -math.inf) < TOUCH_SECONDS:
            return
        self._noted[key] = now
        self._noted.move_to_end(key)
        if len(self._noted) > _CACHED_MAX:
            self._noted.popitem(last=False)
        with contextlib.suppress(StoreUnavailable):
            await self._desk.store.used_key(key, self._desk.clock.now())


def _is_session(authorization: str | None) -> bool:
    return authorization is not None and authorization[len(_SCHEME) :].strip().startswith(
        TOKEN_PREFIX
    )


def digest_of(authorization: str | None) -> str:
    """Tell what is kept of a bearer key. Raises Problem ``unauthenticated``."""
    if authorization is None or authorization[: len(_SCHEME)].lower() != _SCHEME:
        raise Problem("unauthenticated")
    secret = authorization[len(_SCHEME) :].strip()
    if not 0 < len(secret) <= _SECRET_LENGTH_MAX:
        raise Problem("unauthenticated")
    return hashlib.sha256(secret.encode()).hexdigest()
