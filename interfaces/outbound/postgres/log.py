"""Reading the log from Postgres, for callers without an event loop."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import psycopg
from psycopg import sql

from application.envelopes import read, read_any
from application.ports.log import Head
from domain.kernel.event import Recorded
from interfaces.outbound.deciding import Logged, last_head, open_head
from interfaces.outbound.postgres.sessions import LOST, Session, parameters, unavailable

POLL_SECONDS: Final = 1.0
"""A notification is a hint: at least this often the log is looked at without one."""

_LAST = "SELECT position, stream, version, body, chain FROM events ORDER BY position DESC LIMIT 1"
_READ = "SELECT position, body, chain FROM events WHERE position > %s ORDER BY position LIMIT %s"
_READ_STREAM = (
    "SELECT position, body, chain FROM events WHERE stream = %s AND version > %s ORDER BY version"
)


class PostgresLog:
    """Reads the log of one database; any thread may read, one at a time."""

    def __init__(self, url: str, *, log: str) -> None:
        self._name = log
        self._session = Session(url, "log reader")
        self._bell = Bell(url)

    def head(self) -> Head:
        """Tell the last position. Raises StoreUnavailable."""
        rows = self._rows(_LAST)
        return last_head(Logged(*rows[0])) if rows else open_head(self._name)

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Read events behind a position in order. Raises StoreUnavailable."""
        return [read(*row) for row in self._rows(_READ, after, limit)]

    def read_any(self, after: int, limit: int) -> Sequence[Recorded]:
        """Read events behind a position in order; facts of a later version are unreadable ones.

        Raises StoreUnavailable.
        """
        return [read_any(*row) for row in self._rows(_READ, after, limit)]

    def read_stream(self, stream: str, after_version: int = 0) -> Sequence[Recorded]:
        """Read a stream's events in order. Raises StoreUnavailable."""
        return [read(*row) for row in self._rows(_READ_STREAM, stream, after_version)]

    def wait(self, after: int, timeout: float) -> bool:
        """Wait until the log is longer than ``after`` or the seconds are over.

        Raises StoreUnavailable.
        """
        return self._bell.wait(lambda: self.head().position > after, timeout)

    def close(self) -> None:
        """End the sessions."""
        self._session.close()
        self._bell.close()

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        def work(connection: psycopg.Connection) -> list[tuple[Any, ...]]:
            cursor = connection.cursor(binary=True)
            return cursor.execute(query.encode(), values).fetchall()

        return self._session.run(work)


class Bell:
    """Hears that the log has grown: listen first, then look, then wait with a time-out.

    Each thread that waits has a session of its own, so nobody waits for another's wait.
    """

    def __init__(self, url: str, channel: str = "events") -> None:
        self._url = url
        self._listen = sql.SQL("LISTEN {}").format(sql.Identifier(channel))
        self._lock = threading.Lock()
        self._sessions: dict[int, psycopg.Connection] = {}

    def wait(self, arrived: Callable[[], bool], timeout: float) -> bool:
        """Wait until ``arrived`` says so, or the seconds are over. Raises StoreUnavailable."""
        deadline = time.monotonic() + timeout
        try:
            connection = self._listening()
            while not arrived():
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                for _ in connection.notifies(timeout=min(left, POLL_SECONDS), stop_after=1):
                    pass
        except LOST as error:
            self._drop(threading.get_ident())
            raise unavailable(error) from error
        return True

    def close(self) -> None:
        """Stop listening."""
        for thread in list(self._sessions):
            self._drop(thread)

    def _listening(self) -> psycopg.Connection:
        thread = threading.get_ident()
        connection = self._sessions.get(thread)
        if connection is None or connection.closed:
            limits = parameters("log listener", statement_seconds=5.0)
            connection = psycopg.connect(self._url, autocommit=True, **limits)
            with self._lock:
                self._sessions[thread] = connection
            connection.execute(self._listen)
        return connection

    def _drop(self, thread: int) -> None:
        with self._lock:
            connection = self._sessions.pop(thread, None)
        if connection is not None:
            connection.close()
