"""A view built anew beside the one in use: to compare the two, or to take its place."""

from typing import Final

import psycopg
from psycopg import sql

from application.ports.log import ViewSource
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.viewrunner import BATCH, VIEW_LOCK, ViewRunner
from interfaces.outbound.postgres.viewtables import ViewTables
from projections.view import Table, View

NEXT: Final = "_next"
LAST: Final = "_last"

_LOCK: Final = "SELECT position FROM view_checkpoints WHERE view = %s FOR UPDATE"
_POSITIONS = "SELECT view, position FROM view_checkpoints WHERE view IN (%s, %s)"


class Rebuild:
    """One rebuild of one view; nothing else may rebuild the same view at the same time."""

    def __init__(self, view: View, session: Session, log: ViewSource) -> None:
        self._view = view
        self._session = session
        self._log = log
        self._next = ViewRunner(view, session, name=view.name + NEXT)
        self._current = ViewRunner(view, session).tables
        self._last = ViewTables(view, self._current.schema + LAST)

    def compare(self) -> list[str]:
        """Build the view anew up to where the present one stands and name the tables that differ.

        Both are compared in one snapshot at one position; the new one is then removed. Raises
        StoreUnavailable, and RuntimeError when an event cannot be folded.
        """
        self._begin()
        try:
            while True:
                target = self._session.run(self._target)
                if self._next.position < target:
                    self._advance(min(BATCH, target - self._next.position))
                elif (differing := self._session.run(self._differing)) is not None:
                    return differing
        finally:
            self._session.run(self._discard)

    def switch(self) -> None:
        """Build the view anew up to the head of the log and let it take the other's place.

        Readers go on meanwhile: schemas change their names, which waits for nobody, and the
        tables that nobody can find any more are dropped afterwards. Raises StoreUnavailable,
        and RuntimeError when an event cannot be folded or the log is behind the view.
        """
        self._begin()
        while self._advance(BATCH):
            pass
        self._session.run(self._take_over)
        self._session.run(self._drop_last)

    def _begin(self) -> None:
        self._session.run(self._discard)
        self._next.prepare()

    def _advance(self, limit: int) -> int:
        folded = self._next.step(self._log, limit)
        if self._next.stopped:
            self._session.run(self._discard)
            message = f"{self._view.name} cannot be rebuilt past {self._next.position}"
            raise RuntimeError(message)
        return folded

    def _target(self, connection: psycopg.Connection) -> int:
        return _positions(connection, self._view)[self._view.name]

    def _differing(self, connection: psycopg.Connection) -> list[str] | None:
        """Name the tables that differ; nothing when the two views are not at one position."""
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            if len(set(_positions(connection, self._view).values())) != 1:
                return None
            return [
                table.name
                for table in self._view.tables
                if _differs(connection, table, self._current, self._next.tables)
            ]

    def _take_over(self, connection: psycopg.Connection) -> None:
        name = self._view.name
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [VIEW_LOCK])
            if name + NEXT not in _positions(connection, self._view):
                return  # a first attempt got through before its connection was lost
            self._next.prepare()  # what a first attempt folded here went with its connection
            # Whoever keeps the present view waits from here on, so that the new one can come as
            # far: a reader that has seen a position never sees an earlier one.
            row = connection.execute(_LOCK, [name]).fetchone()
            while row is not None and self._next.position < row[0]:
                if not self._advance(min(BATCH, row[0] - self._next.position)):
                    message = f"the log that is read here ends before {name} does"
                    raise RuntimeError(message)
            self._last.drop(connection)
            if row is None:
                self._current.drop(connection)
            else:
                connection.execute(_renamed(self._current, self._last))
            connection.execute(_renamed(self._next.tables, self._current))
            connection.execute("DELETE FROM view_checkpoints WHERE view = %s", [name])
            connection.execute(
                "UPDATE view_checkpoints SET view = %s WHERE view = %s", [name, name + NEXT]
            )

    def _drop_last(self, connection: psycopg.Connection) -> None:
        # Waits for readers that are at it, and nobody waits for this: the name is unknown.
        with connection.transaction():
            self._last.drop(connection)

    def _discard(self, connection: psycopg.Connection) -> None:
        with connection.transaction():
            self._next.tables.drop(connection)
            connection.execute("DELETE FROM view_checkpoints WHERE view = %s", [self._next.name])


def _renamed(one: ViewTables, other: ViewTables) -> sql.Composed:
    return sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(
        sql.Identifier(one.schema), sql.Identifier(other.schema)
    )


def _positions(connection: psycopg.Connection, view: View) -> dict[str, int]:
    return dict(connection.execute(_POSITIONS, [view.name, view.name + NEXT]).fetchall())


def _differs(
    connection: psycopg.Connection, table: Table, one: ViewTables, other: ViewTables
) -> bool:
    statement = sql.SQL(
        "SELECT EXISTS (TABLE {one} EXCEPT ALL TABLE {other})"
        " OR EXISTS (TABLE {other} EXCEPT ALL TABLE {one})"
    ).format(
        one=sql.Identifier(one.schema, table.name), other=sql.Identifier(other.schema, table.name)
    )
    row = connection.execute(statement).fetchone()
    return row is None or bool(row[0])
