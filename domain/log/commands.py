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


class CommitStreams(Command, frozen=True, kw_only=True):
    """Put the stream map's root of a size on the log."""

    TYPE = "log.commit_streams"
    size: int
    count: int
    root: str
