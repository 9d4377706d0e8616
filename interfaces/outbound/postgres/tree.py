"""The Merkle tree over the log: complete tiles in a table, everything else from the events.

The tiles are a memory, not a source: one that is missing is computed from the tiles below it,
or from the events, so a proof never waits for whoever keeps the tiles.
"""

from collections.abc import Sequence
from typing import Any, Final

import psycopg

from domain.integrity import merkle
from domain.integrity.merkle import NodeSource, leaf_hash
from domain.integrity.streammap import StreamEnd
from domain.integrity.tilememory import TileMemory
from domain.integrity.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    Tile,
    TileBuilder,
    nodes_from_tiles,
    read_tile,
    tile_root,
)
from interfaces.outbound.postgres.sessions import Session

STEP_EVENTS: Final = 64 * TILE_WIDTH
"""Events that one step of the keeper takes in."""

_CHAINS: Final = """
SELECT chain FROM events WHERE position > %s AND position <= %s ORDER BY position
"""
_ADD: Final = """
INSERT INTO tiles (level, index, hashes, root) VALUES (%s, %s, %b, %b) ON CONFLICT DO NOTHING
"""
_HASHES: Final = "SELECT hashes FROM tiles WHERE level = %s AND index = %s"
_ENDS: Final = """
SELECT DISTINCT ON (stream) stream, version, chain FROM events WHERE position <= %s
ORDER BY stream, version DESC
"""


