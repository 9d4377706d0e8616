"""Two writers on one real log against the pure model: cut, restarted, unheard, short of memory.

The second one remembers next to nothing and lives by its snapshots.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import psycopg
import pytest
import uvloop
from psycopg import sql
from typing_extensions import override

from application.ports.gate import Request
from interfaces.outbound.postgres import appending
from interfaces.outbound.postgres.appending import Appended
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.server import PostgresServer
from interfaces.outbound.postgres.sessions import LOST
from interfaces.outbound.postgres.snapshots import Snapshots
from interfaces.outbound.postgres.writer import Writer
from tests.conformance.machine import LogMachine, Nodes, Verdict, run_machine
from tests.conformance.script import LOG, FixedClock

T = TypeVar("T")

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

MEMORIES = (100_000, 2)
"""Streams that each node remembers between batches: the second one forgets all the time."""

END = "SELECT pg_terminate_backend(%s, 2000)"


class TwoWriters:
    """Two writers in one event loop; each has its own session, cache and place."""

    def __init__(self, url: str, clock: FixedClock) -> None:
        self._url = url
        self._clock = clock
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self.reader = PostgresLog(url, log=LOG)
        self._admin = psycopg.connect(url, autocommit=True)
        self._writers = [self._start(node) for node in range(len(MEMORIES))]

    def _start(self, node: int) -> Writer:
        kept = Snapshots(self._url, b"k" * 32, every=3) if node else None
        writer = Writer(
            self._url,
            log=LOG,
            clock=self._clock,
            streams_max=MEMORIES[node],
            snapshots=kept,
        )
        self._runner.run(writer.start())
        return writer

    def run(self, work: Awaitable[T]) -> T:
        async def wait() -> T:
            return await work

        return self._runner.run(wait())

    async def dispatch_all(self, sent: Sequence[tuple[int, Request]]) -> list[Verdict]:
        wanted = (self._writers[node].dispatch(request) for node, request in sent)
        return await asyncio.gather(*wanted, return_exceptions=True)

    def restart(self, node: int) -> None:
        self._runner.run(self._writers[node].stop())
        self._writers[node] = self._start(node)

    def cut(self, node: int) -> None:
        connection = self._writers[node]._appender._connection
        assert connection is not None
        if not connection.closed:
            self._admin.execute(END, [connection.info.backend_pid])

    def lose_answer(self, node: int) -> None:
        """Lose the next answer; what was asked is written if it could be."""
        appender = self._writers[node]._appender
        real = appending.Appender.append

        async def unheard(built_on: bytes | None, commands: Sequence[Appended]) -> bool:
            appender.__dict__.pop("append", None)
            await real(appender, built_on, commands)
            raise psycopg.OperationalError("the line is cut")

        appender.__dict__["append"] = unheard

    def append_stale(self, node: int) -> bool:
        [first, *_] = self.reader.read(0, 1)
        command = Appended((first,), b"")
        try:
            return self.run(self._writers[node]._appender.append(bytes(32), [command]))
        except LOST:
            return False  # it was cut before

    def close(self) -> None:
        for writer in self._writers:
            self._runner.run(writer.stop())
        self._runner.close()
        self.reader.close()
        self._admin.close()


@pytest.fixture
def empty_log(postgres_server: PostgresServer, postgres_url: str) -> Callable[[], str]:
    """Give a way to make one more migrated database, and drop the one before."""
    migrate(postgres_url)
    template = sql.Identifier(postgres_url.rpartition("/")[2])
    copy = sql.Identifier(postgres_url.rpartition("/")[2] + "_copy")

    def make() -> str:
        with psycopg.connect(postgres_server.url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(copy))
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(copy, template))
        return postgres_url + "_copy"

    return make


def test_the_writers_do_what_the_model_says(
    empty_log: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # So short that streams are folded aside all the time.
    monkeypatch.setattr(appending, "TAIL_MAX", 6)

    class WriterMachine(LogMachine):
        @override
        def nodes(self) -> Nodes:
            return TwoWriters(empty_log(), self.clock)

    run_machine(WriterMachine, monkeypatch)
