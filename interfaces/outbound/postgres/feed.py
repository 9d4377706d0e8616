"""The feed's source: events side by side with what they changed, as far as both have come.

One session listens for all who wait. It looks by itself at least once a second, so a lost
notification costs a second and never an event.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final, Self

import psycopg
from psycopg import errors

from application.ports.gate import StoreUnavailable
from application.ports.log import FeedEntry, Head
from interfaces.outbound.deciding import Logged, last_head, open_head
from interfaces.outbound.postgres.pools import Pool
from interfaces.outbound.postgres.sessions import LOST, describe, parameters
from projections.changes.project import VIEW as CHANGES

POLL_SECONDS: Final = 1.0
STOP_SECONDS: Final = 1.0
SESSIONS_MAX: Final = 4
CHANNEL: Final = "views"
"""The views' runner notifies here after each batch."""

_HEAD = """
SELECT position, stream, version, body, chain FROM events WHERE position = (
    SELECT position FROM view_checkpoints WHERE view = %(view)s AND version = %(version)s
)
"""

_ENTRIES = """
SELECT position, type, body, chain, changes::text AS changes
FROM events JOIN view_changes.changes USING (position)
WHERE {}
ORDER BY position {} LIMIT %(limit)s
"""

_log = logging.getLogger("tallystick.feed")


class PostgresFeed:
    """Feeds doors from one database: ``async with PostgresFeed(url, log=...)``."""

    def __init__(self, url: str, *, log: str) -> None:
        self._url = url
        self._name = log
        self._pool = Pool(url, "feed", size=SESSIONS_MAX)
        self._reached = 0
        self._moved = asyncio.Condition()
        self._listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Begin to listen; a database that is away is waited for."""
        await self._pool.open()
        self._listener = asyncio.create_task(self._listen(), name="feed listener")

    async def close(self) -> None:
        """Stop listening and close all sessions."""
        while self._listener is not None and not self._listener.done():
            # Asked again: a session that is just being lost can take a cancellation for its own.
            self._listener.cancel()
            await asyncio.wait([self._listener], timeout=STOP_SECONDS)
        await self._pool.close()

    async def head(self) -> Head:
        """Tell the last position that the feed can show. Raises StoreUnavailable."""
        rows = await self._pool.rows(_HEAD, {"view": CHANGES.name, "version": CHANGES.version})
        return last_head(Logged(**rows[0])) if rows else open_head(self._name)

    async def entries(
        self,
        after: int,
        limit: int,
        *,
        descending: bool = False,
        types: Sequence[str] = (),
        stream: str | None = None,
    ) -> Sequence[FeedEntry]:
        """Read entries behind ``after`` (before it when descending; 0 is the open end).

        Raises StoreUnavailable.
        """
        query = _question(
            descending=descending,
            is_bounded=bool(after) or not descending,
            has_types=bool(types),
            has_stream=stream is not None,
        )
        values: dict[str, Any] = {
            "after": after,
            "limit": limit,
            "types": list(types),
            "stream": stream,
        }
        try:
            rows = await self._pool.rows(query, values, binary=True)
        except errors.UndefinedTable as error:
            raise StoreUnavailable("the feed's view is not built yet") from error
        return [FeedEntry(**{**row, "changes": row["changes"].encode()}) for row in rows]

    async def wait(self, after: int, timeout: float) -> bool:
        """Wait until the feed is longer than ``after`` or the seconds are over."""
        try:
            async with asyncio.timeout(timeout), self._moved:
                await self._moved.wait_for(lambda: self._reached > after)
        except TimeoutError:
            return False
        return True

    async def _listen(self) -> None:
        limits = parameters("feed listener", statement_seconds=5.0)
        hears = True
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._url, autocommit=True, **limits
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}".encode())
                    hears = True
                    while True:
                        await self._look()
                        async for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                            pass
            except (*LOST, StoreUnavailable) as error:
                if hears:
                    _log.warning("the feed does not hear the store: %s", describe(error))
                hears = False
                await asyncio.sleep(POLL_SECONDS)

    async def _look(self) -> None:
        position = (await self.head()).position
        if position != self._reached:
            async with self._moved:
                self._reached = position
                self._moved.notify_all()


def _question(*, descending: bool, is_bounded: bool, has_types: bool, has_stream: bool) -> str:
    conditions = ["TRUE"]
    if is_bounded:
        # Said of both tables: the planner carries an equality over a join, but no bound, and would
        # read one of them from its beginning for every page.
        bound = f"position {'<' if descending else '>'} %(after)s"
        conditions += [f"events.{bound}", f"changes.{bound}"]
    if has_types:
        conditions.append("type = ANY(%(types)s)")
    if has_stream:
        conditions.append("stream = %(stream)s")
    return _ENTRIES.format(" AND ".join(conditions), "DESC" if descending else "ASC")
