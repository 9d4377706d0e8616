"""Signatures of what providers send: a MAC over the raw bytes, compared in constant time."""

import hashlib
import hmac
from datetime import UTC, datetime

from application.ports.checks import NotGenuine


def demand_mac(secret: bytes, body: bytes, *, given: str, algorithm: str) -> None:
    """Go on when the hex MAC is the body's under this secret. Raises NotGenuine."""
    wanted = hmac.new(secret, body, getattr(hashlib, algorithm)).hexdigest()
    if not hmac.compare_digest(wanted.encode(), given.strip().lower().encode("utf-8", "replace")):
        raise NotGenuine


def name_of(body: bytes) -> str:
    """Name a message that brings no name of its own: the same bytes, the same name."""
    return hashlib.sha256(body).hexdigest()


def instant_of(moment: datetime) -> str:
    """Write an instant as the log does."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant_of_millis(millis: int) -> str:
    """Write milliseconds since 1970 as the log does. Raises NotGenuine beyond the calendar."""
    try:
        return instant_of(datetime.fromtimestamp(millis / 1000, UTC))
    except (OverflowError, ValueError, OSError) as error:
        raise NotGenuine from error
