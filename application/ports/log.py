"""Reading the log: a prefix in order, a stream, the head."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from application.ports.gate import StoreUnavailable
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


class ViewSource(Protocol):
    """Reads the log for views, which fold some types and pass over others."""

    def read_any(self, after: int, limit: int) -> Sequence[Recorded]:
        """Read events behind a position in order; facts of a later version are unreadable ones.

        Raises StoreUnavailable.
        """
        ...


class FeedEntry(msgspec.Struct, frozen=True):
    """An event as the feed shows it: the exact body and chain, and the derived changes."""

    position: int
    type: str
    body: bytes
    chain: bytes
    changes: bytes
    """JSON array of ``{effect, entry, key, value}`` (FORMATS 8)."""


class FeedSource(Protocol):
    """Reads the feed for doors that wait: any answer is a prefix or a part of one."""

    async def head(self) -> Head:
        """Tell the last position that the feed can show. Raises StoreUnavailable."""
        ...

    async def entries(
        self,
        after: int,
        limit: int,
        *,
        descending: bool = False,
        types: Sequence[str] = (),
        stream: str | None = None,
    ) -> Sequence[FeedEntry]:
        """Read entries behind ``after`` (before it when descending; 0 is the open end).

        Raises StoreUnavailable.
        """
        ...

    async def wait(self, after: int, timeout: float) -> bool:
        """Wait until the feed is longer than ``after`` or the seconds are over."""
        ...


class SignedReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The log's signed word on one position (FORMATS 9); ``chain`` in hex, ``note`` as signed."""

    position: int
    chain: str
    note: str


class CheckpointNotWitnessed(StoreUnavailable):
    """Too few witnesses have cosigned any checkpoint that covers a position.

    ``position`` is what must be covered, ``witnessed`` the largest size that counts, 0 for none.
    """

    def __init__(self, position: int, *, witnessed: int, quorum: int) -> None:
        super().__init__(f"{quorum} witnesses have cosigned {witnessed} events, not {position}")
        self.position = position
        self.witnessed = witnessed
        self.quorum = quorum


class Proofs(Protocol):
    """Makes evidence, checkpoints and receipts (FORMATS 4, 6 and 9)."""

    async def evidence(self, position: int) -> bytes | None:
        """Make the evidence bundle of an event as JSON, nothing when it does not exist.

        Raises CheckpointNotWitnessed, StoreUnavailable.
        """
        ...

    async def checkpoint(self) -> str:
        """Sign and tell the newest checkpoint that counts; sizes never go down.

        Raises CheckpointNotWitnessed, StoreUnavailable.
        """
        ...

    async def receipt(self, position: int) -> SignedReceipt:
        """Sign which chain value stands at a committed position. Raises StoreUnavailable."""
        ...

    async def trust(self) -> bytes:
        """Make the trust file of this log as JSON."""
        ...
