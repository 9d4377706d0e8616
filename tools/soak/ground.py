"""Where runs take place: a Postgres of their own with fsync on, a database copied for each run."""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final, Self

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

TEMPLATE: Final = "soaked"
SUBJECTS: Final = 8
CROWD: Final = "sub"
DURABLE: Final = ("fsync", "synchronous_commit", "full_page_writes")


class Ground:
    """A folder with a server and a template database whose log has active subjects."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self._settings = settings
        self._numbers = count(1)
        self._server: PostgresServer | None = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.start()
        try:
            self._demand_durable()
            self._make_template()
        except BaseException:
            self.server.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def server(self) -> PostgresServer:
        """The server, running or killed."""
        if self._server is None:
            message = "the ground has no server yet"
            raise RuntimeError(message)
        return self._server

    def start(self) -> None:
        """Start the server, also one that was killed."""
        self._server = postgres.start(self.folder / "postgres", settings=self._settings)

    def kill(self) -> None:
        """Kill the postmaster with SIGKILL; its sessions notice and end."""
        os.kill(self.server.pid, signal.SIGKILL)
        while self.server.running():
            time.sleep(0.001)

    def create(self, tablespace: str = "pg_default") -> str:
        """Copy the template and give the copy's URL."""
        name = f"run_{next(self._numbers)}"
        statement = "CREATE DATABASE {} TEMPLATE {} TABLESPACE {}"
        names = [sql.Identifier(each) for each in (name, TEMPLATE, tablespace)]
        with self.admin() as connection:
            connection.execute(sql.SQL(statement).format(*names))
        return self.server.url_of(name)

    def drop(self, url: str) -> None:
        """Drop a database of a run."""
        name = sql.Identifier(url.rpartition("/")[2])
        with self.admin() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def admin(self) -> psycopg.Connection:
        """Open a session with the server's own database."""
        return psycopg.connect(self.server.url_of("postgres"), autocommit=True)

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
