"""The writer's own session: look at the log in one snapshot, append in one round trip.

Every answer is bounded in time: by the server (statement and idle time-outs), by TCP, and at
last by a watchdog that cuts the line, so that a frozen server cannot freeze the writer.
"""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Final

import msgspec
import psycopg
from psycopg import errors

from domain.kernel.event import Recorded
from interfaces.outbound.deciding import Logged
from interfaces.outbound.postgres import packing
from interfaces.outbound.postgres.packing import Packed, PackedDumper
from interfaces.outbound.postgres.sessions import LOST, parameters
from interfaces.outbound.postgres.snapshots import Snapshots
from interfaces.outbound.snapshotting import Base, Snapshot

LOG_LOCK: Final = int.from_bytes(b"tallystk")
"""The advisory lock of the log; ``append_events`` takes it too."""

CATCH_UP_MAX: Final = 10_000
"""Events that a writer follows one by one; further behind it starts anew from the head."""

TAIL_MAX: Final = 5_000
"""Events of one stream that a writer with snapshots folds in a turn; longer ones are folded
aside."""

ANSWER_SECONDS: Final = 3.0

IDLE_SECONDS: Final = 0.5
TRANSACTION_SECONDS: Final = 0.8
"""How long a writer that hangs or was cut off may sit on the log's lock: less than a second, or
it would stop the other nodes for longer than that."""

TRANSACTION_TIMEOUT_SINCE: Final = 170_000
"""The Postgres version that can end a transaction whose batch never came to its last message."""

AWAY: Final = (*LOST, errors.ReadOnlySqlTransaction)
"""The database is away, or is a standby by now."""

_NEWS_AND_COMMANDS = """
(SELECT 1 AS part, position, stream, version, body, chain, null::uuid AS command,
        null::bytea AS request
 FROM events WHERE position > %b ORDER BY position LIMIT %b)
UNION ALL
SELECT 2, position, stream, version, body, chain, command, request
FROM events WHERE command = ANY(%b::text[]::uuid[])
UNION ALL
"""
_LOOK = f"""{_NEWS_AND_COMMANDS}
SELECT 3, position, stream, version, body, chain, null, null
FROM events WHERE stream = ANY(%b::text[])
ORDER BY position
"""  # noqa: S608 - of constants
# A snapshot counts only beside the very event on which it stands.
_LOOK_SHORTER = f"""
WITH trusted AS (
    SELECT s.* FROM snapshots AS s JOIN events AS e USING (position, stream, version, chain)
    WHERE s.stream = ANY(%b::text[]) AND s.form = ANY(%b::bytea[])
)
{_NEWS_AND_COMMANDS}
SELECT 3, e.position, wanted.stream, e.version, e.body, e.chain, null, null
FROM unnest(%b::text[]) AS wanted (stream)
LEFT JOIN trusted ON trusted.stream = wanted.stream COLLATE "C"
JOIN LATERAL (
    SELECT position, version, body, chain FROM events
    WHERE stream = wanted.stream COLLATE "C" AND version > coalesce(trusted.version, 0)
    ORDER BY version LIMIT %b
) AS e ON true
UNION ALL
SELECT 4, position, stream, version, state, chain, null, seal FROM trusted
ORDER BY position
"""  # noqa: S608 - of constants

_APPEND = """
SELECT append_events(%b, %b::bigint[], %b::text[], %b::bigint[], %b::text[],
                     %b::uuid[], %b::smallint[], %b::bytea[], %b::bytea[], %b::bytea[])
"""

_LAST = "SELECT position, stream, version, body, chain FROM events ORDER BY position DESC LIMIT 1"


class Appended(msgspec.Struct, frozen=True):
    """A command's events on the way into the table, and the hash of what it asked for."""

    events: tuple[Recorded, ...]
    request_hash: bytes


class Found(msgspec.Struct, frozen=True):
    """A command that is on the log already."""

    request_hash: bytes
    events: list[Logged]


class Look(msgspec.Struct, frozen=True):
    """The log as one snapshot shows it: what is new, which commands it has, whole streams.

    ``behind`` tells that there is more news than anybody wants to follow. A stream with a base
    begins behind it; one in ``long`` has more events than anybody wants to fold in a turn.
    """

    news: list[Logged]
    commands: dict[str, Found]
    streams: dict[str, list[Logged]]
    behind: bool = False
    bases: dict[str, Base] = {}
    long: tuple[str, ...] = ()


