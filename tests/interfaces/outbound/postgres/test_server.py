"""The embedded server: made once, found again, never confused with somebody else's."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from interfaces.outbound.postgres import server as postgres
from interfaces.outbound.postgres.cluster import PostgresNotStarted

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture
def directory() -> Iterator[Path]:
    """Make a folder that only its owner may enter, as `mktemp -d` does."""
    path = Path(tempfile.mkdtemp())
    yield path / "cluster"
    shutil.rmtree(path)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """Listen, as somebody else, on a port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


def test_what_was_committed_is_there_after_a_restart_at_the_same_address(directory: Path) -> None:
    with postgres.start(directory) as first:
        url = first.url
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    assert not first.running()
    with postgres.start(directory) as second:
        assert second.url == url
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_a_killed_server_is_started_again_with_all_that_was_committed(directory: Path) -> None:
    first = postgres.start(directory)
    with psycopg.connect(first.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    os.kill(first.pid, signal.SIGKILL)
    with postgres.start(directory) as second, psycopg.connect(second.url) as connection:
        assert second.pid != first.pid
        assert not first.running()
        first.stop()
        assert second.running()
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_a_lock_file_that_names_a_stranger_is_cleared_away(directory: Path) -> None:
    postgres.start(directory).stop()
    lock_file = directory / "data" / "postmaster.pid"
    lock_file.write_text(f"{os.getpid()}\n{directory / 'data'}\n1\n5432\n\n127.0.0.1\n\nready\n")
    with postgres.start(directory) as server:
        assert server.pid != os.getpid()
        assert server.running()


def test_a_second_start_shares_the_server_and_its_stop_leaves_it_alone(directory: Path) -> None:
    with postgres.start(directory) as first:
        second = postgres.start(directory)
        assert (second.pid, second.url, second.owned) == (first.pid, first.url, False)
        second.stop()
        assert first.running()


def test_a_server_whose_starter_was_killed_is_taken_over(directory: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path;"
        "from interfaces.outbound.postgres.server import start;"
        "start(Path(sys.argv[1])); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(directory)], check=False)
    assert done.returncode == -signal.SIGKILL
    orphan_pid = int((directory / "data" / "postmaster.pid").read_text().split("\n")[0])
    with postgres.start(directory) as server:
        assert (server.pid, server.owned) == (orphan_pid, True)
    assert not server.running()


def test_a_taken_port_is_replaced_by_a_free_one(directory: Path, taken_port: int) -> None:
    postgres.start(directory).stop()
    (directory / "port").write_text(f"{taken_port}\n")
    with postgres.start(directory) as server:
        assert f":{taken_port}/" not in server.url


def test_an_impossible_setting_is_told_and_leaves_nothing_running(directory: Path) -> None:
    with pytest.raises(PostgresNotStarted, match="no_such_setting"):
        postgres.start(directory, settings={"no_such_setting": "1"})
    with postgres.start(directory) as server:
        assert server.running()


def test_stopping_twice_is_harmless(directory: Path) -> None:
    server = postgres.start(directory)
    server.stop()
    server.stop()


def test_a_stranger_without_the_password_is_turned_away(directory: Path) -> None:
    with postgres.start(directory) as server:
        port = (directory / "port").read_text().strip()
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgresql://tallystick:guess@127.0.0.1:{port}/tallystick")
        mode = stat.S_IMODE((directory / "password").stat().st_mode)
        assert mode == 0o600
        assert server.running()


def test_commits_are_durable_and_values_stay_out_of_the_log(directory: Path) -> None:
    with (
        postgres.start(directory) as server,
        psycopg.connect(server.url, autocommit=True) as connection,
    ):
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
            assert connection.execute(f"SHOW {setting}").fetchone() == ("on",)
        connection.execute("CREATE TABLE people (name text PRIMARY KEY)")
        connection.execute("INSERT INTO people VALUES ('Ada Secretname')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO people VALUES ('Ada Secretname')")
    log = (directory / "server.log").read_text()
    assert "duplicate key" in log
    assert "Secretname" not in log


def test_each_test_gets_an_empty_database(create_database: Callable[[], str]) -> None:
    one, other = create_database(), create_database()
    with psycopg.connect(one) as connection:
        connection.execute("CREATE TABLE mine ()")
    with psycopg.connect(other) as connection:
        found = connection.execute("SELECT to_regclass('mine')").fetchone()
        assert found == (None,)
