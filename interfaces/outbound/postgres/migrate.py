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


class MigrationEdited(Exception):
    """A file that the database has applied says something else now, or is missing."""


def migrations() -> list[Migration]:
    """List the steps of this version in order."""
    folder = importlib.resources.files("interfaces.outbound.postgres.migrations")
    found = [
        Migration(int(match[1]), file.name, file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if (match := _FILE.fullmatch(file.name))
    ]
    return sorted(found, key=lambda migration: migration.number)


def migrate(url: str) -> list[str]:
    """Apply what the database lacks and name it; safe to call from several processes at once.

    Raises MigrationEdited, psycopg.Error.
    """
    options = parameters("migrate", statement_seconds=0)
    # The connection's context is one transaction: all steps or none.
    with psycopg.connect(url, **options) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [MIGRATION_LOCK])
        connection.execute(_TABLE)
        rows = connection.execute("SELECT number, digest FROM migrations").fetchall()
        return _apply(connection, dict(rows))


def _apply(connection: psycopg.Connection, applied: dict[int, str]) -> list[str]:
    steps = migrations()
    known = {step.number: step.digest for step in steps}
    for number, digest in applied.items():
        if known.get(number) != digest:
            message = f"migration {number} is not the one that this database has applied"
            raise MigrationEdited(message)
    wanted = [step for step in steps if step.number not in applied]
    for step in wanted:
        connection.execute(step.statements.encode())
        connection.execute(
            "INSERT INTO migrations (number, name, digest) VALUES (%s, %s, %s)",
            [step.number, step.name, step.digest],
        )
    return [step.name for step in wanted]
