"""The log's tree for everybody: tiles, entries and consistency (FORMATS 3)."""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class BeyondLog(Exception):
    """The log has not reached the size that a question needs; both in events."""

    def __init__(self, wanted: int, *, size: int) -> None:
        super().__init__(f"the log has {size} events, not {wanted}")
        self.wanted = wanted
        self.size = size


class NotSigned(Exception):
    """No checkpoint of this size was ever issued; the nearest ones are named, where there are."""

    def __init__(self, size: int, *, below: int | None, above: int | None) -> None:
        super().__init__(f"no checkpoint of {size} events was issued")
        self.size = size
        self.below = below
        self.above = above


class BodyLine(msgspec.Struct, frozen=True):
    """One event with its exact body."""

    position: int
    type: str
    body: bytes
    chain: bytes


class LogTree(Protocol):
    """Reads the tree from its tiles; every answer is the same for ever."""

    async def tile(self, level: int, index: int, width: int) -> bytes:
        """Read the first ``width`` hashes of a tile. Raises BeyondLog, StoreUnavailable."""
        ...

    async def chains(self, index: int, width: int) -> Sequence[bytes]:
        """Read the entries under a tile of level 0. Raises BeyondLog, StoreUnavailable."""
        ...

    async def bodies(self, index: int, width: int) -> Sequence[BodyLine]:
        """Read the events under a tile of level 0. Raises BeyondLog, StoreUnavailable."""
        ...

    async def consistency(self, old: int, new: int) -> Sequence[bytes]:
        """Prove that the tree of ``new`` leaves extends the one of ``old``.

        Raises BeyondLog, ValueError for sizes the wrong way round, StoreUnavailable.
        """
        ...

    async def consistency_file(self, old: int, new: int) -> bytes:
        """Write the consistency file of two checkpoints that were issued, as JSON.

        Raises BeyondLog, NotSigned, ValueError for sizes the wrong way round, StoreUnavailable.
        """
        ...