class Appender:
    """One session for one writer; psycopg.Error comes through to it."""

    def __init__(self, url: str, snapshots: Snapshots | None = None) -> None:
        self._url = url
        self._snapshots = snapshots
        self._connection: psycopg.AsyncConnection | None = None
        self.seconds = 0.0
        """How long the last append took."""

    @property
    def is_open(self) -> bool:
        """Whether the session is there, as far as anybody knows."""
        return self._connection is not None and not self._connection.closed

    async def open(self) -> None:
        """Connect anew."""
        await self.close()
        limits = {
            **parameters("writer", statement_seconds=1.0, idle_seconds=IDLE_SECONDS),
            "keepalives_idle": 1,
            "keepalives_count": 1,
            "tcp_user_timeout": 1000,
        }
        connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True, **limits)
        connection.adapters.register_dumper(Packed, PackedDumper)
        self._connection = connection
        if connection.info.server_version >= TRANSACTION_TIMEOUT_SINCE:
            milliseconds = int(TRANSACTION_SECONDS * 1000)
            with _watched(connection):
                await connection.execute(f"SET transaction_timeout = {milliseconds}".encode())

    async def close(self) -> None:
        """Disconnect."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def last(self) -> Logged | None:
        """Read the last event, nothing when the log is empty."""
        rows = await self._rows(_LAST, ())
        return Logged(*rows[0]) if rows else None

    async def first(self) -> Logged | None:
        """Read the first event, nothing when the log is empty."""
        rows = await self._rows(_LAST.replace("DESC", "ASC"), ())
        return Logged(*rows[0]) if rows else None

    async def look(self, after: int, commands: list[str], streams: list[str]) -> Look:
        """Read the news behind a position, commands and whole streams, all as of one moment."""
        question = (after, CATCH_UP_MAX + 1, commands, streams)
        if self._snapshots is None or not streams:
            look, _ = _arranged(await self._rows(_LOOK, question), streams)
            return look
        look, found = await self._look_shorter(question, self._snapshots.forms(streams))
        bases = {each.stream: self._snapshots.open(each) for each in found}
        if not all(bases.values()):
            # Somebody has been at the snapshots: what counts are the events.
            look, _ = await self._look_shorter(question, [])
            bases = {}
        long = [name for name, tail in look.streams.items() if len(tail) > TAIL_MAX]
        for stream in long:
            del look.streams[stream]
        trusted = {stream: base for stream, base in bases.items() if base}
        return msgspec.structs.replace(look, bases=trusted, long=tuple(long))

    async def _look_shorter(
        self, question: tuple[int, int, list[str], list[str]], forms: list[bytes]
    ) -> tuple[Look, list[Snapshot]]:
        streams = question[-1]
        values = (streams, forms, *question, TAIL_MAX + 1)
        return _arranged(await self._rows(_LOOK_SHORTER, values), streams)

    async def append(self, built_on: bytes | None, commands: Sequence[Appended]) -> bool:
        """Append behind the event with this chain; false when it is not the last one.

        Without a chain the log must be empty. Durable when this returns, unless in `locked`.
        """
        began = time.perf_counter()
        [(appended,)] = await self._rows(_APPEND, (built_on, *_columns(commands)))
        self.seconds = time.perf_counter() - began
        return bool(appended)

    @contextlib.asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """Keep all other writers out; what is appended inside is durable after it."""
        async with self._opened().transaction():
            await self._rows("SELECT pg_advisory_xact_lock(%b::bigint)", (LOG_LOCK,))
            yield

    async def _rows(self, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        connection = self._opened()
        with _watched(connection):
            cursor = connection.cursor(binary=True)
            await cursor.execute(query.encode(), values, prepare=True)
            return await cursor.fetchall()

    def _opened(self) -> psycopg.AsyncConnection:
        if self._connection is None:
            message = "the session is not open"
            raise psycopg.InterfaceError(message)
        return self._connection


def _arranged(rows: list[tuple[Any, ...]], streams: list[str]) -> tuple[Look, list[Snapshot]]:
    look = Look([], {}, {stream: [] for stream in streams})
    snapshots = []
    for part, position, stream, version, body, chain, command, request in rows:
        event = Logged(position, stream, version, body, chain)
        match part:
            case 1:
                look.news.append(event)
            case 2:
                if request is not None:
                    look.commands[str(command)] = Found(request, [])
                look.commands[str(command)].events.append(event)
            case 3:
                look.streams[stream].append(event)
            case _:
                snapshots.append(Snapshot(stream, version, position, chain, body, request))
    return msgspec.structs.replace(look, behind=len(look.news) > CATCH_UP_MAX), snapshots


def _columns(commands: Sequence[Appended]) -> tuple[Packed, ...]:
    events = [event for command in commands for event in command.events]
    envelopes = [event.envelope for event in events]
    ordinals: list[int] = []
    requests: list[bytes | None] = []
    for command in commands:
        count = len(command.events)
        ordinals += range(1, count + 1)
        requests += [command.request_hash, *(None,) * (count - 1)]
    return (
        packing.bigints([event.position for event in events]),
        packing.texts([envelope.stream for envelope in envelopes]),
        packing.bigints([envelope.version for envelope in envelopes]),
        packing.texts([envelope.type for envelope in envelopes]),
        packing.uuids([envelope.command for envelope in envelopes]),
        packing.smallints(ordinals),
        packing.byteas_or_nulls(requests),
        packing.byteas([event.body for event in events]),
        packing.byteas([event.chain for event in events]),
    )


@contextlib.contextmanager
def _watched(connection: psycopg.AsyncConnection) -> Iterator[None]:
    timer = asyncio.get_running_loop().call_later(ANSWER_SECONDS, _cut, connection)
    try:
        yield
    finally:
        timer.cancel()


def _cut(connection: psycopg.AsyncConnection) -> None:
    """End the line under a session: whoever waits for it sees it lost."""
    if not connection.closed:
        with socket.socket(fileno=os.dup(connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)
