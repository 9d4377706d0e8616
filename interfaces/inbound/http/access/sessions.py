"""Tokens of sessions: how they are made, carried and recognised.

A token is 256 random bits; the store has its SHA-256 only. A browser carries it in a cookie that no
script can read and that no other site can send; what changes something must also carry the
session's CSRF token in a header, which no other site can know.
"""

import hashlib
import hmac
import secrets
from typing import Any, Final

import msgspec

from application.ports.access import Secrets, Session
from domain.kernel.calendar import later
from interfaces.inbound.http.problems import Problem

TOKEN_PREFIX: Final = "tallys_"  # noqa: S105 - what tokens of sessions begin with
TOKEN_BYTES: Final = 32
COOKIE: Final = "__Host-tallystick"
CSRF_HEADER: Final = "X-CSRF-Token"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
TOUCH_SECONDS: Final = 60
"""How exact the last use of a session or a key is kept."""


class Lifetimes(msgspec.Struct, frozen=True, kw_only=True):
    """How long a session lives: unused, and at all; in seconds."""

    idle_seconds: float = 1_800.0
    seconds_max: float = 43_200.0


def new_token() -> str:
    """Make the token of a session."""
    return TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)


def new_name() -> str:
    """Make the public name of a session."""
    return secrets.token_hex(8)


def digest_of_token(token: str) -> str:
    """Tell what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_of(keys: Secrets, digest: str) -> str:
    """Tell the CSRF token that belongs to a session, from its digest."""
    return keys.mac("csrf", digest)


def is_alive(session: Session, now: str, lifetimes: Lifetimes) -> bool:
    """Say whether a session has neither expired nor been left alone for too long."""
    return now < session.expires_at and now < later(session.seen_at, lifetimes.idle_seconds)


def cookie(token: str, seconds: float) -> str:
    """Write the ``Set-Cookie`` of a session, or of its end with an empty token."""
    age = int(seconds) if token else 0
    return f"{COOKIE}={token}; Path=/; Max-Age={age}; Secure; HttpOnly; SameSite=Strict"


def authorization_of(request: Any, keys: Secrets) -> str | None:
    """Tell the ``Authorization`` of a request; a session's cookie stands for its token.

    Raises Problem ``csrf_token_needed`` when a cookie alone would change something.
    """
    header: str | None = request.headers.get("authorization")
    if header is not None:
        return header
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    if request.method not in SAFE:
        shown = request.headers.get(CSRF_HEADER, "")
        wanted = csrf_of(keys, digest_of_token(token))
        if not hmac.compare_digest(shown.encode(), wanted.encode()):
            raise Problem("csrf_token_needed", field=CSRF_HEADER)
    return f"Bearer {token}"
