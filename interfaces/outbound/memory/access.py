"""Logins, sessions, attempts and the audit of sign-ins in memory."""

from collections.abc import Callable, Sequence

import msgspec

from application.ports.access import Attempt, Errand, Login, Session, SignIn
from domain.kernel.calendar import later
from domain.kernel.sealed import Sealed
from domain.user.lockout import FORGOTTEN_SECONDS, delay_after


class _Kept:
    """A login with what only the store knows of it."""

    def __init__(self, login: Login, name: str) -> None:
        self.login = login
        self.name = name
        self.step = 0
        self.recovery: list[str] = []

    def shown(self) -> Login:
        return msgspec.structs.replace(self.login, recovery=len(self.recovery))

    def change(self, **values: object) -> None:
        self.login = msgspec.structs.replace(self.login, **values)


class MemoryAccess:
    """Satisfies `application.ports.access.AccessStore`."""

    def __init__(self) -> None:
        self._logins: dict[str, _Kept] = {}
        self._attempts: dict[str, tuple[int, str, str]] = {}
        self._sessions: dict[str, Session] = {}
        self._links: set[str] = set()
        self._errands: dict[str, tuple[Errand, str]] = {}
        self._identities: dict[str, tuple[str, str]] = {}
        self._audit: list[SignIn] = []
        self._uses: dict[str, str] = {}

    async def add_login(self, login: Login, name: str) -> bool:
        """Keep a new login; false when the name is taken by another."""
        holder = next((kept for kept in self._logins.values() if kept.name == name), None)
        if holder is not None:
            return holder.login.user_id == login.user_id
        if login.user_id in self._logins:
            return False
        self._logins[login.user_id] = _Kept(login, name)
        return True

    async def drop_login(self, user_id: str) -> None:
        """Forget a login and all that hangs on it."""
        self._logins.pop(user_id, None)
        self._sessions = {
            digest: kept for digest, kept in self._sessions.items() if kept.user_id != user_id
        }
        self._identities = {
            name: kept for name, kept in self._identities.items() if kept[0] != user_id
        }

    async def login_named(self, name: str) -> Login | None:
        """Find a login by the MAC of its name."""
        found = (kept.shown() for kept in self._logins.values() if kept.name == name)
        return next(found, None)

    async def login_of(self, user_id: str) -> Login | None:
        """Find a login by its user."""
        kept = self._logins.get(user_id)
        return None if kept is None else kept.shown()

    async def set_password(self, user_id: str, password: str, history: Sequence[str]) -> None:
        """Keep a password's hash, and those that may not return."""
        self._logins[user_id].change(password=password, history=tuple(history))

    async def set_totp(
        self, user_id: str, secret: Sealed | None, *, recovery: Sequence[str] = ()
    ) -> None:
        """Keep a secret that is not in use yet with its recovery codes, or give both up."""
        kept = self._logins[user_id]
        kept.change(totp=secret, totp_on=False)
        kept.recovery = list(recovery)

    async def spend_step(self, user_id: str, step: int, *, enable: bool = False) -> bool:
        """Use a time step, once and never an earlier one."""
        kept = self._logins[user_id]
        if step <= kept.step:
            return False
        kept.step = step
        kept.change(totp_on=kept.login.totp_on or enable)
        return True

    async def spend_recovery(self, user_id: str, code: str) -> bool:
        """Use up a recovery code."""
        kept = self._logins[user_id]
        if code not in kept.recovery:
            return False
        kept.recovery.remove(code)
        return True

    async def close_login(self, user_id: str) -> None:
        """Let nobody sign in as this user."""
        if user_id in self._logins:
            self._logins[user_id].change(closed=True)

    async def attempt(self, bucket: str, at: str, delays: Sequence[int]) -> Attempt:
        """Ask for an attempt, which counts as failed from now on."""
        failures, last_at, next_at = self._attempts.get(bucket, (0, at, at))
        if next_at > at:
            return Attempt(allowed=False, failures=failures, next_at=next_at)
        failures = 1 if last_at < later(at, -FORGOTTEN_SECONDS) else failures + 1
        next_at = later(at, delay_after(failures, tuple(delays)))
        self._attempts[bucket] = (failures, at, next_at)
        return Attempt(allowed=True, failures=failures, next_at=next_at)

    async def forgive(self, bucket: str, *, all_of_them: bool) -> None:
        """Take back the last attempt, or all."""
        failures, last_at, _ = self._attempts.pop(bucket, (0, "", ""))
        if not all_of_them and failures:
            self._attempts[bucket] = (failures - 1, last_at, last_at)

    async def open_session(self, digest: str, session: Session) -> None:
        """Keep a session under its token's digest."""
        self._sessions[digest] = session

    async def session(self, digest: str) -> Session | None:
        """Find a session that was not ended, of a user that is not closed."""
        found = self._sessions.get(digest)
        if found is None or self._logins[found.user_id].login.closed:
            return None
        return found

    async def touch(self, digest: str, at: str) -> None:
        """Note that a session was used."""
        found = self._sessions.get(digest)
        if found is not None and found.seen_at < at:
            self._sessions[digest] = msgspec.structs.replace(found, seen_at=at)

    async def sessions(self, user_id: str, at: str) -> Sequence[Session]:
        """List the sessions of a user that were not ended and have not expired."""
        own = [
            kept
            for kept in self._sessions.values()
            if kept.user_id == user_id and kept.expires_at > at
        ]
        return sorted(own, key=lambda kept: kept.created_at, reverse=True)

    async def end_session(self, user_id: str, session: str, at: str) -> bool:
        """End a session by its public name."""
        return await self._end(lambda kept: kept.user_id == user_id and kept.session == session) > 0

    async def end_sessions(self, user_id: str, at: str, *, but: str | None = None) -> int:
        """End all sessions of a user, or all but one."""
        return await self._end(lambda kept: kept.user_id == user_id and kept.session != but)

    async def _end(self, over: Callable[[Session], bool]) -> int:
        before = len(self._sessions)
        self._sessions = {digest: kept for digest, kept in self._sessions.items() if not over(kept)}
        return before - len(self._sessions)

    async def spend_link(self, link: str, expires_at: str) -> bool:
        """Use up a link, once."""
        fresh = link not in self._links
        self._links.add(link)
        return fresh

    async def begin_errand(self, state: str, errand: Errand, expires_at: str) -> None:
        """Keep what a provider's answer must agree with."""
        self._errands[state] = (errand, expires_at)

    async def end_errand(self, state: str, at: str) -> Errand | None:
        """Take it back, once, and only while it has not expired."""
        errand, expires_at = self._errands.pop(state, (None, ""))
        return errand if expires_at > at else None

    async def link_identity(self, user_id: str, provider: str, identity: str) -> bool:
        """Let an identity stand for a user; false when it stands for another, or has another."""
        holder = self._identities.get(identity)
        if holder is not None:
            return holder[0] == user_id
        if (user_id, provider) in self._identities.values():
            return False
        self._identities[identity] = (user_id, provider)
        return True

    async def unlink_identity(self, user_id: str, provider: str) -> bool:
        """Let it stand for nobody."""
        gone = [name for name, kept in self._identities.items() if kept == (user_id, provider)]
        for name in gone:
            del self._identities[name]
        return bool(gone)

    async def login_linked(self, identity: str) -> Login | None:
        """Find the login that an identity stands for."""
        holder = self._identities.get(identity)
        return None if holder is None else await self.login_of(holder[0])

    async def note(self, entry: SignIn) -> None:
        """Write a line of the audit."""
        self._audit.append(msgspec.structs.replace(entry, number=len(self._audit) + 1))

    async def audit(
        self, *, user_id: str | None, subject: str | None, before: int | None, limit: int
    ) -> Sequence[SignIn]:
        """List the audit, newest first."""
        found = [
            entry
            for entry in reversed(self._audit)
            if (user_id is None or entry.user_id == user_id)
            and (subject is None or entry.subject == subject)
            and (before is None or entry.number < before)
        ]
        return found[:limit]

    async def used_key(self, key: str, at: str) -> None:
        """Note that an API key was used."""
        self._uses[key] = max(at, self._uses.get(key, at))

    async def key_uses(self, keys: Sequence[str]) -> dict[str, str]:
        """Tell when keys were last used."""
        return {key: self._uses[key] for key in keys if key in self._uses}
