"""Puts the vault's keys back, but for those that were destroyed for good.

A key does not come back when the log says that its person is erased, when the vault that is there
marks it as erased, or when the database that is being replaced does. It is left out before it is
written anywhere: only its mark comes in. An erasure that none of the three knows (all of them
older than it) cannot be known here; as long as no decision writes an erasure on the log, the marks
are all there is.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import psycopg
from psycopg import errors

from interfaces.outbound import sealing
from interfaces.outbound.postgres.archive import (
    ArchiveRefused,
    Fields,
    Manifest,
    Part,
    Stage,
    check_files,
    packed,
    read_manifest,
    rows,
    unwatched,
)
from interfaces.outbound.postgres.backup import kept_tables
from interfaces.outbound.postgres.bulk import copied
from interfaces.outbound.postgres.erasures import ERASURES, Erasures, erased_persons
from interfaces.outbound.postgres.restoring import demand_log, into
from interfaces.outbound.postgres.sessions import parameters
from interfaces.outbound.sealing import BoxDamaged

KEYS: Final = "keys"

_LOCK: Final = "LOCK TABLE vault.keys IN SHARE ROW EXCLUSIVE MODE"
_MARK: Final = """
INSERT INTO vault.keys (key, person, wrapped, erased_at) VALUES (%s, %s, NULL, now())
ON CONFLICT (key) DO UPDATE SET wrapped = NULL, erased_at = now() WHERE keys.erased_at IS NULL
"""
_MARKS: Final = "SELECT key, person FROM vault.keys WHERE erased_at IS NOT NULL"
_LIVING: Final = "SELECT key, person FROM vault.keys WHERE erased_at IS NULL"


class VaultSource(msgspec.Struct, frozen=True, kw_only=True):
    """A backup of one log's vault, and the key that its keys are wrapped by."""

    folder: Path
    log: str
    key_encryption_key: bytes
    erasures: Erasures = msgspec.field(default_factory=lambda: ERASURES)


class Key(NamedTuple):
    """A row of the vault: the key's name, its person, and the key unless it is erased."""

    name: str
    person: str
    wrapped: bytes | None
    fields: Fields


class VaultRestored(msgspec.Struct, frozen=True):
    """How many keys came back, and how many stay destroyed."""

    living: int
    erased: int


def open_vault_backup(source: VaultSource, stage: Stage = unwatched) -> Manifest:
    """Read the manifest, hold the file against it, and open each key. Raises ArchiveRefused."""
    manifest = read_manifest(source.folder, "vault")
    demand_log(manifest, source.log)
    with stage("checking the vault", manifest.bytes) as tick:
        check_files(source.folder, manifest, tick)
    part = manifest.part(KEYS)
    for key, person, wrapped, _ in _keys(source.folder, part):
        if wrapped is not None:
            _demand_opens(source, key, person, wrapped)
    return manifest


def erasure_marks(url: str) -> dict[str, str]:
    """Tell the erased keys that a database's vault marks, each with its person.

    A database without a vault marks none. Raises psycopg.Error.
    """
    with psycopg.connect(url, **parameters("restore")) as connection:
        try:
            return dict(connection.execute(_MARKS).fetchall())
        except errors.UndefinedTable:
            return {}


def restore_vault(
    url: str, source: VaultSource, manifest: Manifest, marks: Mapping[str, str]
) -> VaultRestored:
    """Bring keys into a database whose log is there, all of them or none.

    ``marks`` are further erased keys with their persons. A key that the vault has stays as it is.
    Raises ArchiveRefused, also when a person has got another key meanwhile; psycopg.Error.
    """
    part = manifest.part(KEYS)
    with psycopg.connect(url, **parameters("restore", statement_seconds=0)) as connection:
        if kept_tables(connection, "vault") != {KEYS: part.columns}:
            raise ArchiveRefused("the backup's vault has another form than this version's")
        # Whoever erases a person from here on waits, and then finds the keys that came back.
        connection.execute(_LOCK)
        mark_erased(connection, marks)
        erased = erased_persons(connection, source.erasures)
        _destroy(connection, erased)
        known = {row[0] for row in connection.execute("SELECT key FROM vault.keys")}
        try:
            _bring(connection, source.folder, part, known, erased)
        except errors.UniqueViolation as error:
            message = "a person in the backup has got another key since: restore both together"
            raise ArchiveRefused(message) from error
        counted = _counted(connection)
    if erased or marks:
        _clear(url)
    return counted


def _clear(url: str) -> None:
    """Clear dead rows away, which would still hold what was destroyed."""
    with psycopg.connect(url, autocommit=True, **parameters("restore")) as connection:
        connection.execute("VACUUM vault.keys")


def mark_erased(connection: psycopg.Connection, marks: Mapping[str, str]) -> None:
    """Mark keys as erased, so that they can never come in."""
    with connection.cursor() as cursor:
        cursor.executemany(_MARK, list(marks.items()))


def _destroy(connection: psycopg.Connection, erased: frozenset[str]) -> None:
    living = connection.execute(_LIVING).fetchall()
    mark_erased(connection, {key: person for key, person in living if person in erased})


def _bring(
    connection: psycopg.Connection,
    folder: Path,
    part: Part,
    known: set[str],
    erased: frozenset[str],
) -> None:
    gone: dict[str, str] = {}

    def wanted() -> Iterator[bytes]:
        for key, person, _, fields in _keys(folder, part):
            if key in known:
                continue
            if person in erased:
                gone[key] = person
            else:
                yield packed(fields)

    with connection.cursor() as cursor, cursor.copy(into("vault", part)) as copy:
        for piece in copied(wanted()):
            copy.write(piece)
    mark_erased(connection, gone)


def _keys(folder: Path, part: Part) -> Iterator[Key]:
    names = [column.name for column in part.columns]
    if not {"key", "person", "wrapped"} <= set(names):
        raise ArchiveRefused("the backup's vault lacks columns")
    key, person, wrapped = map(names.index, ("key", "person", "wrapped"))
    for fields in rows(folder, part):
        named = [(fields[place] or b"").decode() for place in (key, person)]
        yield Key(named[0], named[1], fields[wrapped], fields)


def _demand_opens(source: VaultSource, key: str, person: str, wrapped: bytes) -> None:
    try:
        sealing.unwrap(source.key_encryption_key, name=key, person=person, wrapped=wrapped)
    except BoxDamaged as error:
        message = "the vault's keys were wrapped by another key-encryption key than ours"
        raise ArchiveRefused(message) from error


def _counted(connection: psycopg.Connection) -> VaultRestored:
    row = connection.execute(
        "SELECT count(*) FILTER (WHERE erased_at IS NULL), count(erased_at) FROM vault.keys"
    ).fetchone()
    return VaultRestored(*row) if row else VaultRestored(0, 0)
