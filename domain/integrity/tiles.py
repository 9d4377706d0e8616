"""Tiles: the Merkle tree cut into immutable pieces of 256 hashes, as C2SP tlog-tiles names them.

Tile (level L, index N) holds the hashes of the 256 complete subtrees of 2^(8L) leaves that start at
leaf N * 2^(8L+8). The right-most tile of a level is partial. A complete tile never changes, so a
store keeps it for ever; its own root is one hash of the tile above. What is partial can always be
computed from the last leaves and from the roots of complete tiles, so nothing partial is stored.
"""

import re
from collections.abc import Callable
from typing import Protocol

import msgspec

from domain.integrity.chain import HASH_BYTES
from domain.integrity.merkle import Frontier, NodeSource, frontier_of

TILE_WIDTH = 256
TILE_HEIGHT = 8
TILE_BYTES = TILE_WIDTH * HASH_BYTES

_NAME = re.compile(r"((?:x[0-9]{3}/){0,4}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?").fullmatch
"""Up to a thousand million million tiles of a level: more than positions could ever count."""

TileSource = Callable[[int, int], bytes]
"""Gives the hashes of tile (level, index), side by side; at least as many as the reader needs."""


class Tile(msgspec.Struct, frozen=True):
    """A complete tile: its 256 hashes and the root over them."""

    level: int
    index: int
    hashes: bytes
    root: bytes


class TileStore(Protocol):
    """What a store must be able to answer for `read_tile`."""

    def completed(self, level: int, index: int) -> bytes:
        """Return the 8192 bytes of a complete tile."""
        ...

    def roots(self, level: int, start: int, stop: int) -> bytes:
        """Return the roots of the complete tiles start..stop-1 of a level, side by side."""
        ...

    def leaves(self, start: int, stop: int) -> bytes:
        """Return the leaf hashes start..stop-1, side by side; at most 255 of them."""
        ...


class TileBuilder:
    """Cuts a growing tree into tiles; keeps the partial tile of each level and nothing else."""

    __slots__ = ("_partial", "_size")

    def __init__(self) -> None:
        self._size = 0
        self._partial: list[bytearray] = [bytearray()]

    @classmethod
    def resume(cls, size: int, store: TileStore) -> "TileBuilder":
        """Return a builder that goes on behind the tree of `size` leaves that a store holds."""
        builder = cls()
        builder._size = size
        builder._partial = [bytearray(_partial_tile(store, 0, size))]
        level = 0
        while size >> TILE_HEIGHT * (level + 1):
            level += 1
            builder._partial.append(bytearray(_partial_tile(store, level, size)))
        return builder

    @property
    def size(self) -> int:
        """Number of leaves so far."""
        return self._size

    def append(self, leaf: bytes) -> list[Tile]:
        """Add one leaf hash; return the tiles that it completes, lowest level first."""
        self._size += 1
        partial = self._partial[0]
        partial += leaf
        if len(partial) < TILE_BYTES:
            return []
        return self._complete()

    def _complete(self) -> list[Tile]:
        tiles: list[Tile] = []
        level = 0
        while len(self._partial[level]) == TILE_BYTES:
            hashes = bytes(self._partial[level])
            self._partial[level] = bytearray()
            index = (self._size >> TILE_HEIGHT * (level + 1)) - 1
            tiles.append(Tile(level, index, hashes, tile_root(hashes)))
            level += 1
            if level == len(self._partial):
                self._partial.append(bytearray())
            self._partial[level] += tiles[-1].root
        return tiles

    def partial(self, level: int) -> bytes:
        """Return the hashes of a level that do not fill a tile yet; empty if there are none."""
        return bytes(self._partial[level]) if level < len(self._partial) else b""


def tile_width(level: int, index: int, size: int) -> int:
    """Return how many hashes tile (level, index) has in a tree of `size` leaves; 0 if none."""
    return max(0, min(TILE_WIDTH, (size >> TILE_HEIGHT * level) - index * TILE_WIDTH))


def tile_root(hashes: bytes) -> bytes:
    """Return the root over hashes that stand side by side."""
    return _frontier(hashes).root()


def _frontier(hashes: bytes) -> Frontier:
    return frontier_of(hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES))


def read_tile(store: TileStore, level: int, index: int, size: int) -> bytes:
    """Return a tile as it is, complete or partial, in the tree of `size` leaves.

    Raises LookupError when the tile does not exist at that size.
    """
    width = tile_width(level, index, size)
    if width == 0:
        raise LookupError(f"no tile ({level}, {index}) in a tree of {size}")
    if width == TILE_WIDTH:
        return store.completed(level, index)
    return _partial_tile(store, level, size)


def _partial_tile(store: TileStore, level: int, size: int) -> bytes:
    stop = size >> TILE_HEIGHT * level
    start = stop - stop % TILE_WIDTH
    if start == stop:
        return b""
    return store.roots(level - 1, start, stop) if level else store.leaves(start, stop)


def nodes_from_tiles(tile: TileSource) -> NodeSource:
    """Return a source of complete subtrees that needs nothing but tiles.

    Give it to `merkle.inclusion_path`, `consistency_path` and `range_root`. Each tile is fetched
    once in the life of the source, so make one per proof or per batch of proofs.
    """
    fetched: dict[tuple[int, int], bytes] = {}

    def node(level: int, index: int) -> bytes:
        tile_level, rest = divmod(level, TILE_HEIGHT)
        tile_index, offset = divmod(index << rest, TILE_WIDTH)
        key = tile_level, tile_index
        hashes = fetched.get(key)
        if hashes is None:
            hashes = fetched[key] = tile(tile_level, tile_index)
        stop = offset + (1 << rest)
        if len(hashes) < stop * HASH_BYTES:
            raise LookupError(f"tile {key} has only {len(hashes) // HASH_BYTES} hashes")
        return tile_root(hashes[offset * HASH_BYTES : stop * HASH_BYTES])

    return node


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Return the name under which a tile is served, for example `tile/0/x001/234.p/17`."""
    if not 1 <= width <= TILE_WIDTH:
        raise ValueError(f"a tile has 1 to {TILE_WIDTH} hashes, not {width}")
    suffix = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{index_path(index)}{suffix}"


def index_path(index: int) -> str:
    """Return an index in groups of three digits, all but the last marked: 1234067 is x001/x234/067.

    Source: C2SP tlog-tiles.
    """
    if index < 0:
        raise ValueError(f"a tile's index is not negative: {index}")
    last = f"{index % 1000:03}"
    return last if index < 1000 else _marked(index // 1000) + last


def _marked(thousands: int) -> str:
    above = "" if thousands < 1000 else _marked(thousands // 1000)
    return f"{above}x{thousands % 1000:03}/"


def parse_tile_name(name: str) -> tuple[int, int]:
    """Return index and width of a tile from the end of its address, e.g. `x001/234.p/17`.

    Each tile has one name only. Raises ValueError. Source: C2SP tlog-tiles.
    """
    found = _NAME(name)
    if found is None:
        raise ValueError("a tile is named by groups of three digits, all but the last marked")
    index = int(found[1].replace("x", "").replace("/", ""))
    width = TILE_WIDTH if found[2] is None else int(found[2])
    if index_path(index) != found[1] or (found[2] is not None and width >= TILE_WIDTH):
        raise ValueError("a tile has one name: no empty groups, and no width for a full one")
    return index, width
