"""Tiles with the nodes inside them, kept for the next proof.

A tile is a subtree of height 8, of which only the lowest row is stored. A proof needs a node of
each of its rows; hashing them anew for each proof would cost more than to fetch the tile. Nothing
here ever changes: a tile of a width is the same in every tree that has one.
"""

from collections import OrderedDict
from hashlib import sha256

from domain.integrity.chain import HASH_BYTES
from domain.integrity.merkle import NodeSource
from domain.integrity.tiles import TILE_HEIGHT, TILE_WIDTH, TileSource, tile_width

REMEMBERED_TILES = 512
"""Of 16 KiB each. A tree of ten million leaves has 153 tiles above its lowest level."""

Rows = tuple[bytes, ...]
Key = tuple[int, int, int]


class TileMemory:
    """Remembers tiles by level, index and width; the one not used for longest goes first.

    For one caller at a time.
    """

    __slots__ = ("_limit", "_tiles")

    def __init__(self, limit: int = REMEMBERED_TILES) -> None:
        self._limit = limit
        self._tiles: OrderedDict[Key, Rows] = OrderedDict()

    def __len__(self) -> int:
        return len(self._tiles)

    def clear(self) -> None:
        """Forget everything, as one must when the store turns out to be another."""
        self._tiles.clear()

    def nodes(self, size: int, tile: TileSource) -> NodeSource:
        """Return a source of the complete subtrees of the tree of `size` leaves.

        `tile` is asked for what is not remembered. The source raises LookupError for a subtree
        that is not in the tree.
        """

        def node(level: int, index: int) -> bytes:
            tile_level, row = divmod(level, TILE_HEIGHT)
            tile_index, offset = divmod(index << row, TILE_WIDTH)
            width = tile_width(tile_level, tile_index, size)
            if width < offset + (1 << row):
                raise LookupError(f"no subtree ({level}, {index}) in a tree of {size}")
            rows = self._rows((tile_level, tile_index, width), tile)
            start = (offset >> row) * HASH_BYTES
            return rows[row][start : start + HASH_BYTES]

        return node

    def _rows(self, key: Key, tile: TileSource) -> Rows:
        rows = self._tiles.get(key)
        if rows is not None:
            self._tiles.move_to_end(key)
            return rows
        level, index, width = key
        hashes = tile(level, index)
        if len(hashes) < width * HASH_BYTES:
            raise LookupError(f"tile {level, index} has only {len(hashes) // HASH_BYTES} hashes")
        rows = self._tiles[key] = rows_of(hashes[: width * HASH_BYTES])
        if len(self._tiles) > self._limit:
            self._tiles.popitem(last=False)
        return rows


def rows_of(hashes: bytes) -> Rows:
    """Return the rows of a tile, its hashes first; each row has the complete pairs of the last."""
    rows = [hashes]
    step = 2 * HASH_BYTES
    while len(rows[-1]) >= step:
        below = rows[-1]
        pairs = range(0, len(below) - len(below) % step, step)
        # `node_hash` spelled out, on both children at once: this is what a proof's time goes to.
        rows.append(b"".join([sha256(b"\x01" + below[at : at + step]).digest() for at in pairs]))
    return tuple(rows)
