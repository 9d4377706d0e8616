"""Questions to the views for callers without an event loop: workers and commands."""

from typing import Any, TypeVar

import msgspec
from psycopg import Connection
from psycopg.rows import dict_row

from interfaces.outbound.postgres.reader import search_path
from interfaces.outbound.postgres.sessions import Session
from projections.query import Query
from projections.view import View

R = TypeVar("R", bound=msgspec.Struct)

_REACHED = "SELECT position FROM view_checkpoints WHERE view = %s AND version = %s"


class Questions:
    """Answers queries from the views as they stand."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def fetch(self, query: Query[R]) -> list[R]:
        """Answer all rows. Raises StoreUnavailable."""

        def work(connection: Connection[Any]) -> list[dict[str, object]]:
            with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
                cursor.execute(search_path())
                return cursor.execute(query.sql.encode(), query.parameters).fetchall()

        return [msgspec.convert(row, query.row) for row in self._session.run(work)]

    def one(self, query: Query[R]) -> R | None:
        """Answer the first row, if any. Raises StoreUnavailable."""
        rows = self.fetch(query)
        return rows[0] if rows else None

    def reached(self, view: View) -> int:
        """Tell the last position that a view knows, 0 for none. Raises StoreUnavailable."""
        row = self._session.run(
            lambda connection: connection.execute(_REACHED, (view.name, view.version)).fetchone()
        )
        return int(row[0]) if row else 0
