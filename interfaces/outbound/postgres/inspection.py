"""Looks through a whole store for the first place where it is not what was written.

It believes nothing in the database but what follows from the log's own name: whoever may switch
triggers off may also edit columns, tiles and the table of checkpoints. A history that was replaced
whole is found only by a checkpoint from outside, so the caller hands in what it trusts.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec
import psycopg

from application.envelopes import read
from domain.integrity.chain import extend, genesis
from domain.integrity.checkpoint import Checkpoint
from domain.integrity.merkle import Frontier, leaf_hash
from domain.integrity.tiles import Tile, TileBuilder
from domain.kernel.event import Envelope

BATCH: Final = 1000

_ROWS: Final = """
SELECT position, stream, version, type, command::text, ordinal, body, chain FROM events
WHERE position > %s ORDER BY position LIMIT %s
"""
_TILE: Final = "SELECT hashes, root FROM tiles WHERE level = %s AND index = %s"


class Fault(msgspec.Struct, frozen=True):
    """The first bad position and what is wrong there.

    Kinds, named as the auditor's program names them where it knows them: ``gap``,
    ``chain_mismatch``, ``body_mismatch``, ``version_gap``, ``fork`` (another history than a
    trusted checkpoint's; the position is that checkpoint's size), ``tail_missing``; and of the
    store alone ``column_mismatch`` and ``tile_mismatch`` (the position is the tile's last).
    """

    position: int
    kind: str


class FaultFound(Exception):
    """A log does not hold together; `fault` says where and how."""

    def __init__(self, position: int, kind: str) -> None:
        super().__init__(f"{kind} at position {position}")
        self.fault = Fault(position, kind)


class Row(msgspec.Struct, frozen=True):
    """A row of the log as the table holds it, columns and all."""

    position: int
    stream: str
    version: int
    type: str
    command: str
    ordinal: int
    body: bytes
    chain: bytes


def inspect(
    connection: psycopg.Connection, log: str, trusted: Sequence[Checkpoint] = ()
) -> Fault | None:
    """Name the first fault of a store, nothing when all of it holds; memory grows with streams.

    The hash of what a command asked for stands beside the log, not in it: it alone is not
    covered. Raises psycopg.Error.
    """
    inspector = Inspector(log, trusted, holds=lambda tile: _is_kept(connection, tile))
    try:
        for row in _rows(connection):
            inspector.take(row)
        inspector.end()
    except FaultFound as found:
        return found.fault
    return None


def _rows(connection: psycopg.Connection) -> Iterator[Row]:
    position = 0
    while True:
        cursor = connection.cursor(binary=True)
        batch = [Row(*row) for row in cursor.execute(_ROWS, [position, BATCH]).fetchall()]
        yield from batch
        if len(batch) < BATCH:
            return
        position = batch[-1].position


class Inspector:
    """Takes the rows of one log in order, wherever they come from.

    ``holds`` is told each complete tile of the tree and says whether the store agrees with it.
    """

    def __init__(
        self, log: str, trusted: Sequence[Checkpoint] = (), *, holds: Callable[[Tile], bool]
    ) -> None:
        self._log = log
        self._holds = holds
        self.position = 0
        self.chain = genesis(log)
        self._versions: dict[str, int] = {}
        self._command = ("", 0)
        self._frontier = Frontier()
        self._tiles = TileBuilder()
        self._trusted: dict[int, list[Checkpoint]] = {}
        for checkpoint in trusted:
            self._trusted.setdefault(checkpoint.size, []).append(checkpoint)

    def take(self, row: Row) -> Envelope:
        """Take the next row and tell its envelope. Raises FaultFound when it does not follow."""
        position = self.position + 1
        _demand(row.position == position, position, "gap")
        chain = extend(position, self.chain, row.body)
        _demand(chain == row.chain, position, "chain_mismatch")
        envelope = self._envelope(row)
        named = (envelope.stream, envelope.version, envelope.type, envelope.command)
        is_named = named == (row.stream, row.version, row.type, row.command)
        _demand(is_named and row.ordinal == self._ordinal(row), position, "column_mismatch")
        expected = self._versions.get(row.stream, 0) + 1
        _demand(row.version == expected, position, "version_gap")
        self.position, self.chain, self._versions[row.stream] = position, chain, row.version
        self._command = (row.command, row.ordinal)
        leaf = leaf_hash(chain)
        self._frontier.append(leaf)
        for tile in self._tiles.append(leaf):
            _demand(self._holds(tile), position, "tile_mismatch")
        for checkpoint in self._trusted.get(position, ()):
            holds = (checkpoint.chain, checkpoint.root) == (chain, self._frontier.root())
            _demand(holds and checkpoint.log == self._log, position, "fork")
        return envelope

    def end(self) -> None:
        """Demand that the log reaches every trusted checkpoint. Raises FaultFound."""
        _demand(max(self._trusted, default=0) <= self.position, self.position + 1, "tail_missing")

    def root(self) -> bytes:
        """Tell the root of the tree over what was taken so far."""
        return self._frontier.root()

    def _envelope(self, row: Row) -> Envelope:
        try:
            envelope = read(row.position, row.body, row.chain).envelope
        except (ValueError, LookupError) as error:  # also an event that nobody knows
            raise FaultFound(row.position, "body_mismatch") from error
        _demand(envelope.log == self._log, row.position, "body_mismatch")
        return envelope

    def _ordinal(self, row: Row) -> int:
        command, ordinal = self._command
        return ordinal + 1 if row.command == command else 1


def _is_kept(connection: psycopg.Connection, tile: Tile) -> bool:
    kept: tuple[Any, ...] | None = connection.execute(_TILE, [tile.level, tile.index]).fetchone()
    return kept is None or (bytes(kept[0]), bytes(kept[1])) == (tile.hashes, tile.root)


def _demand(holds: object, position: int, kind: str) -> None:
    if not holds:
        raise FaultFound(position, kind)
