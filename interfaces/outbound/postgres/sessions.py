"""Sessions with the database: how they are opened, and what happens when one is lost.

A `Session` is for synchronous callers (workers, views, the vault). It opens itself when first
used, and a piece of work that meets a lost connection is done once more on a fresh one: give it
only work that may be done twice.
"""

import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

import psycopg
from psycopg import errors

from application.ports.gate import StoreUnavailable

T = TypeVar("T")

LOST: Final = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    # These end the session too, but Postgres counts them among invalid transaction states.
    errors.IdleInTransactionSessionTimeout,
    errors.TransactionTimeout,
)
"""What psycopg raises when the database is away, stops a statement, or the line is cut."""

DEAD_LINE_MILLISECONDS: Final = 3_000
"""How long a line may leave bytes unacknowledged before it counts as dead."""


def parameters(
    name: str, *, statement_seconds: float = 30.0, idle_seconds: float | None = None
) -> dict[str, Any]:
    """Give the connection parameters of a session with this name; 0 seconds: no limit.

    A transaction that waits for its client ends after ``idle_seconds``, by default those of a
    statement. A peer that vanished is noticed within seconds, not within TCP's two hours, by
    the server as well; where statements have no limit only a silent line counts, for a stream
    of rows may wait for its reader's disk.
    """
    idle = statement_seconds if idle_seconds is None else idle_seconds
    line = DEAD_LINE_MILLISECONDS if statement_seconds else 0
    return {
        "application_name": f"tallystick {name}",
        "connect_timeout": 2,
        "keepalives_idle": 5,
        "keepalives_interval": 1,
        "keepalives_count": 3,
        "tcp_user_timeout": line,
        "options": f"-c statement_timeout={int(statement_seconds * 1000)} "
        f"-c idle_in_transaction_session_timeout={int(idle * 1000)} "
        "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3 "
        f"-c tcp_user_timeout={line}",
    }


def unavailable(error: Exception) -> StoreUnavailable:
    """Say that the store is away; carries the kind of error, never a value or an address."""
    return StoreUnavailable(describe(error))


def describe(error: Exception) -> str:
    """Name an error without its text, which may quote values: its type and SQLSTATE."""
    state = getattr(error, "sqlstate", None)
    return f"{type(error).__name__} {state}" if state else type(error).__name__


class Session:
    """A connection that opens itself, for one piece of work at a time, from any thread."""

    def __init__(self, url: str, name: str, *, statement_seconds: float = 30.0) -> None:
        self._url = url
        self._parameters = parameters(name, statement_seconds=statement_seconds)
        self._connection: psycopg.Connection | None = None
        self._lock = threading.RLock()

    def run(self, work: Callable[[psycopg.Connection], T]) -> T:
        """Do work that may be done twice, in autocommit. Raises StoreUnavailable."""
        with self._lock:
            was_open = self._connection is not None
            try:
                return work(self._opened())
            except LOST as error:
                self.close()
                if not was_open:
                    raise unavailable(error) from error
            try:
                return work(self._opened())
            except LOST as error:
                self.close()
                raise unavailable(error) from error

    def close(self) -> None:
        """Close the connection; the next piece of work opens another."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _opened(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._url, autocommit=True, **self._parameters)
        return self._connection
