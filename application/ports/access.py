"""Where logins, sessions and attempts are kept: outside the log, in every node's reach.

Nothing here is a secret in clear: names of logins, addresses, codes and tokens come as MACs or
digests (hex), passwords as Argon2 strings, one-time secrets and mail addresses as sealed boxes.
Instants are RFC 3339 texts, handed in: a store reads no clock.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from domain.kernel.roles import Role
from domain.kernel.sealed import Sealed


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a user besides its facts on the log."""

    user_id: str
    subject: str
    roles: tuple[Role, ...]
    address: Sealed
    password: str | None = None
    history: tuple[str, ...] = ()
    totp: Sealed | None = None
    totp_on: bool = False
    recovery: int = 0
    """How many recovery codes are left."""
    closed: bool = False


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session; ``session`` is its public name, the token's digest is the key."""

    session: str
    user_id: str
    subject: str
    role: Role
    method: str
    created_at: str
    seen_at: str
    expires_at: str


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an attempt may be made; it counts as failed until it is taken back.

    ``failures`` are those in a row, this one included; ``next_at`` is when the next may follow,
    or, when this one may not be made, when it may.
    """

    allowed: bool
    failures: int
    next_at: str


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in at a provider that has begun: what its answer must agree with.

    ``browser`` is the digest of a secret in the browser's cookie; ``user_id`` is the user that
    asks for its identity to be linked, nothing for a sign-in.
    """

    provider: str
    nonce: str
    verifier: str
    browser: str
    role: Role | None = None
    user_id: str | None = None


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the audit of sign-ins and refusals; ``source`` is a MAC of the address."""

    number: int = 0
    at: str
    kind: str
    outcome: str
    user_id: str | None = None
    subject: str | None = None
    session: str | None = None
    source: str | None = None


class AccessStore(Protocol):
    """Keeps logins, sessions, attempts and the audit. All raise StoreUnavailable."""

    async def add_login(self, login: Login, name: str) -> bool:
        """Keep a new login under the MAC of its name; false when the name is taken by another.

        The same user again changes nothing and is true.
        """
        ...

    async def drop_login(self, user_id: str) -> None:
        """Forget a login that the log did not take, or that is erased, and all that hangs on it."""
        ...

    async def login_named(self, name: str) -> Login | None:
        """Find a login by the MAC of its name."""
        ...

    async def login_of(self, user_id: str) -> Login | None:
        """Find a login by its user."""
        ...

    async def set_password(self, user_id: str, password: str, history: Sequence[str]) -> None:
        """Keep a password's hash, and the hashes that may not return."""
        ...

    async def set_totp(
        self, user_id: str, secret: Sealed | None, *, recovery: Sequence[str] = ()
    ) -> None:
        """Keep a secret that is not in use yet, with MACs of recovery codes; or give both up."""
        ...

    async def spend_step(self, user_id: str, step: int, *, enable: bool = False) -> bool:
        """Use a time step for a one-time code, once and never an earlier one (RFC 6238, 5.2)."""
        ...

    async def spend_recovery(self, user_id: str, code: str) -> bool:
        """Use up the recovery code of this MAC; false when there is none."""
        ...

    async def close_login(self, user_id: str) -> None:
        """Let nobody sign in as this user; its sessions end."""
        ...

    async def attempt(self, bucket: str, at: str, delays: Sequence[int]) -> Attempt:
        """Ask for an attempt, which counts as failed from now on; waits are told by ``delays``."""
        ...

    async def forgive(self, bucket: str, *, all_of_them: bool) -> None:
        """Take back the last attempt, or all."""
        ...

    async def open_session(self, digest: str, session: Session) -> None:
        """Keep a session under its token's digest."""
        ...

    async def session(self, digest: str) -> Session | None:
        """Find a session that was not ended, of a user that is not closed."""
        ...

    async def touch(self, digest: str, at: str) -> None:
        """Note that a session was used."""
        ...

    async def sessions(self, user_id: str, at: str) -> Sequence[Session]:
        """List the sessions of a user that were not ended and have not expired, newest first."""
        ...

    async def end_session(self, user_id: str, session: str, at: str) -> bool:
        """End a session by its public name; false when there was none."""
        ...

    async def end_sessions(self, user_id: str, at: str, *, but: str | None = None) -> int:
        """End all sessions of a user, or all but one; tell how many."""
        ...

    async def spend_link(self, link: str, expires_at: str) -> bool:
        """Use up a link, once; it may be forgotten when it has expired."""
        ...

    async def begin_errand(self, state: str, errand: Errand, expires_at: str) -> None:
        """Keep what a provider's answer must agree with, under the digest of its state."""
        ...

    async def end_errand(self, state: str, at: str) -> Errand | None:
        """Take it back, once, and only while it has not expired."""
        ...

    async def link_identity(self, user_id: str, provider: str, identity: str) -> bool:
        """Let an identity (MAC of issuer and subject) stand for a user; false when taken."""
        ...

    async def unlink_identity(self, user_id: str, provider: str) -> bool:
        """Let it stand for nobody."""
        ...

    async def login_linked(self, identity: str) -> Login | None:
        """Find the login that an identity stands for."""
        ...

    async def note(self, entry: SignIn) -> None:
        """Write a line of the audit."""
        ...

    async def audit(
        self, *, user_id: str | None, subject: str | None, before: int | None, limit: int
    ) -> Sequence[SignIn]:
        """List the audit, newest first."""
        ...

    async def used_key(self, key: str, at: str) -> None:
        """Note that an API key was used."""
        ...

    async def key_uses(self, keys: Sequence[str]) -> dict[str, str]:
        """Tell when keys were last used."""
        ...


class Secrets(Protocol):
    """Hashes passwords and makes MACs, under keys of the installation."""

    def mac(self, purpose: str, *parts: str) -> str:
        """Make the MAC (64 hex digits) of something that must be found again but not told."""
        ...

    def hash_password(self, password: str) -> str:
        """Hash a password: slow, and with a salt."""
        ...

    def right_password(self, kept: str | None, password: str) -> bool:
        """Say whether a password is the one that was hashed; as slow where there is none."""
        ...

    def is_stale(self, kept: str) -> bool:
        """Say whether a hash was made with other costs than today's."""
        ...
