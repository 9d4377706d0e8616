"""The HTTP doors of a benchmark: the real `api` process over a benchmark's database."""

import contextlib
import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Final

import msgspec

from application.ports.gate import Request
from domain.apikey.state import IssueApiKey
from domain.kernel.command import Command
from domain.kernel.refusal import Refused
from domain.log.commands import OpenLog
from interfaces.outbound.clock import SystemClock
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.views import fold_all, prepared
from interfaces.settings import Settings
from interfaces.wiring import log_of, prepare_store
from projections.registry import VIEWS
from tools.bench.children import Child, Ready
from tools.bench.folding import Fold
from tools.bench.node import entering
from tools.bench.prepared import ACTOR, LOG, opening
from tools.bench.stage import Stage

CALLER: Final = "bench-officer"
SECRET: Final = "bench"  # noqa: S105 - opens nothing but a benchmark's own database
READY_SECONDS: Final = 60.0


class NotServing(Exception):
    """The doors did not open; the text ends with the process's last words."""


class Doors(msgspec.Struct, frozen=True, kw_only=True):
    """Where the doors are, and the process behind them."""

    host: str
    port: int
    pid: int
    views: int
    """The process that keeps the views."""
    gate: SyncGate
    """A writer of the benchmark's own, beside the one behind the doors."""

    def connection(self) -> HTTPConnection:
        """Make a connection for one caller."""
        connection = HTTPConnection(self.host, self.port, timeout=60)
        connection.connect()
        # Small requests go out at once.
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def get(self, path: str, accept: str) -> HTTPResponse:
        """Ask for something on a connection of its own."""
        connection = self.connection()
        # The response then owns the connection and ends it.
        asked = {**headers(), "Accept": accept, "Connection": "close"}
        connection.request("GET", path, headers=asked)
        response = connection.getresponse()
        if response.status != 200:
            raise NotServing(f"{path} answers {response.status}: {response.read()[:300]!r}")
        return response


def headers() -> dict[str, str]:
    """Show the caller's key."""
    return {"Authorization": f"Bearer {SECRET}"}


def send(gate: SyncGate, command: Command, key: str) -> int:
    """Send a command as a process and tell its position."""
    wish = Request(command=command, actor=ACTOR, role="process", key=key)
    return gate.dispatch(wish).position


@contextmanager
def open_doors(stage: Stage, url: str, subjects: Sequence[str] = ()) -> Iterator[Doors]:
    """Serve a database with the views' worker beside; these subjects are active then."""
    with stage.scratch() as folder:
        port = _free_port()
        settings = Settings(
            data=folder, log=LOG, database_url=url, port=port, key_rate=0.0, address_rate=0.0
        )
        prepare_store(settings)
        with SyncGate(url, log=LOG, clock=SystemClock()) as gate:
            furnish(gate, subjects)
            fold(settings)
            with (
                Child("folding", Fold(url), stage.logs) as views,
                _serving(settings, stage.logs) as process,
            ):
                views.hear(Ready)
                yield Doors(
                    host=settings.host, port=port, pid=process.pid, views=views.pid, gate=gate
                )


def furnish(gate: SyncGate, subjects: Sequence[str]) -> None:
    """Open the log where it is not, and enter the caller, its key and these subjects."""
    # Where a prepared log was imported it is open already.
    with contextlib.suppress(Refused):
        send(gate, OpenLog(**msgspec.structs.asdict(opening())), "open")
    for subject in (CALLER, *subjects):
        for command in entering(subject):
            send(gate, command, f"{subject} {command.TYPE}")
    digest = hashlib.sha256(SECRET.encode()).hexdigest()
    key = IssueApiKey(key="bench", subject=CALLER, role="compliance", digest=digest)
    send(gate, key, "key")


def fold(settings: Settings) -> None:
    """Bring all views to the head."""
    session, log = Session(settings.database_url, "bench", statement_seconds=0), log_of(settings)
    runners = prepared(session, log, VIEWS)
    while fold_all(session, log, runners):
        pass
    log.close()
    session.close()


@contextmanager
def _serving(settings: Settings, logs: Path) -> Iterator[subprocess.Popen[bytes]]:
    words = logs / "api.log"
    with words.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "interfaces.app"],
            stdout=output,
            stderr=output,
            env={**os.environ, **settings.environment()},
        )
    try:
        _await_ready(settings, process, words)
        yield process
    finally:
        process.terminate()
        process.wait()


def _await_ready(settings: Settings, process: subprocess.Popen[bytes], words: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        connection = HTTPConnection(settings.host, settings.port, timeout=2)
        try:
            connection.request("GET", "/health/ready")
            answered = connection.getresponse().status
        except OSError:
            time.sleep(0.05)
        else:
            if answered == 200:
                return
        finally:
            connection.close()
    raise NotServing(words.read_text(errors="replace")[-2000:])


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
