"""Puts a backup back: into a new database, inspected row by row, and in place only when all holds.

What is refused before the new database takes its place: a file that is not what the manifest says;
a log that breaks anywhere; one that lacks or contradicts what this node signed, what lies among
the checkpoints in the backup, or what was anchored. Tiles are computed from the log, and views
are folded from it: neither is believed from anywhere.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
import psycopg
from psycopg import sql

from domain.integrity.checkpoint import Checkpoint
from domain.integrity.tiles import Tile
from domain.kernel.event import Envelope
from interfaces.outbound.postgres.archive import (
    ArchiveRefused,
    Fields,
    Kind,
    Manifest,
    Part,
    Stage,
    Tick,
    check_files,
    packed,
    read_manifest,
    rows,
    unwatched,
)
from interfaces.outbound.postgres.archivedlog import EVENTS, ArchivedLog
from interfaces.outbound.postgres.backup import SCHEMAS, kept_tables
from interfaces.outbound.postgres.bulk import copied
from interfaces.outbound.postgres.erasures import ERASURES, Erasures
from interfaces.outbound.postgres.migrate import demand_prefix, migrate, migrations
from interfaces.outbound.postgres.sessions import parameters

CHUNK_ROWS: Final = 50_000
BLOCK_ROWS: Final = 500


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A backup of one log, and what from outside it must agree with."""

    folder: Path
    log: str
    trusted: tuple[Checkpoint, ...] = ()
    erasures: Erasures = msgspec.field(default_factory=lambda: ERASURES)


class Restored(msgspec.Struct, frozen=True):
    """What was put back, and whom it calls erased."""

    manifest: Manifest
    erased: frozenset[str]


def open_backup(source: Source, stage: Stage = unwatched) -> Manifest:
    """Read a backup's manifest and hold every file against it.

    Raises ArchiveRefused, SchemaRefused when another version of Tallystick made it.
    """
    manifest = read_manifest(source.folder, "log")
    demand_log(manifest, source.log)
    applied = {step.number: step.digest for step in manifest.migrations}
    demand_prefix({step.number: step.digest for step in migrations()}, applied)
    with stage("checking the files", manifest.bytes) as tick:
        check_files(source.folder, manifest, tick)
    return manifest


def restore_log(url: str, source: Source, manifest: Manifest, stage: Stage = unwatched) -> Restored:
    """Fill an empty database from an opened backup; it ends at this version's schema.

    Raises ArchiveRefused, FaultFound with the first bad position, SchemaRefused, psycopg.Error.
    """
    migrate(url, last=max((step.number for step in manifest.migrations), default=0))
    limits = parameters("restore", statement_seconds=0)
    with psycopg.connect(url, autocommit=True, **limits) as connection:
        # A crash loses the whole attempt anyway; the change of names at its end waits for the disk.
        connection.execute("SET synchronous_commit = off")
        _demand_tables(connection, manifest)
        for part in manifest.parts:
            if part.table != EVENTS:
                _load(connection, source.folder, part)
        with stage("restoring the log", manifest.position) as tick:
            erased = _load_log(connection, source, manifest, tick)
    migrate(url)
    with psycopg.connect(url, autocommit=True, **limits) as connection:
        connection.execute("ANALYZE")
    return Restored(manifest, erased)


def demand_log(manifest: Manifest, log: str) -> None:
    """Demand that a backup is of this log. Raises ArchiveRefused."""
    if manifest.log != log:
        raise ArchiveRefused(f"the backup holds the log {manifest.log}, not {log}")


def _demand_tables(connection: psycopg.Connection, manifest: Manifest) -> None:
    tables = kept_tables(connection, manifest.kind)
    if {part.table: part.columns for part in manifest.parts} != tables:
        raise ArchiveRefused("the backup's tables are not those of its schema")


def _load(connection: psycopg.Connection, folder: Path, part: Part) -> None:
    """Copy a small table in one transaction."""
    with connection.cursor() as cursor, cursor.copy(into("log", part)) as copy:
        for piece in copied(map(packed, rows(folder, part))):
            copy.write(piece)


def _load_log(
    connection: psycopg.Connection, source: Source, manifest: Manifest, tick: Tick
) -> frozenset[str]:
    """Copy the log and the tiles that it makes, a chunk in each transaction; tell who is erased."""
    tiles: list[Tile] = []
    archived = ArchivedLog(source.folder, manifest, source.trusted, keep=tiles.append)
    erased: set[str] = set()
    rest = _noting(archived.rows(), source.erasures, erased)
    statement = into("log", manifest.part(EVENTS))
    for first in rest:
        chunk = _blocks(first, islice(rest, CHUNK_ROWS - 1), tick)
        with connection.transaction(), connection.cursor() as cursor:
            with cursor.copy(statement) as copy:
                for piece in copied(chunk):
                    copy.write(piece)
            _add_tiles(cursor, tiles)
        tiles.clear()
    archived.end()
    return frozenset(erased)


def _noting(
    events: Iterator[tuple[Fields, Envelope]], erasures: Erasures, erased: set[str]
) -> Iterator[Fields]:
    for fields, envelope in events:
        if envelope.type in erasures:
            erased.add(erasures[envelope.type](envelope))
        yield fields


def _blocks(first: Fields, rest: Iterator[Fields], tick: Tick) -> Iterator[bytes]:
    block = [packed(first)]
    for fields in rest:
        block.append(packed(fields))
        if len(block) == BLOCK_ROWS:
            yield b"".join(block)
            tick(len(block))
            block.clear()
    yield b"".join(block)
    tick(len(block))


def into(kind: Kind, part: Part) -> sql.Composed:
    """Give the statement that copies a part's rows into its table."""
    return sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
        sql.Identifier(SCHEMAS[kind], part.table),
        sql.SQL(", ").join(sql.Identifier(column.name) for column in part.columns),
    )


def _add_tiles(cursor: psycopg.Cursor, tiles: Sequence[Tile]) -> None:
    statement = "COPY tiles (level, index, hashes, root) FROM STDIN (FORMAT binary)"
    with cursor.copy(statement) as copy:
        copy.set_types(["int2", "int8", "bytea", "bytea"])
        for tile in tiles:
            copy.write_row((tile.level, tile.index, tile.hashes, tile.root))
