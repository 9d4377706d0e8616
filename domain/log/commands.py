"""Wishes about the log itself."""

from domain.kernel.command import Command


class OpenLog(Command, frozen=True, kw_only=True):
    """Write position 1."""

    TYPE = "log.open"
    origin: str
    keys: tuple[str, ...]
    witnesses: tuple[str, ...]
    chain_id: int
    registry: str
    owner: str


class FreezeLog(Command, frozen=True, kw_only=True):
    """Refuse new obligations: this position has lain under no anchor since, for too long."""

    TYPE = "log.freeze"
    position: int
    since: str
    limit_seconds: int


class RotateKey(Command, frozen=True, kw_only=True):
    """Put a new key in the place of an old one; see `domain.log.rotation` for what is signed."""

    TYPE = "log.rotate_key"
    purpose: str
    old: str
    new: str
    signature: str


class CommitStreams(Command, frozen=True, kw_only=True):
    """Put the stream map's root of a size on the log."""

    TYPE = "log.commit_streams"
    size: int
    count: int
    root: str
