"""The tree of one database as outsiders read it: tiles, entries, bodies, consistency."""

from collections.abc import Sequence
from typing import Final, Self

import psycopg

from application.ports.tree import BeyondLog, BodyLine, NotSigned
from domain.integrity.chain import HASH_BYTES
from domain.integrity.evidence import consistency, document
from domain.integrity.tilememory import TileMemory
from domain.integrity.tiles import TILE_HEIGHT, TILE_WIDTH
from interfaces.outbound.postgres.lanes import Lanes
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.tree import TreeKeeper

LANES: Final = 2
"""Answers that are made at a time, each on a session of its own."""

_LINES: Final = """
SELECT position, type, body, chain FROM events WHERE position > %s AND position <= %s
ORDER BY position
"""
_NOTE: Final = """
SELECT note || coalesce(
    (SELECT string_agg(line, '' ORDER BY witness) FROM cosignatures WHERE size = c.size), ''
) FROM checkpoints AS c WHERE size = %s
"""
_BELOW: Final = "SELECT max(size) FROM checkpoints WHERE size < %s"
_ABOVE: Final = "SELECT min(size) FROM checkpoints WHERE size > %s"


class PostgresTree:
    """Reads the tree of one database; use it as a context manager.

    It satisfies `application.ports.tree.LogTree`.
    """

    def __init__(self, url: str) -> None:
        self._lanes = Lanes(url, "tree", _Lane, count=LANES)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._lanes.close()

    async def tile(self, level: int, index: int, width: int) -> bytes:
        """Read the first ``width`` hashes of a tile. Raises BeyondLog, StoreUnavailable."""
        return await self._lanes.run(lambda lane: lane.tile(level, index, width))

    async def chains(self, index: int, width: int) -> Sequence[bytes]:
        """Read the entries under a tile of level 0. Raises BeyondLog, StoreUnavailable."""
        return await self._lanes.run(lambda lane: lane.chains(index, width))

    async def bodies(self, index: int, width: int) -> Sequence[BodyLine]:
        """Read the events under a tile of level 0. Raises BeyondLog, StoreUnavailable."""
        return await self._lanes.run(lambda lane: lane.bodies(index, width))

    async def consistency(self, old: int, new: int) -> Sequence[bytes]:
        """Prove that the tree of ``new`` leaves extends the one of ``old``.

        Raises BeyondLog, ValueError for sizes the wrong way round, StoreUnavailable.
        """
        return await self._lanes.run(lambda lane: lane.consistency(old, new))

    async def consistency_file(self, old: int, new: int) -> bytes:
        """Write the consistency file of two checkpoints that were issued, as JSON.

        Raises BeyondLog, NotSigned, ValueError for sizes the wrong way round, StoreUnavailable.
        """
        return await self._lanes.run(lambda lane: lane.consistency_file(old, new))


class _Lane:
    """The work itself, on one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tree = TreeKeeper(session)

    def tile(self, level: int, index: int, width: int) -> bytes:
        # What the tile needs is asked of the size, so that no tile beyond the log is sought.
        wanted = (index * TILE_WIDTH + width) << TILE_HEIGHT * level
        self._demand(wanted)
        return self._tree.tile(level, index, wanted)[: width * HASH_BYTES]

    def chains(self, index: int, width: int) -> Sequence[bytes]:
        return [line.chain for line in self.bodies(index, width)]

    def bodies(self, index: int, width: int) -> Sequence[BodyLine]:
        start = index * TILE_WIDTH
        self._demand(start + width)

        def work(connection: psycopg.Connection) -> list[BodyLine]:
            cursor = connection.cursor(binary=True)
            rows = cursor.execute(_LINES, (start, start + width)).fetchall()
            return [BodyLine(*row) for row in rows]

        return self._session.run(work)

    def consistency(self, old: int, new: int) -> Sequence[bytes]:
        self._demand(new)
        # A memory of this proof's own: nothing checks the path against what was signed.
        return TreeKeeper(self._session, TileMemory()).consistency(old, new)

    def consistency_file(self, old: int, new: int) -> bytes:
        path = self.consistency(old, new)
        return document(consistency(self._note(old), self._note(new), path))

    def _note(self, size: int) -> str:
        found = self._value(_NOTE, size)
        if isinstance(found, str):
            return found
        below, above = self._value(_BELOW, size), self._value(_ABOVE, size)
        raise NotSigned(
            size,
            below=below if isinstance(below, int) else None,
            above=above if isinstance(above, int) else None,
        )

    def _value(self, query: str, size: int) -> object:
        row = self._session.run(lambda each: each.execute(query.encode(), [size]).fetchone())
        return None if row is None else row[0]

    def _demand(self, wanted: int) -> None:
        size = self._session.run(_size)
        if wanted > size:
            raise BeyondLog(wanted, size=size)


def _size(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()
    return 0 if row is None else int(row[0])
