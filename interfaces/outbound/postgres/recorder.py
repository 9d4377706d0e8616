"""The `eventsourcing` library's recorder over a table in the shape of the log.

A bytes layer: stream, version, type and body come in, positions without gaps in commit order go
out. What FORMATS demands of a body is enforced above it, by the log's own writer; a recorder is
given a table of its own, so that the library's mappers and repositories work beside the log.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar
from uuid import UUID

import psycopg
from eventsourcing import persistence
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    Notification,
    StoredEvent,
    Subscription,
)
from psycopg import sql
from psycopg_pool import ConnectionPool, PoolTimeout
from typing_extensions import override

from application.ports.gate import StoreUnavailable
from domain.integrity.chain import extend, genesis
from interfaces.outbound.postgres.log import POLL_SECONDS, Bell
from interfaces.outbound.postgres.sessions import parameters

T = TypeVar("T")

PAGE: Final = 500
SESSIONS_MAX: Final = 8

_INSERT = sql.SQL(
    "INSERT INTO {} (position, stream, version, type, command, ordinal, request, body, chain)"
    " SELECT * FROM unnest(%b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::text[]::uuid[],"
    " %b::smallint[], %b::bytea[], %b::bytea[], %b::bytea[])"
)
_LAST = sql.SQL("SELECT position, chain FROM {} ORDER BY position DESC LIMIT 1")
_STREAM = sql.SQL(
    "SELECT version, type, body FROM {} WHERE stream = %(stream)s"
    " AND (%(gt)s::bigint IS NULL OR version > %(gt)s)"
    " AND (%(lte)s::bigint IS NULL OR version <= %(lte)s) ORDER BY version {} LIMIT %(limit)s"
)
_NOTIFICATIONS = sql.SQL(
    "SELECT position, stream, version, type, body FROM {} WHERE position >= %(start)s"
    " AND (%(stop)s::bigint IS NULL OR position <= %(stop)s)"
    " AND (%(topics)s::text[] = '{{}}' OR type = ANY(%(topics)s::text[]))"
    " ORDER BY position LIMIT %(limit)s"
)


def create_table(connection: psycopg.Connection, table: str) -> None:
    """Make a recorder's table: columns and keys of the log's, without its rules for values."""
    statement = "CREATE TABLE {} (LIKE events INCLUDING INDEXES INCLUDING STORAGE)"
    connection.execute(sql.SQL(statement).format(sql.Identifier(table)))


class TallystickAggregateRecorder(AggregateRecorder):
    """Stores events of streams; raises the library's persistence errors."""

    def __init__(self, url: str, table: str) -> None:
        self.url = url
        self.table = table
        self._name = sql.Identifier(table)
        self._pool = ConnectionPool(
            url,
            kwargs={**parameters("recorder"), "autocommit": True},
            min_size=1,
            max_size=SESSIONS_MAX,
            check=ConnectionPool.check_connection,
            open=True,
        )

    def close(self) -> None:
        """End all sessions."""
        self._pool.close()

    @override
    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Store events together or not at all."""
        self._insert(stored_events)
        return None

    @override
    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Read events of a stream."""
        values = {"stream": str(originator_id), "gt": gt, "lte": lte, "limit": limit}
        order = sql.SQL("DESC" if desc else "ASC")
        rows = self._rows(_STREAM.format(self._name, order), values)
        return [StoredEvent(originator_id, version, kind, body) for version, kind, body in rows]

    def _insert(self, stored_events: Sequence[StoredEvent]) -> list[int]:
        if not stored_events:
            return []
        command = str(uuid.uuid4())

        def work(connection: psycopg.Connection) -> list[int]:
            with connection.transaction():
                lock = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
                connection.execute(lock, [self.table])
                last = connection.execute(_LAST.format(self._name)).fetchone()
                position, chain = last or (0, genesis(self.table))
                columns = _columns(stored_events, command, position, chain)
                connection.execute(_INSERT.format(self._name), columns)
                connection.execute(sql.SQL("NOTIFY {}").format(self._name))
                return columns[0]

        return self._run(work)

    def _rows(self, query: sql.Composed, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        return self._run(
            lambda connection: connection.cursor(binary=True).execute(query, values).fetchall()
        )

    def _run(self, work: Callable[[psycopg.Connection], T]) -> T:
        with _translated(), self._pool.connection() as connection:
            return work(connection)


class TallystickRecorder(TallystickAggregateRecorder, ApplicationRecorder):
    """Stores events of streams and tells them again in one order."""

    @override
    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Store events together or not at all and tell their positions."""
        return self._insert(stored_events)

    @override
    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Read events in the order of their positions, a prefix without gaps."""
        first = (start or 0) + (0 if inclusive_of_start else 1)
        values = {"start": first, "stop": stop, "topics": list(topics), "limit": limit}
        rows = self._rows(_NOTIFICATIONS.format(self._name), values)
        return [
            Notification(stream, version, kind, body, position)
            for position, stream, version, kind, body in rows
        ]

    @override
    def max_notification_id(self) -> int | None:
        """Tell the last position."""
        rows = self._rows(_LAST.format(self._name), {})
        return int(rows[0][0]) if rows else None

    @override
    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Tell events as they come: listen, then pull, then wait with a time-out."""
        return _Following(self, gt, topics)


class _Following(Subscription["TallystickRecorder"]):
    def __init__(self, recorder: TallystickRecorder, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(recorder, gt, topics)
        self._bell = Bell(recorder.url, recorder.table)
        self._page: list[Notification] = []

    @override
    def __exit__(self, *args: object, **kwargs: Any) -> None:
        super().__exit__(*args, **kwargs)
        self._bell.close()

    @override
    def __next__(self) -> Notification:
        while not self._page and not self._has_been_stopped:
            try:
                self._bell.wait(self._arrived, POLL_SECONDS)
            except StoreUnavailable as error:
                raise persistence.OperationalError(str(error)) from error
        if self._has_been_stopped:
            raise StopIteration
        return self._page.pop(0)

    def _arrived(self) -> bool:
        if self._has_been_stopped:
            return True
        last = self._last_notification_id or 0
        found = self._recorder.select_notifications(
            last, PAGE, topics=self._topics, inclusive_of_start=False
        )
        if found:
            self._page = list(found)
            self._last_notification_id = found[-1].id
        return bool(found)


def _columns(
    stored_events: Sequence[StoredEvent], command: str, position: int, chain: bytes
) -> tuple[list[Any], ...]:
    rows = []
    for ordinal, event in enumerate(stored_events, start=1):
        position += 1
        chain = extend(position, chain, event.state)
        stream, version = str(event.originator_id), event.originator_version
        request = b"" if ordinal == 1 else None
        rows.append(
            (position, stream, version, event.topic, command, ordinal, request, event.state, chain)
        )
    return tuple(map(list, zip(*rows, strict=True)))


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except psycopg.IntegrityError as error:
        raise persistence.IntegrityError(str(error)) from error
    except (psycopg.OperationalError, PoolTimeout) as error:
        raise persistence.OperationalError(str(error)) from error
    except psycopg.InterfaceError as error:
        raise persistence.InterfaceError(str(error)) from error
    except psycopg.ProgrammingError as error:
        raise persistence.ProgrammingError(str(error)) from error
    except psycopg.Error as error:
        raise persistence.DatabaseError(str(error)) from error
