"""Starts what the settings leave open, keeps the processes up, and stops all of it cleanly.

Order of start: store, chain, keys, migrations, then the processes `api`, `worker` and `chain`,
then the first set-up. Stopping goes the other way round. A process that dies is started again,
after a wait that doubles; its last words lie in its log file.
"""

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import httpx
import msgspec

from interfaces.outbound.evm.node import AnvilNode, NodeOptions, start_node
from interfaces.outbound.files import replace_file
from interfaces.outbound.postgres.server import PostgresServer
from interfaces.outbound.postgres.server import start as start_postgres
from interfaces.outbound.signer.keyring import EVM_PURPOSES
from interfaces.settings import Settings
from interfaces.telemetry.metrics import PARTS_UP, RESTARTS
from interfaces.telemetry.snapshots import Publisher
from interfaces.wiring import prepare_store, ring_of
from interfaces.workers.setup import run_bootstrap

PROCESSES: Final = {
    "api": ("-m", "interfaces.app"),
    "worker": ("-m", "interfaces.workers.main", "worker"),
    "chain": ("-m", "interfaces.workers.main", "chain"),
}
GAS_MONEY: Final = 10**21
READY_SECONDS: Final = 60.0
STOP_SECONDS: Final = 15.0
WATCH_SECONDS: Final = 0.5
FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 30.0

logger = logging.getLogger("tallystick.supervisor")


class NotStarted(Exception):
    """Something did not come up; the text says what, and where its last words are."""


class Stack(msgspec.Struct, frozen=True, kw_only=True):
    """Where a running stack is found: read by the other commands of `tally`."""

    settings: dict[str, str]
    pid: int


def stack_file(data: Path) -> Path:
    """Name the file that tells where a stack runs."""
    return data / "stack.json"


class Child:
    """A process that is kept up."""

    def __init__(self, name: str, arguments: tuple[str, ...], settings: Settings) -> None:
        self.name = name
        self._arguments = arguments
        self._settings = settings
        self._wait = FIRST_WAIT
        self._again_at = 0.0
        self.process = self._spawn()

    @property
    def log(self) -> Path:
        """The file with what the process says."""
        return self._settings.data / "logs" / f"{self.name}.log"

    def _spawn(self) -> subprocess.Popen[bytes]:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self._settings.environment()},
                # Ctrl-C reaches the whole group; only the supervisor decides who stops when.
                start_new_session=True,
            )

    def keep_up(self, now: float) -> None:
        """Start the process again when it has died and its wait is over."""
        if _is_up(self.name, self.process.poll() is None):
            return
        if not self._again_at:
            logger.warning("%s ended with %s; see %s", self.name, self.process.returncode, self.log)
            self._again_at, self._wait = now + self._wait, min(self._wait * 2, LONGEST_WAIT)
        elif now >= self._again_at:
            self._again_at = 0.0
            RESTARTS.labels(self.name).inc()
            self.process = self._spawn()

    def stop(self) -> None:
        """End the process: asked first, killed when it does not listen."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            logger.warning("%s did not stop and was killed", self.name)
            self.process.kill()
            self.process.wait()


class Supervisor:
    """One machine's Tallystick."""

    def __init__(self, settings: Settings, say: Callable[[str], None] = logger.info) -> None:
        self.settings = settings
        self._say = say
        self._postgres: PostgresServer | None = None
        self._node: AnvilNode | None = None
        self._children: list[Child] = []
        self._publisher = Publisher(settings.data, "supervisor")

    def __enter__(self) -> Self:
        self._publisher.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.stop()
        finally:
            self._publisher.__exit__(kind, error, trace)

    def start(self) -> Settings:
        """Start everything; returns the settings with all addresses filled in.

        Raises NotStarted, PostgresNotStarted, NodeFailed, BootstrapFailed.
        """
        self.settings.data.mkdir(parents=True, exist_ok=True)
        if not self.settings.port:
            self._set(port=_free_port(self.settings.host))
        self._start_store()
        self._start_chain()
        for name, arguments in PROCESSES.items():
            self._children.append(Child(name, arguments, self.settings))
        self._say("setting the platform up")
        run_bootstrap(self.settings, self._say)
        self._await_ready()
        stack = Stack(settings=self.settings.environment(), pid=os.getpid())
        replace_file(stack_file(self.settings.data), msgspec.json.encode(stack))
        return self.settings

    def _set(self, **values: object) -> None:
        self.settings = msgspec.structs.replace(self.settings, **values)

    def _start_store(self) -> None:
        if not self.settings.database_url:
            self._say("starting Postgres")
            self._postgres = start_postgres(self.settings.data.absolute() / "postgres")
            self._set(database_url=self._postgres.url)
        prepare_store(self.settings)

    def _start_chain(self) -> None:
        keys = ring_of(self.settings)
        if self.settings.chain_url:
            return
        self._say("starting the chain node")
        self._node = start_node(self._node_options())
        self._set(chain_url=self._node.url)
        for purpose in EVM_PURPOSES:
            self._node.fund(keys.evm_address(purpose), GAS_MONEY)

    def _node_options(self, port: int = 0) -> NodeOptions:
        return NodeOptions(
            data_dir=self.settings.data.absolute() / "chain",
            port=port,
            block_seconds=self.settings.block_seconds,
            # The local node mines only while something waits, and then these many blocks more.
            trailing_blocks=self.settings.confirmations + 2,
        )

    def _await_ready(self) -> None:
        until = time.monotonic() + READY_SECONDS
        url = f"http://{self.settings.host}:{self.settings.port}/health/ready"
        while time.monotonic() < until:
            # It does not listen yet: that is what is waited for.
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(url, timeout=2.0, trust_env=False).is_success:
                    return
            self.watch()
            time.sleep(0.1)
        message = f"the API does not answer; see {self._children[0].log}"
        raise NotStarted(message)

    def watch(self) -> None:
        """Start again what has died."""
        now = time.monotonic()
        if self._postgres is not None and not _is_up("postgres", self._postgres.running()):
            logger.warning("Postgres ended by itself and is started again")
            RESTARTS.labels("postgres").inc()
            self._postgres = start_postgres(self.settings.data.absolute() / "postgres")
        if self._node is not None and not _is_up("node", self._node.running):
            logger.warning("the chain node ended by itself and is started again")
            RESTARTS.labels("node").inc()
            self._node = start_node(self._node_options(port=_port_of(self._node.url)))
        for child in self._children:
            child.keep_up(now)

    def run(self, stop: threading.Event) -> None:
        """Keep everything up until told to stop."""
        while not stop.wait(WATCH_SECONDS):
            self.watch()

    def stop(self) -> None:
        """Stop everything; data stay where they are."""
        stack_file(self.settings.data).unlink(missing_ok=True)
        for child in reversed(self._children):
            child.stop()
        self._children.clear()
        if self._node is not None:
            self._node.stop()
        if self._postgres is not None:
            self._postgres.stop()


def _is_up(part: str, up: bool) -> bool:  # noqa: FBT001 - what is measured is a yes or no
    PARTS_UP.labels(part).set(up)
    return up


def _port_of(url: str) -> int:
    return urlsplit(url).port or 0


def _free_port(host: str) -> int:
    with socket.create_server((host, 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
