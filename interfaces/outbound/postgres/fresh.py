"""A database that is made aside and takes another's place whole, or is never seen.

It is filled under a name that no process of ours looks for. Only when all of it is there and holds
do the names change, both in one transaction. What was in the place before keeps its rows under
another name: nothing is ever overwritten. A database that a killed process left aside is removed
by the next one, which knows by a lock that nobody is at it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, LiteralString

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from interfaces.outbound.postgres.backup import DERIVED
from interfaces.outbound.postgres.sessions import parameters

SERVER: Final = "postgres"
"""The database that every server has: where other databases are made and renamed from."""

SUFFIX: Final = "_restoring"
ASIDE: Final = "_before"
NAME_BYTES_MAX: Final = 63
RESTORE_LOCK: Final = int.from_bytes(b"tallyres")

_SESSIONS: Final[LiteralString] = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = %s AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
_TABLES: Final[LiteralString] = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname NOT LIKE 'pg\\_%'
  AND n.nspname <> 'information_schema'
"""


class TargetRefused(Exception):
    """The database may not be put in that place; the text says why. Nothing was changed."""


class FreshDatabase:
    """The place `url`, and the database aside that is to take it."""

    def __init__(self, url: str, server: psycopg.Connection, *, switch: bool) -> None:
        self._server = server
        self._place = str(conninfo_to_dict(url).get("dbname") or "")
        self._aside = self._place[: NAME_BYTES_MAX - len(SUFFIX)] + SUFFIX
        self._switch = switch
        self.place = url
        self.url = make_conninfo(url, dbname=self._aside)

    @property
    def replaces(self) -> bool:
        """Whether there is a database in the place."""
        return self._exists(self._place)

    def make(self) -> None:
        """Make the database aside. Raises TargetRefused."""
        self._demand_place()
        self.drop()
        self._run("CREATE DATABASE {}", self._aside)

    def drop(self) -> None:
        """Remove the database aside, also one that a killed process left."""
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._aside)

    def take_place(self) -> str | None:
        """Change the names and tell the one under which the old database is kept, if it had rows.

        Raises TargetRefused.
        """
        replaced = self.replaces
        is_empty = replaced and self._is_empty()
        kept = self._free_name() if replaced else ""
        try:
            with self._server.transaction():
                if replaced:
                    self._run("ALTER DATABASE {} RENAME TO {}", self._place, kept)
                self._run("ALTER DATABASE {} RENAME TO {}", self._aside, self._place)
        except errors.ObjectInUse as error:
            raise TargetRefused(
                f"the database {self._place} is in use: stop what uses it"
            ) from error
        if is_empty:
            self._run("DROP DATABASE {}", kept)
        return None if is_empty or not replaced else kept

    def _demand_place(self) -> None:
        if not self.replaces:
            return
        row = self._server.execute(_SESSIONS, [self._place]).fetchone()
        if row is None or row[0]:
            raise TargetRefused(f"the database {self._place} is in use: stop what uses it")
        if not self._switch and not self._is_empty():
            raise TargetRefused(
                f"the database {self._place} is not empty, and nothing is ever overwritten: "
                "name a new database, or keep the old one aside with --switch"
            )

    def _is_empty(self) -> bool:
        """Whether the database holds no rows but such as are made again by themselves."""
        with psycopg.connect(self.place, **parameters("restore")) as connection:
            tables = connection.execute(_TABLES).fetchall()
            return not any(
                _has_rows(connection, schema, table)
                for schema, table in tables
                if table not in DERIVED and not schema.startswith("view_")
            )

    def _free_name(self) -> str:
        number = 1
        while self._exists(name := self._place[: NAME_BYTES_MAX - 12] + f"{ASIDE}_{number}"):
            number += 1
        return name

    def _exists(self, name: str) -> bool:
        found = self._server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return found.fetchone() is not None

    def _run(self, statement: LiteralString, *names: str) -> None:
        self._server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def fresh_database(url: str, *, switch: bool) -> Iterator[FreshDatabase]:
    """Make a database aside of the place ``url`` names; it is gone afterwards unless it took it.

    With ``switch`` the place may hold a log already. Raises TargetRefused, psycopg.Error.
    """
    if conninfo_to_dict(url).get("dbname") in {None, SERVER}:
        raise TargetRefused(f"name a database in the URL, another one than {SERVER}")
    limits: dict[str, Any] = parameters("restore", statement_seconds=0)
    server = make_conninfo(url, dbname=SERVER)
    with psycopg.connect(server, autocommit=True, **limits) as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [RESTORE_LOCK]).fetchone()
        if row is None or not row[0]:
            raise TargetRefused("another restore is at work on this server")
        database = FreshDatabase(url, connection, switch=switch)
        database.make()
        try:
            yield database
        finally:
            database.drop()


def _has_rows(connection: psycopg.Connection, schema: str, table: str) -> bool:
    statement = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(schema, table))
    row = connection.execute(statement).fetchone()
    return row is None or bool(row[0])
