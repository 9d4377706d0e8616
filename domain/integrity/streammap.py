"""The stream map: one root that says which streams exist and how long each one is.

Without it a proof shows that an event happened, but not that no later event of its stream was
left out. The leaves are ordered by the hash of the stream's name, so two neighbours also prove
that a stream between them does not exist. Source: FORMATS 3.
"""

from bisect import bisect_left
from collections.abc import Iterable
from hashlib import sha256

import msgspec

from domain.integrity import merkle


class StreamEnd(msgspec.Struct, frozen=True):
    """Where a stream ends: its last version and the chain hash of that event."""

    stream: str
    version: int
    chain: bytes


class PlacedEnd(msgspec.Struct, frozen=True):
    """A leaf of the map with its place and its way to the root."""

    key: bytes
    version: int
    chain: bytes
    index: int
    path: tuple[bytes, ...]


class MapPlace(msgspec.Struct, frozen=True):
    """A stream's own leaf, or else the leaves left and right of where it would stand."""

    own: PlacedEnd | None
    neighbours: tuple[PlacedEnd, ...]


class StreamMap(msgspec.Struct, frozen=True):
    """The ends of all streams in the order of the map, with their keys and leaf hashes."""

    keys: tuple[bytes, ...]
    ends: tuple[StreamEnd, ...]
    leaves: tuple[bytes, ...]

    @property
    def count(self) -> int:
        """Number of streams."""
        return len(self.leaves)

    def root(self) -> bytes:
        """Return the root that goes on the log as `log.streams_committed`."""
        return merkle.root(self.leaves)

    def inclusion_path(self, stream: str) -> list[bytes]:
        """Return the proof for a stream's leaf. Raises KeyError for a stream that is not there."""
        own = self.place(stream).own
        if own is None:
            raise KeyError(stream)
        return list(own.path)

    def place(self, stream: str) -> MapPlace:
        """Return where a stream stands, or what stands around its absence."""
        key = stream_key(stream)
        at = bisect_left(self.keys, key)
        node = merkle.nodes_of(self.leaves)
        if at < self.count and self.keys[at] == key:
            return MapPlace(self._placed(at, node), ())
        beside = [index for index in (at - 1, at) if 0 <= index < self.count]
        return MapPlace(None, tuple(self._placed(index, node) for index in beside))

    def _placed(self, index: int, node: merkle.NodeSource) -> PlacedEnd:
        end, path = self.ends[index], merkle.inclusion_path(index, self.count, node)
        return PlacedEnd(self.keys[index], end.version, end.chain, index, tuple(path))


def stream_leaf(end: StreamEnd) -> bytes:
    """Return the leaf hash of one stream."""
    return map_leaf(stream_key(end.stream), end.version, end.chain)


def map_leaf(key: bytes, version: int, chain: bytes) -> bytes:
    """Return the leaf hash of the stream whose name has this hash."""
    return merkle.leaf_hash(key + version.to_bytes(8) + chain)


def stream_key(stream: str) -> bytes:
    """Return the hash by which streams are ordered."""
    return sha256(stream.encode()).digest()


def stream_map(ends: Iterable[StreamEnd]) -> StreamMap:
    """Return the map over the ends of all streams. Raises ValueError when one is given twice."""
    ordered = sorted(((stream_key(end.stream), end) for end in ends), key=lambda pair: pair[0])
    keys = tuple(key for key, _ in ordered)
    if len(set(keys)) != len(keys):
        raise ValueError("a stream has one end")
    leaves = tuple(map_leaf(key, end.version, end.chain) for key, end in ordered)
    return StreamMap(keys, tuple(end for _, end in ordered), leaves)
