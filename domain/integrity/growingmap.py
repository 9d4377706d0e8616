"""The stream map kept up with the log: what changed is hashed again, what did not is not.

A changed stream costs its way to the root. A new one moves every leaf behind its place, and the
places of new streams are spread evenly, so that from the first of them on the nodes are built
anew: one hash for each stream, whatever happened. Source: FORMATS 3.
"""

from bisect import bisect_left
from collections.abc import Iterable
from hashlib import sha256

import msgspec

from domain.integrity.merkle import EMPTY_ROOT, inclusion_path
from domain.integrity.streammap import MapPlace, PlacedEnd, map_leaf, stream_key


class KeyedEnd(msgspec.Struct, frozen=True):
    """Where the stream whose name has this hash ends."""

    key: bytes
    version: int
    chain: bytes


class GrowingMap:
    """The ends of all streams in the order of the map, and the nodes over them."""

    def __init__(self, ends: Iterable[KeyedEnd] = ()) -> None:
        self._keys: list[bytes] = []
        self._ends: dict[bytes, tuple[int, bytes]] = {}
        self._levels: list[list[bytes]] = [[]]
        self.take(ends)

    @property
    def count(self) -> int:
        """Number of streams."""
        return len(self._keys)

    def take(self, ends: Iterable[KeyedEnd]) -> None:
        """Take in where streams end now, new ones among them; one given twice ends as told last."""
        changed = {end.key: (end.version, end.chain) for end in ends}
        fresh = sorted(key for key in changed if key not in self._ends)
        self._ends.update(changed)
        first = self._insert(fresh, changed)
        places = {bisect_left(self._keys, key) for key in changed}
        for place in places:
            key = self._keys[place]
            self._levels[0][place] = map_leaf(key, *self._ends[key])
        self._renew({place for place in places if place < first}, first)

    def _insert(self, fresh: list[bytes], changed: dict[bytes, tuple[int, bytes]]) -> int:
        """Make room for new streams; tell the first place from which all moved."""
        if not fresh:
            return self.count
        first = bisect_left(self._keys, fresh[0])
        known = dict(zip(self._keys[first:], self._levels[0][first:], strict=True))
        # Two sorted runs, which sorting merges in one pass.
        moved = self._keys[first:] + fresh
        moved.sort()
        self._keys[first:] = moved
        self._levels[0][first:] = [known.get(key, b"") for key in moved]
        return first

    def _renew(self, places: set[int], first: int) -> None:
        """Hash again what stands over changed places, and everything from ``first`` on."""
        level = 0
        while len(self._levels[level]) > 1:
            below = self._levels[level]
            level += 1
            if level == len(self._levels):
                self._levels.append([])
            above = self._levels[level]
            places, first = {place >> 1 for place in places}, first >> 1
            for place in places:
                # What stands alone at the right edge goes up as it is.
                if place < first and 2 * place + 1 < len(below):
                    above[place] = _node(below[2 * place], below[2 * place + 1])
            rest = below[2 * first :]
            above[first:] = [_node(*pair) for pair in zip(rest[::2], rest[1::2], strict=False)]
            if len(rest) & 1:
                above.append(rest[-1])
            places = {place for place in places if place < first}

    def root(self) -> bytes:
        """Return the root that goes on the log as ``log.streams_committed``."""
        return self._levels[-1][0] if self._keys else EMPTY_ROOT

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
        path = inclusion_path(index, self.count, lambda level, at: self._levels[level][at])
        return PlacedEnd(key, version, chain, index, tuple(path))


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