class TreeKeeper:
    """Reads the tree of one database, and keeps its tiles when told to.

    With a memory, tiles that were read for one proof serve the next; whoever must notice that
    the database was changed has none.
    """

    def __init__(self, session: Session, memory: TileMemory | None = None) -> None:
        self._session = session
        self._memory = memory
        self._builder: TileBuilder | None = None

    def step(self) -> int:
        """Take in events that complete tiles and tell how many. Raises StoreUnavailable."""
        builder = self._builder or self._resumed()
        self._builder = None  # until the tiles are down, what it knows counts for nothing
        chains = self._chains(builder.size, builder.size + STEP_EVENTS)
        whole = len(chains) - len(chains) % TILE_WIDTH
        tiles = [tile for chain in chains[:whole] for tile in builder.append(leaf_hash(chain))]
        if tiles:
            self._session.run(lambda connection: _add(connection, tiles))
        self._builder = builder
        return whole

    def catch_up(self, size: int) -> None:
        """Take in the log up to a size, but for a last incomplete tile.

        Raises StoreUnavailable, LookupError when the log is shorter.
        """
        self.chain(size)
        while (self._builder is None or self._builder.size + TILE_WIDTH <= size) and self.step():
            pass

    def builder(self, size: int) -> TileBuilder:
        """Make a builder that goes on behind a size, all tiles before it being kept.

        Raises LookupError when the log is shorter, StoreUnavailable.
        """
        if size:
            self.catch_up(size)
        return TileBuilder.resume(size, _Store(self))

    def root(self, size: int) -> bytes:
        """Tell the root at a size. Raises LookupError, StoreUnavailable."""
        return merkle.range_root(0, size, self.nodes(size))

    def chain(self, size: int) -> bytes:
        """Tell the chain value at a position. Raises LookupError, StoreUnavailable."""
        found = self._chains(size - 1, size)
        if not found:
            raise LookupError(f"the log has no position {size}")
        return found[0]

    def leaves(self, size: int) -> Sequence[bytes]:
        """Tell the chain values of positions 1 to size. Raises StoreUnavailable."""
        return self._chains(0, size)

    def chains(self, after: int, until: int) -> Sequence[bytes]:
        """Tell the chain values of the positions behind one, up to another."""
        return self._chains(after, until)

    def open_nodes(self, size: int) -> Sequence[Sequence[bytes]]:
        """Tell the nodes that do not fill a tile yet at a size, leaves first (tiles.py)."""
        levels: list[list[bytes]] = []
        while (width := size >> TILE_HEIGHT * len(levels)) or not levels:
            level, index = len(levels), width // TILE_WIDTH
            hashes = self.tile(level, index, size) if width % TILE_WIDTH else b""
            levels.append([hashes[at : at + 32] for at in range(0, len(hashes), 32)])
        return levels

    def inclusion(self, index: int, size: int) -> Sequence[bytes]:
        """Prove that leaf ``index`` is in the tree of this size; raises ValueError if not."""
        return merkle.inclusion_path(index, size, self.nodes(size))

    def consistency(self, old: int, new: int) -> Sequence[bytes]:
        """Prove that the tree of size new extends the one of size old."""
        return merkle.consistency_path(old, new, self.nodes(new))

    def stream_ends(self, size: int) -> Sequence[StreamEnd]:
        """Tell each stream's last version and chain value at a size. Raises StoreUnavailable."""
        return [StreamEnd(*row) for row in self._rows(_ENDS, size)]

    def tile(self, level: int, index: int, size: int) -> bytes:
        """Tell a tile, complete or partial, in the tree of a size (FORMATS 3).

        Raises LookupError, StoreUnavailable.
        """
        return read_tile(_Store(self), level, index, size)

    def nodes(self, size: int) -> NodeSource:
        """Give the complete subtrees of the tree of a size; good for a batch of proofs."""
        store = _Store(self)

        def tile(level: int, index: int) -> bytes:
            return read_tile(store, level, index, size)

        def kept(level: int, index: int) -> bytes:
            # A tile that was partial at this size begins the complete one of today.
            return self._kept(level, index) or tile(level, index)

        return nodes_from_tiles(tile) if self._memory is None else self._memory.nodes(size, kept)

    def completed(self, level: int, index: int) -> bytes:
        """Return the 8192 bytes of a complete tile."""
        if hashes := self._kept(level, index):
            return hashes
        start = index * TILE_WIDTH
        if level == 0:
            return self.leaf_hashes(start, start + TILE_WIDTH)
        return self.roots(level - 1, start, start + TILE_WIDTH)

    def roots(self, level: int, start: int, stop: int) -> bytes:
        """Return the roots of the complete tiles start..stop-1 of a level, side by side."""
        query = "SELECT index, root FROM tiles WHERE level = %s AND index >= %s AND index < %s"
        known = dict(self._rows(query, level, start, stop))
        return b"".join(
            known.get(index) or tile_root(self.completed(level, index))
            for index in range(start, stop)
        )

    def leaf_hashes(self, start: int, stop: int) -> bytes:
        """Return the leaf hashes start..stop-1, side by side; raises LookupError for none."""
        chains = self._chains(start, stop)
        if len(chains) != stop - start:
            raise LookupError(f"the log ends before {stop}")
        return b"".join(map(leaf_hash, chains))

    def _kept(self, level: int, index: int) -> bytes:
        rows = self._rows(_HASHES, level, index)
        return bytes(rows[0][0]) if rows else b""

    def _resumed(self) -> TileBuilder:
        rows = self._rows("SELECT coalesce(max(index) + 1, 0) FROM tiles WHERE level = 0")
        return TileBuilder.resume(int(rows[0][0]) * TILE_WIDTH, _Store(self))

    def _chains(self, after: int, until: int) -> list[bytes]:
        return [bytes(row[0]) for row in self._rows(_CHAINS, after, until)]

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        def work(connection: psycopg.Connection) -> list[tuple[Any, ...]]:
            return connection.cursor(binary=True).execute(query.encode(), values).fetchall()

        return self._session.run(work)


class _Store:
    """The keeper as `domain.integrity.tiles` wants a store to be."""

    def __init__(self, keeper: TreeKeeper) -> None:
        self.completed = keeper.completed
        self.roots = keeper.roots
        self.leaves = keeper.leaf_hashes


def _add(connection: psycopg.Connection, tiles: list[Tile]) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        rows = [(tile.level, tile.index, tile.hashes, tile.root) for tile in tiles]
        cursor.executemany(_ADD, rows)
