"""The stream map: one root that says which streams exist and how long each one is.

Without it a proof shows that an event happened, but not that no later event of its stream was
left out. The leaves are ordered by the hash of the stream's name, so two neighbours also prove
that a stream between them does not exist. Source: FORMATS 3.
"""

from collections.abc import Iterable
from hashlib import sha256

import msgspec

from domain.integrity import merkle


class StreamEnd(msgspec.Struct, frozen=True):
    """Where a stream ends: its last version and the chain hash of that event."""

    stream: str
    version: int
    chain: bytes


class StreamMap(msgspec.Struct, frozen=True):
    """The ordered leaf hashes of all streams, and where each stream stands among them."""

    leaves: tuple[bytes, ...]
    index: dict[str, int]

    @property
    def count(self) -> int:
        """Number of streams."""
        return len(self.leaves)

    def root(self) -> bytes:
        """Return the root that goes on the log as `log.streams_committed`."""
        return merkle.root(self.leaves)

    def inclusion_path(self, stream: str) -> list[bytes]:
        """Return the proof for a stream's leaf. Raises KeyError for a stream that is not there."""
        return merkle.inclusion_path(self.index[stream], self.count, merkle.nodes_of(self.leaves))


def stream_leaf(end: StreamEnd) -> bytes:
    """Return the leaf hash of one stream."""
    content = stream_key(end.stream) + end.version.to_bytes(8) + end.chain
    return merkle.leaf_hash(content)


def stream_key(stream: str) -> bytes:
    """Return the hash by which streams are ordered."""
    return sha256(stream.encode()).digest()


def stream_map(ends: Iterable[StreamEnd]) -> StreamMap:
    """Return the map over the ends of all streams. Raises ValueError when one is given twice."""
    ordered = sorted(ends, key=lambda end: stream_key(end.stream))
    index = {end.stream: at for at, end in enumerate(ordered)}
    if len(index) != len(ordered):
        raise ValueError("a stream has one end")
    return StreamMap(tuple(stream_leaf(end) for end in ordered), index)
