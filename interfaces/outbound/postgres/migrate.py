"""Brings a database to the tables of this version: numbered files, each applied once.

A file that was applied is never edited: its digest is kept and compared.
"""

import importlib.resources
import re
from hashlib import sha256
from typing import Final

import msgspec
import psycopg

from interfaces.outbound.postgres.sessions import parameters

MIGRATION_LOCK: Final = int.from_bytes(b"tallymig")

_FILE = re.compile(r"([0-9]{4})_[a-z_]+\.sql")
_TABLE = """
CREATE TABLE IF NOT EXISTS migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    digest text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


class Migration(msgspec.Struct, frozen=True):
    """A numbered step of the schema."""

    number: int
    name: str
    statements: str

    @property
    def digest(self) -> str:
        """The SHA-256 of the file."""
        return sha256(self.statements.encode()).hexdigest()


class SchemaRefused(Exception):
    """The database's tables are not those of this version's files; nothing was changed."""


class MigrationEdited(SchemaRefused):
    """A file that the database has applied says something else now."""


class MigrationMissing(SchemaRefused):
    """A file below the last one that the database has applied is not there, or was not applied."""


class DatabaseNewer(SchemaRefused):
    """The database was brought further by a later version of Tallystick."""


def migrations() -> list[Migration]:
    """List the steps of this version in order."""
    folder = importlib.resources.files("interfaces.outbound.postgres.migrations")
    found = [
        Migration(int(match[1]), file.name, file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if (match := _FILE.fullmatch(file.name))
    ]
    return sorted(found, key=lambda migration: migration.number)


def migrate(url: str, *, last: int | None = None) -> list[str]:
    """Apply what the database lacks and name it; safe to call from several processes at once.

    With ``last`` nothing beyond that number is applied. Raises SchemaRefused, psycopg.Error.
    """
    options = parameters("migrate", statement_seconds=0)
    # The connection's context is one transaction: all steps or none.
    with psycopg.connect(url, **options) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [MIGRATION_LOCK])
        connection.execute(_TABLE)
        rows = connection.execute("SELECT number, digest FROM migrations").fetchall()
        return _apply(connection, dict(rows), last)


def _apply(connection: psycopg.Connection, applied: dict[int, str], last: int | None) -> list[str]:
    steps = migrations()
    demand_prefix({step.number: step.digest for step in steps}, applied)
    wanted = [step for step in steps if step.number not in applied]
    if last is not None:
        wanted = [step for step in wanted if step.number <= last]
    for step in wanted:
        connection.execute(step.statements.encode())
        connection.execute(
            "INSERT INTO migrations (number, name, digest) VALUES (%s, %s, %s)",
            [step.number, step.name, step.digest],
        )
    return [step.name for step in wanted]


def demand_prefix(known: dict[int, str], applied: dict[int, str]) -> None:
    """Demand that what was applied is how our files begin. Raises SchemaRefused."""
    last, ours = max(applied, default=0), max(known, default=0)
    if last > ours:
        raise DatabaseNewer(
            f"the database has migration {last}, this version of Tallystick ends with {ours}: "
            "start the version that made it, or a later one"
        )
    for number in sorted(known.keys() | applied.keys()):
        if number <= last and not (number in known and number in applied):
            raise MigrationMissing(
                f"the database has migration {last}, but "
                f"{'it lacks' if number in known else 'this version has no'} migration {number}"
            )
        if number <= last and known[number] != applied[number]:
            raise MigrationEdited(
                f"migration {number} is not the file that the database has applied: "
                "put the old file back and write a new one"
            )
