"""Takes backups of a store that is in use: one snapshot, and nobody waits for it.

All tables are read in one transaction that sees one moment of the database. The writer only adds
rows and keeps its head in the last one, so a snapshot that stays open costs it nothing. Then the
files are read back from the disk and inspected as a restore will inspect them: a log that is
broken is found when it is backed up, not on the day when the backup is needed.

What can be made again from the log is left out (tiles, views), so that it need not be trusted
afterwards. The vault goes into a folder of its own: whoever holds only the other one can open no
personal data. The keys of the installation (``<data>/keys``) go into neither.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Final

import msgspec
import psycopg
from psycopg import sql

from domain.integrity.checkpoint import Checkpoint
from interfaces.outbound.postgres.archive import (
    FORMAT,
    Applied,
    ArchiveRefused,
    Column,
    Kind,
    Manifest,
    Part,
    Stage,
    Tick,
    new_folder,
    unwatched,
    write_manifest,
)
from interfaces.outbound.postgres.archivedlog import ArchivedLog
from interfaces.outbound.postgres.sessions import parameters

DERIVED: Final = frozenset(
    {
        "migrations",
        "tiles",
        "view_checkpoints",
        "snapshots",
        "stream_ends",
        "stream_ends_place",
    }
)
"""Tables that are made again from the log and the migrations; all others are backed up."""

SCHEMAS: Final[Mapping[Kind, str]] = {"log": "public", "vault": "vault"}

_COLUMNS: Final = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r'
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY c.relname, a.attnum
"""
_HEAD: Final = "SELECT position, chain FROM events ORDER BY position DESC LIMIT 1"
_CHECKPOINT: Final = "SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1"
_MIGRATIONS: Final = "SELECT number, digest FROM migrations ORDER BY number"
_SIZE: Final = """
SELECT coalesce(sum(pg_table_size(c.oid)), 0)::bigint FROM pg_class c
WHERE c.relnamespace = %s::regnamespace AND c.relname = ANY(%s)
"""

Tables = dict[str, tuple[Column, ...]]


class Taken(msgspec.Struct, frozen=True):
    """A finished backup: what it holds, and the digest of its manifest to write down elsewhere."""

    manifest: Manifest
    digest: str


class Backup:
    """Backs up the database of one log. ``trusted`` is what was signed and kept outside of it."""

    def __init__(
        self,
        url: str,
        *,
        log: str,
        trusted: Sequence[Checkpoint] = (),
        stage: Stage = unwatched,
    ) -> None:
        self._url = url
        self._log = log
        self._trusted = trusted
        self._stage = stage

    def take(self, folders: Mapping[Kind, Path]) -> dict[Kind, Taken]:
        """Fill the folders from one snapshot; each is there whole or not at all.

        Raises ArchiveRefused, FaultFound when the log is broken, psycopg.Error, OSError.
        """
        with ExitStack() as stack:
            opened: dict[Kind, Path] = {
                kind: stack.enter_context(new_folder(path)) for kind, path in folders.items()
            }
            with _snapshot(self._url) as connection:
                manifests = {
                    kind: self._copy(connection, kind, path) for kind, path in opened.items()
                }
            if "log" in opened:
                manifests["log"] = self._read_back(opened["log"], manifests["log"])
            return {
                kind: Taken(manifests[kind], write_manifest(path, manifests[kind]))
                for kind, path in opened.items()
            }

    def _copy(self, connection: psycopg.Connection, kind: Kind, folder: Path) -> Manifest:
        head = connection.execute(_HEAD).fetchone()
        if head is None:
            raise ArchiveRefused("the log is empty: there is nothing to back up")
        note = connection.execute(_CHECKPOINT).fetchone()
        tables = kept_tables(connection, kind)
        size = connection.execute(_SIZE, [SCHEMAS[kind], list(tables)]).fetchone()
        with self._stage(f"copying the {kind}", int(size[0]) if size else 0) as tick:
            parts = [
                _copy(connection, folder, (SCHEMAS[kind], table, columns), tick)
                for table, columns in tables.items()
            ]
        return Manifest(
            format=FORMAT,
            kind=kind,
            log=self._log,
            position=head[0],
            chain=head[1].hex(),
            root="",
            checkpoint=None if note is None or kind == "vault" else str(note[0]),
            migrations=tuple(Applied(*row) for row in connection.execute(_MIGRATIONS)),
            parts=tuple(parts),
        )

    def _read_back(self, folder: Path, manifest: Manifest) -> Manifest:
        archived = ArchivedLog(folder, manifest, self._trusted)
        with self._stage("reading it back", manifest.position) as tick:
            for _ in archived.rows():
                tick(1)
        return msgspec.structs.replace(manifest, root=archived.end().hex())


@contextmanager
def _snapshot(url: str) -> Iterator[psycopg.Connection]:
    limits = parameters("backup", statement_seconds=0)
    with psycopg.connect(url, **limits) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield connection


def kept_tables(connection: psycopg.Connection, kind: Kind) -> Tables:
    """List the tables that a backup holds, with their columns."""
    found = connection.execute(_COLUMNS, [SCHEMAS[kind]]).fetchall()
    return {
        table: tuple(Column(name, form) for _, name, form in columns)
        for table, columns in groupby(found, key=lambda row: str(row[0]))
        if table not in DERIVED
    }


def _copy(
    connection: psycopg.Connection,
    folder: Path,
    source: tuple[str, str, tuple[Column, ...]],
    tick: Tick,
) -> Part:
    schema, table, columns = source
    statement = sql.SQL("COPY (SELECT {} FROM {} ORDER BY 1) TO STDOUT (FORMAT binary)").format(
        sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
        sql.Identifier(schema, table),
    )
    digest, size = sha256(), 0
    handle = os.open(folder / f"{table}.copy", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb", buffering=2**20) as file, connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for block in copy:
                file.write(block)
                digest.update(block)
                size += len(block)
                tick(len(block))
        rows = cursor.rowcount
        file.flush()
        os.fsync(file.fileno())
    return Part(table=table, columns=columns, rows=rows, bytes=size, sha256=digest.hexdigest())
