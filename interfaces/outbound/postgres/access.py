"""Logins, sessions, attempts and the audit of sign-ins in Postgres, shared by all nodes."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any, Final, Self

import msgspec
from psycopg.types.json import Jsonb

from application.ports.access import Attempt, Errand, Login, Session, SignIn
from application.ports.gate import StoreUnavailable
from application.ports.world import Clock
from domain.kernel.calendar import later, write_instant
from domain.kernel.sealed import Sealed
from domain.user.lockout import FORGOTTEN_SECONDS
from interfaces.outbound.postgres.pools import Pool

SESSIONS_MAX: Final = 4
SWEEP_SECONDS: Final = 900.0

_LOGIN: Final = """
SELECT l.user_id, l.subject, l.roles, l.address, l.password, l.history, l.totp, l.totp_on,
       cardinality(l.recovery) AS recovery, l.closed
FROM access.logins l
"""
_ADD_LOGIN: Final = """
WITH added AS (
    INSERT INTO access.logins (user_id, name, subject, roles, address)
    VALUES (%(user_id)s, %(name)s, %(subject)s, %(roles)s, %(address)s)
    ON CONFLICT DO NOTHING RETURNING user_id
)
SELECT user_id FROM added
UNION ALL SELECT user_id FROM access.logins WHERE name = %(name)s AND user_id = %(user_id)s
"""
_ATTEMPT: Final = """
INSERT INTO access.attempts AS a (bucket, failures, last_at, next_at)
VALUES (%(bucket)s, 1, %(at)s::timestamptz,
        %(at)s::timestamptz + make_interval(secs => (%(delays)s::int[])[1]))
ON CONFLICT (bucket) DO UPDATE SET
    failures = CASE WHEN a.last_at < %(forgotten)s::timestamptz THEN 1 ELSE a.failures + 1 END,
    last_at = %(at)s::timestamptz,
    next_at = %(at)s::timestamptz + make_interval(secs => (%(delays)s::int[])[
        CASE WHEN a.last_at < %(forgotten)s::timestamptz THEN 1
             ELSE least(a.failures + 1, cardinality(%(delays)s::int[])) END])
WHERE a.next_at <= %(at)s::timestamptz
RETURNING failures, next_at
"""
_WAITING: Final = "SELECT failures, next_at FROM access.attempts WHERE bucket = %(bucket)s"
_SESSION: Final = """
SELECT s.session, s.user_id, s.subject, s.role, s.method, s.created_at, s.seen_at, s.expires_at
FROM access.sessions s
"""
_OPEN_SESSION: Final = """
INSERT INTO access.sessions
    (digest, session, user_id, subject, role, method, created_at, seen_at, expires_at)
VALUES (%(digest)s, %(session)s, %(user_id)s, %(subject)s, %(role)s, %(method)s, %(created_at)s,
        %(seen_at)s, %(expires_at)s)
"""
_AUDIT: Final = """
SELECT number, at, kind, outcome, user_id, subject, session, source FROM access.audit
WHERE (%(user_id)s::text IS NULL OR user_id = %(user_id)s)
  AND (%(subject)s::text IS NULL OR subject = %(subject)s)
  AND (%(before)s::bigint IS NULL OR number < %(before)s)
