"""A restore that is killed half-way leaves nothing that serves, nor is it in anybody's way."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from interfaces.outbound.postgres.backup import Backup
from interfaces.outbound.postgres.fresh import SERVER, SUFFIX
from interfaces.outbound.postgres.inspection import inspect
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.restore import restore
from interfaces.outbound.postgres.restoring import Source
from interfaces.outbound.postgres.syncgate import SyncGate
from tests.conformance.script import LOG, FixedClock, create, opening

pytestmark = pytest.mark.postgres

ROOT = Path(__file__).resolve().parents[2]
SIZE = 40


def names(url: str) -> set[str]:
    """Name the databases that lie under this one's name."""
    name = str(conninfo_to_dict(url)["dbname"])
    with psycopg.connect(make_conninfo(url, dbname=SERVER)) as connection:
        found = connection.execute(
            "SELECT datname FROM pg_database WHERE datname IN (%s, %s)", [name, name + SUFFIX]
        )
        return {each.removeprefix(name) for (each,) in found}


def kill_in(where: str, place: str, folder: Path) -> None:
    """Start a restore and kill it when it has come to a part of its work."""
    program = [sys.executable, str(ROOT / "tests" / "faults" / "restore.py")]
    with subprocess.Popen(
        [*program, place, str(folder), LOG, where],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        process.kill()


def test_a_killed_restore_leaves_nothing_that_serves(
    create_database: Callable[[], str], tmp_path: Path
) -> None:
    """The log that was in the place is untouched; what lies aside is cleared by the next one."""
    written, place = create_database(), create_database()
    migrate(written)
    with SyncGate(written, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(opening())
        for number in range(SIZE - 1):
            gate.dispatch(create(f"s{number}"))
    folder = tmp_path / "backup"
    Backup(written, log=LOG).take({"log": folder})
    for where in ("restoring the log", "building the views"):
        kill_in(where, place, folder)
        assert names(place) == {"", SUFFIX}
        with psycopg.connect(place) as connection:
            assert connection.execute("SELECT to_regclass('events')").fetchone() == (None,)
    restore(place, Source(folder=folder, log=LOG))
    assert names(place) == {""}
    with psycopg.connect(place) as connection:
        assert inspect(connection, LOG) is None
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (SIZE,)
