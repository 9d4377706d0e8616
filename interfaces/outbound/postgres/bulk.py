"""Bulk import: prepared events behind the head, with chain and tree, as binary COPY.

For tools that bring whole logs (a restore, a benchmark), not for commands: nothing is decided
here. The caller vouches for the bodies; position, chain and tiles are made here, and streams,
versions and commands are held unique by the table's keys as ever.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from struct import Struct
from types import TracebackType
from typing import Final, Self

import msgspec
import psycopg

from domain.integrity.chain import HASH_BYTES, extend, genesis
from domain.integrity.merkle import leaf_hash
from domain.integrity.tiles import Tile, TileBuilder
from interfaces.outbound.postgres.appending import LOG_LOCK
from interfaces.outbound.postgres.sessions import Session, parameters
from interfaces.outbound.postgres.tree import TreeKeeper

CHUNK_EVENTS: Final = 50_000
"""Events of one transaction: so long do other writers wait."""

BLOCK_ROWS: Final = 500

_EVENTS: Final = (
    "COPY events (position, stream, version, type, command, ordinal, request, body, chain)"
    " FROM STDIN (FORMAT binary)"
)
_TILES: Final = "COPY tiles (level, index, hashes, root) FROM STDIN (FORMAT binary)"
_LAST: Final = "SELECT position, chain FROM events ORDER BY position DESC LIMIT 1"

# The binary format of COPY: a signature, rows of (number of fields, (length, value)…), an end.
_BEGIN: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END: Final = b"\xff\xff"
_POSITION: Final = Struct(">hiqi").pack
_VERSION: Final = Struct(">iqi").pack
_COMMAND: Final = Struct(">i16sihi").pack
_LENGTH: Final = Struct(">i").pack
_NULL: Final = -1


class LogMoved(Exception):
    """Somebody else has written to the log since this import began, or the log was put back."""


class Prepared(msgspec.Struct, frozen=True, gc=False):
    """An event that is ready for the log but for its position and chain.

    ``command`` is the UUID's 16 bytes, ``request`` the hash of what the command asked for, on
    its first event only.
    """

    stream: str
    version: int
    type: str
    command: bytes
    ordinal: int
    request: bytes | None
    body: bytes


class BulkImport:
    """Appends prepared events to one log; use it as a context manager.

    Whatever is imported stands behind the log's head as it was at the beginning and behind what
    was imported before. Raises psycopg.Error.
    """

    def __init__(self, url: str, *, log: str, chunk: int = CHUNK_EVENTS) -> None:
        self._url = url
        self._chunk = chunk
        self.position, self.chain = 0, genesis(log)
        self._builder = TileBuilder()
        self._connection: psycopg.Connection | None = None

    def __enter__(self) -> Self:
        limits = parameters("import", statement_seconds=0)
        self._connection = psycopg.connect(self._url, autocommit=True, **limits)
        if last := self._connection.execute(_LAST).fetchone():
            self.position, self.chain = last
        session = Session(self._url, "import")
        self._builder = TreeKeeper(session).builder(self.position)
        session.close()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the session; nothing more can be imported."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def append(self, events: Iterable[Prepared]) -> int:
        """Append events, a chunk in each transaction, and tell the last position.

        After an exception the whole import is over: what was committed stays, and another
        import goes on behind it. Raises LogMoved.
        """
        waiting = iter(events)
        try:
            while chunk := list(islice(waiting, self._chunk)):
                self._append(self._opened(), chunk)
        except BaseException:
            # Chain and tiles in memory may be ahead of what was committed.
            self.close()
            raise
        return self.position

    def _opened(self) -> psycopg.Connection:
        if self._connection is None:
            message = "the import is not open"
            raise psycopg.InterfaceError(message)
        return self._connection

    def _append(self, connection: psycopg.Connection, events: Sequence[Prepared]) -> None:
        tiles: list[Tile] = []
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOG_LOCK])
            last = cursor.execute(_LAST).fetchone()
            if last is not None and last != (self.position, self.chain):
                raise LogMoved(f"the log ends at {last[0]}, not at {self.position}")
            if last is None and self.position:
                raise LogMoved(f"the log is empty, and does not end at {self.position}")
            with cursor.copy(_EVENTS) as copy:
                for piece in copied(self._blocks(events, tiles)):
                    copy.write(piece)
            _add_tiles(cursor, tiles)
            cursor.execute("NOTIFY events")

    def _blocks(self, events: Sequence[Prepared], tiles: list[Tile]) -> Iterator[bytes]:
        position, chain, add = self.position, self.chain, self._builder.append
        rows: list[bytes] = []
        for event in events:
            position += 1
            chain = extend(position, chain, event.body)
            rows.append(packed(position, event, chain))
            tiles += add(leaf_hash(chain))
            if len(rows) == BLOCK_ROWS:
                yield b"".join(rows)
                rows.clear()
        yield b"".join(rows)
        self.position, self.chain = position, chain


def packed(position: int, event: Prepared, chain: bytes) -> bytes:
    """Write a row of the log in the binary format of COPY."""
    stream, kind, request = event.stream.encode(), event.type.encode(), event.request
    return b"".join(
        (
            _POSITION(9, 8, position, len(stream)),
            stream,
            _VERSION(8, event.version, len(kind)),
            kind,
            _COMMAND(16, event.command, 2, event.ordinal, _NULL if request is None else 32),
            request or b"",
            _LENGTH(len(event.body)),
            event.body,
            _LENGTH(HASH_BYTES),
            chain,
        )
    )


def copied(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Put rows between the beginning and the end of a binary COPY."""
    yield _BEGIN
    yield from blocks
    yield _END


def _add_tiles(cursor: psycopg.Cursor, tiles: Sequence[Tile]) -> None:
    with cursor.copy(_TILES) as copy:
        copy.set_types(["int2", "int8", "bytea", "bytea"])
        for tile in tiles:
            copy.write_row((tile.level, tile.index, tile.hashes, tile.root))
