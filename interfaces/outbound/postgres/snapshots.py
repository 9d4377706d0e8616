"""Keeps snapshots of long streams beside the log, away from the writer's own session.

The writer offers the states of long streams after they are on the log; a task of its own writes
them down when it comes to it. Nobody waits for it, and what it cannot write is written another
time: without snapshots the same states come out of the events.

A stream with a long tail and no snapshot is not folded in a turn of the writer, where all others
would wait for it, but here, page by page (`load`); the writer then goes on from its snapshot.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
import psycopg

from application import envelopes
from application.ports.gate import StoreUnavailable
from domain.catalogue import AGGREGATES, aggregate_for
from domain.kernel.event import Recorded
from domain.kernel.ids import aggregate_of
from interfaces.outbound.deciding import Logged, Standing
from interfaces.outbound.postgres.sessions import Session, describe
from interfaces.outbound.snapshotting import Base, Sealer, Snapshot, form_of

EVERY: Final = 500
"""Events between two snapshots of a stream."""

PAGE: Final = 2_000
REMEMBERED_MAX: Final = 100_000

_log = logging.getLogger("tallystick.snapshots")

_SAVE: Final = """
INSERT INTO snapshots AS kept (stream, version, position, chain, form, state, seal)
VALUES (%(stream)s, %(version)s, %(position)s, %(chain)s, %(form)s, %(state)s, %(seal)s)
ON CONFLICT (stream) DO UPDATE
SET version = excluded.version, position = excluded.position, chain = excluded.chain,
    form = excluded.form, state = excluded.state, seal = excluded.seal
WHERE (kept.version, kept.form, kept.seal) IS DISTINCT FROM
      (excluded.version, excluded.form, excluded.seal)
"""
_READ: Final = """
SELECT version, position, body, chain FROM events
WHERE stream = %(stream)s AND version > %(version)s ORDER BY version LIMIT %(limit)s
"""


class Snapshots:
    """The snapshots of one node; ``key`` seals them and is the same on all nodes of a log."""

    def __init__(self, url: str, key: bytes, *, every: int = EVERY) -> None:
        self._every = every
        self._sealer = Sealer(key)
        self._session = Session(url, "snapshots")
        self._kept: dict[str, int] = {}
        self._offered: dict[str, tuple[Base, int, bytes]] = {}
        self._task: asyncio.Task[None] | None = None

    def forms(self, streams: Iterable[str]) -> list[bytes]:
        """List the forms in which snapshots of these streams can be opened."""
        names = {aggregate_of(stream) for stream in streams}
        return [form_of(name) for name in names if name in AGGREGATES]

    def open(self, snapshot: Snapshot) -> Base | None:
        """Read a snapshot back; nothing when it is not to be trusted."""
        base = self._sealer.open(snapshot)
        if base is None:
            _log.error("a snapshot was not made by this system and is passed over")
        else:
            self._remember(snapshot.stream, base.version)
        return base

    def offer(self, changed: Mapping[str, Standing], events: Iterable[Recorded | Logged]) -> None:
        """Take states that are on the log now; those far behind their last snapshot are kept.

        ``events`` are in order, the last of each stream being the one behind which its state is.
        """
        due = {
            stream: standing
            for stream, standing in changed.items()
            if standing.version >= self._every
            and standing.fault is None
            and standing.version - self._kept.get(stream, 0) >= self._every
        }
        if not due:
            return
        last = {event.stream: event for event in events if event.stream in due}
        for stream, event in last.items():
            base = Base(due[stream].state, due[stream].version)
            self._remember(stream, base.version)
            self._offered[stream] = (base, event.position, event.chain)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._keep(), name="snapshots")

    async def load(self, stream: str) -> None:
        """Fold a long stream from its events and keep what comes out. Raises StoreUnavailable."""
        await asyncio.to_thread(self._fold, stream)

    async def close(self) -> None:
        """Finish what is under way and disconnect."""
        if self._task is not None:
            await self._task
        await asyncio.to_thread(self._session.close)

    def _remember(self, stream: str, version: int) -> None:
        if len(self._kept) >= REMEMBERED_MAX:
            self._kept.clear()  # some are written once more than they must
        self._kept[stream] = version

    async def _keep(self) -> None:
        while self._offered:
            stream = next(iter(self._offered))
            offered = self._offered.pop(stream)
            try:
                await asyncio.to_thread(self._save, stream, *offered)
            except (StoreUnavailable, psycopg.Error) as error:
                self._kept.pop(stream, None)
                _log.warning("a snapshot was not kept: %s", describe(error))

    def _save(self, stream: str, base: Base, position: int, chain: bytes) -> None:
        snapshot = self._sealer.snapshot(stream, base, position, chain)
        row = {**msgspec.structs.asdict(snapshot), "form": snapshot.form}
        self._session.run(lambda connection: connection.execute(_SAVE, row))

    def _fold(self, stream: str) -> None:
        base, position, chain = self._session.run(lambda found: _folded(found, stream))
        if base.version:
            self._save(stream, base, position, chain)


def _folded(connection: psycopg.Connection, stream: str) -> tuple[Base, int, bytes]:
    """Fold a stream page by page, all as of one moment."""
    aggregate = aggregate_for(stream)
    state, version, position, chain = aggregate.empty, 0, 0, b""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor = connection.cursor(binary=True)
        wanted = {"stream": stream, "version": 0, "limit": PAGE}
        while rows := cursor.execute(_READ, wanted).fetchall():
            for row in rows:
                version, position, body, chain = row
                state = aggregate.evolve(state, envelopes.read(position, body, chain).fact)
            wanted["version"] = version
    return Base(state, version), position, chain
