"""The stream map kept up with the log: what changed is hashed again, what did not is not.

A changed stream costs its way to the root. A new one moves every leaf behind its place, and the
places of new streams are spread evenly, so that from the first of them on the nodes are built
anew: one hash for each stream, whatever happened. Source: FORMATS 3.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from hashlib import sha256

import msgspec

from domain.integrity.chain import HASH_BYTES
from domain.integrity.merkle import EMPTY_ROOT, inclusion_path
from domain.integrity.streammap import MapPlace, PlacedEnd, map_leaf, stream_key

_PAIR = 2 * HASH_BYTES


class KeyedEnd(msgspec.Struct, frozen=True):
    """Where the stream whose name has this hash ends."""

    key: bytes
    version: int
    chain: bytes


class GrowingMap:
    """The ends of all streams in the order of the map, and the nodes over them.

    The nodes of a level lie in one buffer, side by side: a million of them are 32 MB, and a pair
    of children is one slice.
    """

    def __init__(self, ends: Iterable[KeyedEnd] = ()) -> None:
        self._keys: list[bytes] = []
        self._ends: dict[bytes, tuple[int, bytes]] = {}
        self._levels: list[bytearray] = [bytearray()]
        self.take(ends)

    @property
    def count(self) -> int:
        """Number of streams."""
        return len(self._keys)

    def take(self, ends: Iterable[KeyedEnd]) -> None:
        """Take in where streams end now, new ones among them; one given twice ends as told last."""
        told = {end.key: end for end in ends}
        # In the order of the map: what lies together is touched together.
        changed = [told[key] for key in sorted(told)]
        fresh = [end for end in changed if end.key not in self._ends]
        self._ends.update((end.key, (end.version, end.chain)) for end in changed)
        first = self._insert(fresh)
        leaves, places, place = self._levels[0], [], 0
        for end in changed:
            place = bisect_left(self._keys, end.key, place)
            start = place * HASH_BYTES
            leaves[start : start + HASH_BYTES] = map_leaf(end.key, end.version, end.chain)
            if place < first:
                places.append(place)
        self._renew(places, first)

    def _insert(self, fresh: Sequence[KeyedEnd]) -> int:
        """Make room for new streams, in order; tell the first place from which all moved."""
        if not fresh:
            return self.count
        leaves = self._levels[0]
        keys, nodes = list[bytes](), bytearray()
        first = done = bisect_left(self._keys, fresh[0].key)
        for end in fresh:
            place = bisect_left(self._keys, end.key, done)
            keys += self._keys[done:place]
            keys.append(end.key)
            nodes += leaves[done * HASH_BYTES : place * HASH_BYTES]
            nodes += bytes(HASH_BYTES)
            done = place
        self._keys[first:] = keys + self._keys[done:]
        leaves[first * HASH_BYTES :] = nodes + leaves[done * HASH_BYTES :]
        return first

    def _renew(self, places: Sequence[int], first: int) -> None:
        """Hash again what stands over changed places, and everything from ``first`` on."""
        level = 0
        while len(self._levels[level]) > HASH_BYTES:
            below = self._levels[level]
            level += 1
            if level == len(self._levels):
                self._levels.append(bytearray())
            first >>= 1
            parents = dict.fromkeys([place >> 1 for place in places])
            # What stands alone at the right edge goes up as it is, with everything behind first.
            alone = len(below) // _PAIR
            places = [place for place in parents if place < first and place < alone]
            _rehash(self._levels[level], below, places)
            self._levels[level][first * HASH_BYTES :] = _parents(below, first)

    def root(self) -> bytes:
        """Return the root that goes on the log as ``log.streams_committed``."""
        return bytes(self._levels[-1]) if self._keys else EMPTY_ROOT

    def place(self, stream: str) -> MapPlace:
        """Return where a stream stands, or what stands around its absence."""
        key = stream_key(stream)
        at = bisect_left(self._keys, key)
        if at < self.count and self._keys[at] == key:
            return MapPlace(self._placed(at), ())
        beside = [index for index in (at - 1, at) if 0 <= index < self.count]
        return MapPlace(None, tuple(self._placed(index) for index in beside))

    def _placed(self, index: int) -> PlacedEnd:
        key = self._keys[index]
        version, chain = self._ends[key]
        path = inclusion_path(index, self.count, self._node)
        return PlacedEnd(key, version, chain, index, tuple(path))

    def _node(self, level: int, index: int) -> bytes:
        start = index * HASH_BYTES
        return bytes(self._levels[level][start : start + HASH_BYTES])


def _rehash(above: bytearray, below: bytearray, places: Sequence[int]) -> None:
    """Hash the pairs under some places again; `node_hash` spelled out, it is all that is done."""
    with memoryview(below) as pairs, memoryview(above) as nodes:
        for place in places:
            start, pair = place * HASH_BYTES, place * _PAIR
            digest = sha256(b"\x01" + pairs[pair : pair + _PAIR]).digest()
            nodes[start : start + HASH_BYTES] = digest


def _parents(below: bytearray, first: int) -> bytes:
    """Return all nodes from a place on, what stands alone at the right edge as it is."""
    rest = bytes(below[first * _PAIR :])
    whole = len(rest) - len(rest) % _PAIR
    pairs = [rest[at : at + _PAIR] for at in range(0, whole, _PAIR)]
    return b"".join([sha256(b"\x01" + pair).digest() for pair in pairs]) + rest[whole:]