ORDER BY number DESC LIMIT %(limit)s
"""
_NOTE: Final = """
INSERT INTO access.audit (at, kind, outcome, user_id, subject, session, source)
VALUES (%(at)s, %(kind)s, %(outcome)s, %(user_id)s, %(subject)s, %(session)s, %(source)s)
"""
SWEEPS: Final = (
    "DELETE FROM access.sessions WHERE expires_at < %(at)s",
    "DELETE FROM access.links WHERE expires_at < %(at)s",
    "DELETE FROM access.errands WHERE expires_at < %(at)s",
    "DELETE FROM access.attempts WHERE last_at < %(at)s::timestamptz - interval '2 days'",
    "DELETE FROM access.audit WHERE at::timestamptz < %(at)s::timestamptz - interval '400 days'",
)
"""What is over, and is deleted now and then."""


class PostgresAccess:
    """Satisfies `application.ports.access.AccessStore`: ``async with PostgresAccess(url)``."""

    def __init__(self, url: str, *, sessions_max: int = SESSIONS_MAX) -> None:
        self._pool = Pool(url, "access", size=sessions_max, writes=True)

    async def __aenter__(self) -> Self:
        await self._pool.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close()

    async def _run(self, query: str, **values: Any) -> list[dict[str, Any]]:
        return await self._pool.rows(query, values)

    async def _changes(self, query: str, **values: Any) -> bool:
        return bool(await self._run(query, **values))

    # Logins
    async def add_login(self, login: Login, name: str) -> bool:
        """Keep a new login; false when the name is taken by another."""
        return await self._changes(
            _ADD_LOGIN,
            user_id=login.user_id,
            name=name,
            subject=login.subject,
            roles=Jsonb(list(login.roles)),
            address=_boxed(login.address),
        )

    async def drop_login(self, user_id: str) -> None:
        """Forget a login and all that hangs on it."""
        await self._run("DELETE FROM access.logins WHERE user_id = %(user)s", user=user_id)

    async def login_named(self, name: str) -> Login | None:
        """Find a login by the MAC of its name."""
        return _login(await self._run(f"{_LOGIN} WHERE l.name = %(name)s", name=name))

    async def login_of(self, user_id: str) -> Login | None:
        """Find a login by its user."""
        return _login(await self._run(f"{_LOGIN} WHERE l.user_id = %(user)s", user=user_id))

    async def set_password(self, user_id: str, password: str, history: Sequence[str]) -> None:
        """Keep a password's hash, and those that may not return."""
        query = """UPDATE access.logins SET password = %(password)s, history = %(history)s
                   WHERE user_id = %(user)s"""
        await self._run(query, user=user_id, password=password, history=Jsonb(list(history)))

    async def set_totp(
        self, user_id: str, secret: Sealed | None, *, recovery: Sequence[str] = ()
    ) -> None:
        """Keep a secret that is not in use yet with its recovery codes, or give both up."""
        query = """UPDATE access.logins SET totp = %(secret)s, totp_on = false,
                   recovery = %(recovery)s WHERE user_id = %(user)s"""
        box = None if secret is None else _boxed(secret)
        await self._run(query, user=user_id, secret=box, recovery=list(recovery))

    async def spend_step(self, user_id: str, step: int, *, enable: bool = False) -> bool:
        """Use a time step, once and never an earlier one."""
        query = """UPDATE access.logins SET totp_step = %(step)s, totp_on = totp_on OR %(enable)s
                   WHERE user_id = %(user)s AND totp_step < %(step)s RETURNING user_id"""
        return await self._changes(query, user=user_id, step=step, enable=enable)

    async def spend_recovery(self, user_id: str, code: str) -> bool:
        """Use up a recovery code."""
        query = """UPDATE access.logins SET recovery = array_remove(recovery, %(code)s)
                   WHERE user_id = %(user)s AND %(code)s = ANY(recovery) RETURNING user_id"""
        return await self._changes(query, user=user_id, code=code)

    async def close_login(self, user_id: str) -> None:
        """Let nobody sign in as this user."""
        query = "UPDATE access.logins SET closed = true WHERE user_id = %(user)s"
        await self._run(query, user=user_id)

    # Attempts
    async def attempt(self, bucket: str, at: str, delays: Sequence[int]) -> Attempt:
        """Ask for an attempt, which counts as failed from now on."""
        forgotten = later(at, -FORGOTTEN_SECONDS)
        values = {"bucket": bucket, "at": at, "delays": list(delays), "forgotten": forgotten}
        rows = await self._run(_ATTEMPT, **values)
        allowed = bool(rows)
        row = (rows or await self._run(_WAITING, bucket=bucket))[0]
        return Attempt(
            allowed=allowed,
            failures=row["failures"],
            next_at=write_instant(row["next_at"]),
        )

    async def forgive(self, bucket: str, *, all_of_them: bool) -> None:
        """Take back the last attempt, or all."""
        if all_of_them:
            await self._run("DELETE FROM access.attempts WHERE bucket = %(bucket)s", bucket=bucket)
            return
        query = """UPDATE access.attempts SET failures = greatest(failures - 1, 0),
                   next_at = last_at WHERE bucket = %(bucket)s"""
        await self._run(query, bucket=bucket)

    # Sessions
    async def open_session(self, digest: str, session: Session) -> None:
        """Keep a session under its token's digest."""
        await self._run(_OPEN_SESSION, digest=digest, **msgspec.structs.asdict(session))

    async def session(self, digest: str) -> Session | None:
        """Find a session that was not ended, of a user that is not closed."""
        query = f"""{_SESSION} JOIN access.logins l USING (user_id)
                    WHERE s.digest = %(digest)s AND s.ended_at IS NULL AND NOT l.closed"""
        rows = await self._run(query, digest=digest)
        return msgspec.convert(rows[0], Session) if rows else None

    async def touch(self, digest: str, at: str) -> None:
        """Note that a session was used."""
        query = """UPDATE access.sessions SET seen_at = %(at)s
                   WHERE digest = %(digest)s AND seen_at < %(at)s"""
        await self._run(query, digest=digest, at=at)

    async def sessions(self, user_id: str, at: str) -> Sequence[Session]:
        """List the sessions of a user that were not ended and have not expired."""
        query = f"""{_SESSION} WHERE s.user_id = %(user)s AND s.ended_at IS NULL
                    AND s.expires_at > %(at)s ORDER BY s.created_at DESC LIMIT 100"""
        return msgspec.convert(await self._run(query, user=user_id, at=at), list[Session])

    async def end_session(self, user_id: str, session: str, at: str) -> bool:
        """End a session by its public name."""
        query = """UPDATE access.sessions SET ended_at = %(at)s WHERE user_id = %(user)s
                   AND session = %(session)s AND ended_at IS NULL RETURNING session"""
        return await self._changes(query, user=user_id, session=session, at=at)

    async def end_sessions(self, user_id: str, at: str, *, but: str | None = None) -> int:
        """End all sessions of a user, or all but one."""
        query = """UPDATE access.sessions SET ended_at = %(at)s WHERE user_id = %(user)s
                   AND session IS DISTINCT FROM %(but)s AND ended_at IS NULL RETURNING session"""
        return len(await self._run(query, user=user_id, at=at, but=but))

    # Links and errands
    async def spend_link(self, link: str, expires_at: str) -> bool:
        """Use up a link, once."""
        query = """INSERT INTO access.links (link, expires_at) VALUES (%(link)s, %(expires)s)
                   ON CONFLICT DO NOTHING RETURNING link"""
        return await self._changes(query, link=link, expires=expires_at)

    async def begin_errand(self, state: str, errand: Errand, expires_at: str) -> None:
        """Keep what a provider's answer must agree with."""
        query = """INSERT INTO access.errands (state, errand, expires_at)
                   VALUES (%(state)s, %(errand)s, %(expires)s)"""
        box = Jsonb(msgspec.to_builtins(errand))
        await self._run(query, state=state, errand=box, expires=expires_at)

    async def end_errand(self, state: str, at: str) -> Errand | None:
        """Take it back, once, and only while it has not expired."""
        query = """DELETE FROM access.errands WHERE state = %(state)s
                   RETURNING errand, expires_at > %(at)s AS open"""
        rows = await self._run(query, state=state, at=at)
        return msgspec.convert(rows[0]["errand"], Errand) if rows and rows[0]["open"] else None

    async def link_identity(self, user_id: str, provider: str, identity: str) -> bool:
        """Let an identity stand for a user; false when it stands for another, or has another."""
        query = """WITH added AS (
                       INSERT INTO access.identities (identity, provider, user_id)
                       VALUES (%(identity)s, %(provider)s, %(user)s)
                       ON CONFLICT DO NOTHING RETURNING user_id)
                   SELECT user_id FROM added UNION ALL SELECT user_id FROM access.identities
                   WHERE identity = %(identity)s AND user_id = %(user)s"""
        return await self._changes(query, identity=identity, provider=provider, user=user_id)

    async def unlink_identity(self, user_id: str, provider: str) -> bool:
        """Let it stand for nobody."""
        query = """DELETE FROM access.identities WHERE user_id = %(user)s
                   AND provider = %(provider)s RETURNING user_id"""
        return await self._changes(query, user=user_id, provider=provider)

    async def login_linked(self, identity: str) -> Login | None:
        """Find the login that an identity stands for."""
        query = f"""{_LOGIN} JOIN access.identities i USING (user_id)
                    WHERE i.identity = %(identity)s"""
        return _login(await self._run(query, identity=identity))

    # Audit
    async def note(self, entry: SignIn) -> None:
        """Write a line of the audit."""
        await self._run(_NOTE, **msgspec.structs.asdict(entry))

    async def audit(
        self, *, user_id: str | None, subject: str | None, before: int | None, limit: int
    ) -> Sequence[SignIn]:
        """List the audit, newest first."""
        rows = await self._run(_AUDIT, user_id=user_id, subject=subject, before=before, limit=limit)
        return msgspec.convert(rows, list[SignIn])

    async def used_key(self, key: str, at: str) -> None:
        """Note that an API key was used."""
        query = """INSERT INTO access.key_uses AS k (key, used_at) VALUES (%(key)s, %(at)s)
                   ON CONFLICT (key) DO UPDATE SET used_at = greatest(k.used_at, excluded.used_at)
                """
        await self._run(query, key=key, at=at)

    async def key_uses(self, keys: Sequence[str]) -> dict[str, str]:
        """Tell when keys were last used."""
        query = "SELECT key, used_at FROM access.key_uses WHERE key = ANY(%(keys)s)"
        return {row["key"]: row["used_at"] for row in await self._run(query, keys=list(keys))}

    async def sweep(self, at: str) -> None:
        """Delete what is over."""
        for query in SWEEPS:
            await self._run(query, at=at)

    async def keep_swept(self, clock: Clock) -> None:
        """Delete what is over now and then, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            with contextlib.suppress(StoreUnavailable):  # the next time, then
                await self.sweep(clock.now())


def _boxed(box: Sealed) -> Jsonb:
    return Jsonb(msgspec.to_builtins(box))


def _login(rows: Sequence[dict[str, Any]]) -> Login | None:
    return msgspec.convert(rows[0], Login) if rows else None
