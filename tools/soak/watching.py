"""Readers that follow a run while it goes on, and what the store holds when it is over."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any, Final

import psycopg
from psycopg import errors

from application.ports.gate import StoreUnavailable
from interfaces.outbound.postgres.feed import PostgresFeed
from interfaces.outbound.postgres.inspection import Row
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.rebuild import Rebuild
from interfaces.outbound.postgres.sessions import LOST, Session
from projections.view import View
from tools.bench.prepared import LOG
from tools.soak.invariants import Glimpse, Seen

BESIDE: Final[dict[str, Any]] = {"connect_timeout": 10}
PAGE: Final = 37
WAIT_SECONDS: Final = 0.3
AWAY_SECONDS: Final = 0.05

_GLIMPSE: Final = """
SELECT (SELECT count(*) FROM events), (SELECT coalesce(min(position), 0) FROM events),
       (SELECT coalesce(max(position), 0) FROM events),
       (SELECT position FROM view_checkpoints WHERE view = 'counting'),
       (SELECT coalesce(sum(events), 0)::bigint FROM view_counting.counted)
"""
_ROWS: Final = """
SELECT position, stream, version, type, command::text, ordinal, body, chain
FROM events ORDER BY position
"""
_COUNTED: Final = "SELECT stream, events, positions FROM view_counting.counted"
_BALANCES: Final = "SELECT stream, balance, held FROM view_accounts.accounts"
_REACHED: Final = "SELECT min(position) FROM view_checkpoints"
_HEAD: Final = "SELECT coalesce(max(position), 0) FROM events"

FORBIDDEN: Final = (
    "UPDATE events SET body = body WHERE position = 1",
    "DELETE FROM events WHERE position = 1",
    "TRUNCATE events",
)


class LogFollower:
    """Reads the log behind its last position as a worker does: wait, then read, on a thread."""

    def __init__(self, url: str) -> None:
        self.seen = Seen(reader="the follower of the log", events=[])
        self._log = PostgresLog(url, log=LOG)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    @property
    def reached(self) -> int:
        """The last position that it was given."""
        return self.seen.events[-1][0] if self.seen.events else 0

    def stop(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join()
        self._log.close()

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                if self._log.wait(self.reached, WAIT_SECONDS):
                    events = self._log.read(self.reached, PAGE)
                    self.seen.events.extend((one.position, one.chain.hex()) for one in events)
            except StoreUnavailable:
                self._stop.wait(AWAY_SECONDS)


class FeedFollower:
    """Follows the feed as a door does for its clients."""

    def __init__(self, url: str) -> None:
        self.seen = Seen(reader="the follower of the feed", events=[])
        self._url = url
        self._task = asyncio.create_task(self._follow())

    @property
    def reached(self) -> int:
        """The last position that it was given."""
        return self.seen.events[-1][0] if self.seen.events else 0

    async def stop(self) -> None:
        """End; a wish to stop that got lost in a library is told again."""
        while not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task], timeout=WAIT_SECONDS)

    async def _follow(self) -> None:
        async with PostgresFeed(self._url, log=LOG) as feed:
            while True:
                try:
                    entries = await feed.entries(self.reached, PAGE)
                    self.seen.events.extend((one.position, one.chain.hex()) for one in entries)
                    if not entries:
                        await feed.wait(self.reached, WAIT_SECONDS)
                except StoreUnavailable:
                    await asyncio.sleep(AWAY_SECONDS)


class Glimpses:
    """Takes snapshots of log and view in between."""

    def __init__(self, url: str, every_seconds: float = 0.06) -> None:
        self.taken: list[Glimpse] = []
        self._session = Session(url, "glimpses")
        self._every = every_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join()
        self._session.close()

    def _look(self) -> None:
        while not self._stop.wait(self._every):
            with contextlib.suppress(StoreUnavailable):
                row = self._session.run(lambda found: found.execute(_GLIMPSE).fetchone())
                if row is not None:
                    self.taken.append(Glimpse(*row))


class Afterwards:
    """Reads what a run has left in its database."""

    def __init__(self, url: str) -> None:
        self._session = Session(url, "afterwards")
        self._log = PostgresLog(url, log=LOG)

    def close(self) -> None:
        """End the sessions."""
        self._session.close()
        self._log.close()

    def head(self) -> int:
        """Tell the last position."""
        return int(self._rows(_HEAD)[0][0])

    def reached(self) -> int:
        """Tell how far the slowest view has come."""
        return int(self._rows(_REACHED)[0][0])

    def rows(self) -> list[Row]:
        """Read the whole log."""
        return [Row(*row) for row in self._rows(_ROWS)]

    def counted(self) -> dict[str, tuple[int, int]]:
        """Read the counts by stream."""
        return {stream: (events, positions) for stream, events, positions in self._rows(_COUNTED)}

    def balances(self) -> dict[str, tuple[int, int]]:
        """Read balance and held by account."""
        return {stream: (balance, held) for stream, balance, held in self._rows(_BALANCES)}

    def differing(self, view: View) -> list[str]:
        """Build a view anew and name the tables that differ."""
        differing = Rebuild(view, self._session, self._log).compare()
        return [f"{view.name}.{table}" for table in differing]

    def permitted(self) -> list[str]:
        """Try what nobody may do to a log; name what was not refused."""

        def attempt(statement: str) -> Callable[[psycopg.Connection], bool]:
            def work(connection: psycopg.Connection) -> bool:
                try:
                    connection.execute(statement.encode())
                except errors.InsufficientPrivilege:
                    return False
                return True

            return work

        return [each for each in FORBIDDEN if self._session.run(attempt(each))]

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        def work(connection: psycopg.Connection) -> list[tuple[Any, ...]]:
            return connection.cursor(binary=True).execute(statement.encode()).fetchall()

        return self._session.run(work)


def execute(url: str, statement: str) -> None:
    """Run a statement as somebody beside the run would; a store that is away does not mind."""
    with contextlib.suppress(*LOST), psycopg.connect(url, autocommit=True, **BESIDE) as connection:
        connection.execute(statement.encode())


def query(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Ask as somebody beside the run would."""
    with psycopg.connect(url, autocommit=True, **BESIDE) as connection:
        return connection.execute(statement.encode()).fetchall()
