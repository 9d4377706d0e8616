"""Where runs take place: a Postgres of their own with fsync on, a database copied for each run."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

import psycopg
from psycopg import sql

from interfaces.outbound.clock import SystemClock
from interfaces.outbound.postgres import server as postgres
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.server import PostgresServer
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.viewrunner import ViewRunner
from interfaces.outbound.postgres.writer import Writer
from tools.bench.node import Clients
from tools.bench.node import Node as Crowd
from tools.bench.prepared import LOG
from tools.bench.stage import NotDurable
from tools.soak.consumer import VIEWS
from tools.soak.smalldisk import SmallDisk

TEMPLATE: Final = "soaked"
SUBJECTS: Final = 17
CROWD: Final = "sub"
Small = Literal["tablespace", "wal"]
MEBIBYTES: Final[Mapping[Small, int]] = {"tablespace": 24, "wal": 160}
REVIVAL_SECONDS: Final = 20.0
SHORT_WAL: Final = {"min_wal_size": "32MB", "max_wal_size": "48MB"}
DURABLE: Final = ("fsync", "synchronous_commit", "full_page_writes")


class Grounds:
    """The grounds that a series of runs needs, each made when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._made: dict[Small | None, Ground] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def ground(self, small: Small | None) -> "Ground":
        """Give the ground of this kind."""
        if small not in self._made:
            folder = self._folder / (small or "large")
            self._made[small] = self._stack.enter_context(Ground(folder, small))
        return self._made[small]


class Ground:
    """A folder with a server and a template database whose log has active subjects.

    ``small`` names what lies on a small disk: a tablespace beside the others, or the server's
    write-ahead log.
    """

    def __init__(self, folder: Path, small: Small | None = None) -> None:
        self.folder = folder
        self.disk: SmallDisk | None = None
        self._small = small
        self._settings = SHORT_WAL if small == "wal" else {}
        self._numbers = count(1)
        self._server: PostgresServer | None = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.start()
        try:
            self._set_up_disk()
            self._demand_durable()
            self._make_template()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def server(self) -> PostgresServer:
        """The server, running or killed."""
        if self._server is None:
            message = "the ground has no server yet"
            raise RuntimeError(message)
        return self._server

    def start(self) -> None:
        """Start the server, also one that was killed; one that runs is left alone."""
        if self._server is not None and self._server.running():
            return
        self._server = postgres.start(self.folder / "postgres", settings=self._settings)

    def revive(self) -> None:
        """Bring the server back after whatever happened to it. Raises TimeoutError."""
        deadline = time.monotonic() + REVIVAL_SECONDS
        while time.monotonic() < deadline:
            self.start()
            with contextlib.suppress(psycopg.OperationalError), self.admin():
                return
            time.sleep(0.02)
        message = "the server does not come back"
        raise TimeoutError(message)

    def kill(self) -> None:
        """Kill the postmaster with SIGKILL; its sessions notice and end."""
        os.kill(self.server.pid, signal.SIGKILL)
        while self.server.running():
            time.sleep(0.001)

    def demand_disk(self) -> SmallDisk:
        """Give the small disk."""
        if self.disk is None:
            message = "this ground has no small disk"
            raise RuntimeError(message)
        return self.disk

    def create(self) -> str:
        """Copy the template and give the copy's URL."""
        name = f"run_{next(self._numbers)}"
        tablespace = "small" if self._small == "tablespace" else "pg_default"
        statement = "CREATE DATABASE {} TEMPLATE {} TABLESPACE {}"
        names = [sql.Identifier(each) for each in (name, TEMPLATE, tablespace)]
        with self.admin() as connection:
            connection.execute(sql.SQL(statement).format(*names))
        return self.server.url_of(name)

    def drop(self, url: str) -> None:
        """Drop a database of a run, whatever state the run has left the server in."""
        self.revive()
        name = sql.Identifier(url.rpartition("/")[2])
        with self.admin() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def admin(self) -> psycopg.Connection:
        """Open a session with the server's own database."""
        return psycopg.connect(self.server.url_of("postgres"), autocommit=True)

    def _end(self) -> None:
        self.server.stop()
        if self.disk is not None:
            self.disk.unmount()

    def _set_up_disk(self) -> None:
        if self._small is None:
            return
        data = self.folder / "postgres" / "data"
        owner = data.stat().st_uid
        self.disk = SmallDisk(self.folder / "small", mebibytes=MEBIBYTES[self._small], owner=owner)
        folder = self.disk.folder(self._small, owner)
        if self._small == "tablespace":
            with self.admin() as connection:
                statement = sql.SQL("CREATE TABLESPACE small LOCATION {}")
                connection.execute(statement.format(str(folder)))
            return
        self.server.stop()
        wal = data / "pg_wal"
        subprocess.run(["cp", "-a", f"{wal}/.", str(folder)], check=True, capture_output=True)
        shutil.rmtree(wal)
        wal.symlink_to(folder)
        self.start()

    def _demand_durable(self) -> None:
        with self.admin() as connection:
            for name in DURABLE:
                row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
                if row is None or row[0] != "on":
                    message = f"{name} is off"
                    raise NotDurable(message)

    def _make_template(self) -> None:
        with self.admin() as connection:
            name = sql.Identifier(TEMPLATE)
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        url = self.server.url_of(TEMPLATE)
        migrate(url)
        asyncio.run(_people(url))
        session = Session(url, "views")
        for view in VIEWS:
            ViewRunner(view, session).prepare()
        session.close()


async def _people(url: str) -> None:
    async with Writer(url, log=LOG, clock=SystemClock()) as writer:
        await Clients(writer, Crowd(url=url, name=CROWD, clients=SUBJECTS)).prepare()


def subject_of(number: int) -> str:
    """Name an active subject of the template."""
    return f"{CROWD}-{number}"
