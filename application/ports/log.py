"""Reading the log: a prefix in order, a stream, the head."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from domain.kernel.event import Recorded


class Head(msgspec.Struct, frozen=True):
    """The last position of the log, its chain and instant; position 0 is an empty log."""

    position: int
    chain: bytes
    at: str


class LogReader(Protocol):
    """Reads what is committed; every answer is a prefix or a part of one."""

    def head(self) -> Head:
        """Tell the last position. Raises StoreUnavailable."""
        ...

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Read events behind a position in order. Raises StoreUnavailable."""
        ...

    def read_stream(self, stream: str, after_version: int = 0) -> Sequence[Recorded]:
        """Read a stream's events in order. Raises StoreUnavailable."""
        ...

    def wait(self, after: int, timeout: float) -> bool:
        """Wait until the log is longer than ``after`` or the seconds are over."""
        ...
