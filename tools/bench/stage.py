"""Where benchmarks take place: one embedded Postgres with fsync on, databases made for each."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec
import psycopg
from psycopg import sql

from interfaces.outbound.postgres import server as postgres
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.server import PostgresServer

FOLDER: Final = Path(".tallystick/bench")


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured."""

    runs: int = 5
    seconds: float = 5.0
    """Of one run that sends until a time is over."""
    warm_seconds: float = 2.0
    events: int = 100_000
    """Of a log that is imported, fed or folded."""
    library_events: int = 20_000
    """The library's share of such a log: it is slower, and no slower for more."""
    projected_events: int = 4_000
    """What the library projects, one by one."""
    verified_events: int = 200_000
    remembered_events: int = 1_000_000
    """Of the log that shows how much memory the verifier takes."""
    questions: int = 500
    live_events: int = 1_000
    idle_seconds: float = 10.0
    scale_events: int = 10_000_000
    small_events: int = 100_000
    transfers: int = 400
    """Token transfers that are planned at once."""
    alone_transfers: int = 6
    """Token transfers that wait for each other."""
    wal_files: int = 48
    """That the server should have before anything is measured."""


FULL: Final = Sizes()
QUICK: Final = Sizes(
    runs=2,
    seconds=0.2,
    warm_seconds=0.1,
    events=1_000,
    library_events=200,
    projected_events=40,
    verified_events=1_000,
    remembered_events=2_000,
    questions=20,
    live_events=20,
    idle_seconds=0.5,
    scale_events=3_000,
    small_events=1_000,
    transfers=20,
    alone_transfers=1,
    wal_files=0,
)


class NotDurable(Exception):
    """The server does not keep what it acknowledges: its figures would mean nothing."""


class Stage:
    """A folder with a server; use it as a context manager. Long work is told to ``tell``."""

    def __init__(
        self, folder: Path, sizes: Sizes, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self.folder = folder
        self.sizes = sizes
        self.tell = tell
        self._numbers = count(1)
        self._server: PostgresServer | None = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._server = postgres.start(self.folder / "postgres")
        try:
            self._demand_durable()
            self._age()
        except BaseException:
            self._server.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.stop()

    @property
    def server(self) -> PostgresServer:
        """The running server."""
        if self._server is None:
            message = "the stage is not set"
            raise RuntimeError(message)
        return self._server

    @property
    def logs(self) -> Path:
        """Folder of the last words of child processes."""
        return self.folder / "logs"

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """Make a database, give its URL, and drop it afterwards."""
        name = f"run_{next(self._numbers)}"
        self._drop(name)
        self._create(name)
        url = self.server.url_of(name)
        try:
            if migrated:
                migrate(url)
            yield url
        finally:
            self._drop(name)

    def kept(self, name: str) -> tuple[str, bool]:
        """Find a database that is kept from one time to the next, or make it.

        Tells its URL and whether it is new.
        """
        with self._admin() as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            is_new = found.fetchone() is None
        if is_new:
            self._create(name)
        url = self.server.url_of(name)
        migrate(url)
        return url, is_new

    def drop(self, name: str) -> None:
        """Drop a kept database."""
        self._drop(name)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give a folder that goes afterwards."""
        path = Path(tempfile.mkdtemp(dir=self.folder))
        try:
            yield path
        finally:
            shutil.rmtree(path)

    def settle(self) -> None:
        """Write everything dirty down, so that no run pays for the one before it."""
        with self._admin() as connection:
            connection.execute("CHECKPOINT")

    def _demand_durable(self) -> None:
        with self._admin() as connection:
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
                if row is None or row[0] != "on":
                    message = f"{name} is off"
                    raise NotDurable(message)

    def _age(self) -> None:
        """Let a new server have its WAL files, as one that has been up for a while recycles them.

        To make one stops every commit for some 50 ms, and a log that grows fast needs one a second.
        """
        with self._admin() as connection:
            row = connection.execute("SELECT count(*) FROM pg_ls_waldir()").fetchone()
            wanted = self.sizes.wal_files - (0 if row is None else row[0])
            for _ in range(wanted):
                connection.execute("SELECT pg_logical_emit_message(false, 'bench', '')")
                connection.execute("SELECT pg_switch_wal()")
            if wanted > 0:
                connection.execute("CHECKPOINT")

    def _admin(self) -> psycopg.Connection:
        return psycopg.connect(self.server.url_of("postgres"), autocommit=True)

    def _create(self, name: str) -> None:
        with self._admin() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def _drop(self, name: str) -> None:
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        with self._admin() as connection:
            connection.execute(statement.format(sql.Identifier(name)))
