"""The schema is what the numbered files make of it, whenever they were applied (issue 3)."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from interfaces.outbound.postgres import migrate as migrating
from interfaces.outbound.postgres.cluster import BINARIES
from interfaces.outbound.postgres.inspection import inspect
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.migrate import (
    DatabaseNewer,
    Migration,
    MigrationEdited,
    MigrationMissing,
    migrate,
    migrations,
)
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.views import prepared
from projections.registry import VIEWS
from tests.conformance.gate import check_log
from tests.conformance.script import LOG, FixedClock, create, opening

pytestmark = pytest.mark.postgres

STEPS = migrations()
NUMBERS = [step.number for step in STEPS]


def dump(url: str) -> str:
    """Write the schema as statements, without the views' own schemas."""
    done = subprocess.run(
        [
            *(BINARIES / "bin" / "pg_dump", "--schema-only", "--restrict-key=same"),
            *("--exclude-schema=view_*", url),
        ],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "LD_LIBRARY_PATH": str(BINARIES / "lib")},
    )
    return done.stdout


def only(monkeypatch: pytest.MonkeyPatch, steps: list[Migration]) -> None:
    """Let the version that runs have these steps."""
    monkeypatch.setattr(migrating, "migrations", lambda: steps)


@pytest.fixture(scope="module")
def fresh(create_database: Callable[[], str]) -> str:
    """Give the schema of a database that was migrated at once."""
    url = create_database()
    assert migrate(url) == [step.name for step in STEPS]
    return dump(url)


def test_files_are_numbered_without_gaps() -> None:
    assert list(range(1, len(STEPS) + 1)) == NUMBERS


@pytest.mark.parametrize("last", NUMBERS[:-1])
def test_every_earlier_version_comes_to_the_same_schema(
    postgres_url: str, fresh: str, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    """A database of each earlier version, with rows in it, is brought here step by step."""
    with monkeypatch.context() as earlier:
        only(earlier, STEPS[:last])
        migrate(postgres_url)
    _write_rows(postgres_url)
    for number in range(last + 1, len(STEPS) + 1):
        with monkeypatch.context() as later:
            only(later, STEPS[:number])
            assert migrate(postgres_url) == [STEPS[number - 1].name]
    assert migrate(postgres_url) == []
    assert dump(postgres_url) == fresh
    log = PostgresLog(postgres_url, log=LOG)
    with SyncGate(postgres_url, log=LOG, clock=FixedClock()) as gate:
        assert gate.dispatch(create("anna")).replayed
        assert gate.dispatch(create("bert")).position == 3
    assert check_log(log) == 3
    log.close()
    with psycopg.connect(postgres_url) as connection:
        assert inspect(connection, LOG) is None
        assert connection.execute("SELECT view, position FROM view_checkpoints").fetchall() == [
            ("old", 1)
        ]


def _write_rows(url: str) -> None:
    """Write as any version could: two events, and how far a view has come."""
    with SyncGate(url, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(opening())
        gate.dispatch(create("anna"))
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO view_checkpoints (view, version, position) VALUES ('old', 1, 1)"
        )


def test_nothing_but_migrations_and_views_makes_tables(postgres_url: str, fresh: str) -> None:
    """Views keep to schemas of their own; whatever else the store needs is in a file."""
    migrate(postgres_url)
    session, log = Session(postgres_url, "test"), PostgresLog(postgres_url, log=LOG)
    prepared(session, log, VIEWS)
    session.close()
    log.close()
    assert dump(postgres_url) == fresh


def test_migrations_are_applied_once(postgres_url: str) -> None:
    """Several processes that start together apply each step once."""
    applied: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: applied.append(migrate(postgres_url))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(applied) == [[], [], [], [step.name for step in STEPS]]


def test_an_edited_migration_is_refused(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for at, step in enumerate(STEPS):
        edited = Migration(step.number, step.name, step.statements + "-- edited\n")
        only(monkeypatch, [*STEPS[:at], edited, *STEPS[at + 1 :]])
        with pytest.raises(MigrationEdited, match=f"^migration {step.number} "):
            migrate(database)


def test_a_missing_migration_is_refused(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for at, step in enumerate(STEPS[:-1]):
        only(monkeypatch, [*STEPS[:at], *STEPS[at + 1 :]])
        with pytest.raises(MigrationMissing, match=f"no migration {step.number}$"):
            migrate(database)


def test_a_migration_that_comes_too_late_is_refused(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that slipped in below the last one that was applied would run out of order."""
    later = Migration(NUMBERS[-1] + 2, "later.sql", "CREATE TABLE later (id int)")
    late = Migration(NUMBERS[-1] + 1, "late.sql", "CREATE TABLE late (id int)")
    only(monkeypatch, [*STEPS, later])
    migrate(postgres_url)
    only(monkeypatch, [*STEPS, late, later])
    with pytest.raises(MigrationMissing, match=f"lacks migration {late.number}$"):
        migrate(postgres_url)


def test_a_newer_database_is_refused(
    database: str, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old version never writes into tables that it does not know."""
    only(monkeypatch, [*STEPS, Migration(NUMBERS[-1] + 1, "next.sql", "CREATE TABLE next (n int)")])
    migrate(database)
    monkeypatch.undo()
    with pytest.raises(DatabaseNewer) as refused:
        migrate(database)
    assert str(NUMBERS[-1] + 1) in str(refused.value)
    assert "\n" not in str(refused.value)
    assert admin.execute("SELECT count(*) FROM migrations").fetchone() == (len(STEPS) + 1,)


def test_a_refused_database_is_told_in_one_sentence(
    database: str, admin: psycopg.Connection, tmp_path: Path
) -> None:
    """What a person can mend is said without a traceback, by every verb that needs the store."""
    admin.execute("INSERT INTO migrations (number, name, digest) VALUES (9999, 'x', 'y')")
    settings = {"TALLYSTICK_DATABASE_URL": database, "TALLYSTICK_DATA": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "tools.tally", "serve", "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **settings, "COLUMNS": "200"},
    )
    assert done.returncode == 1
    assert "tally: the database has migration 9999" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_step_that_fails_leaves_nothing(
    database: str, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = NUMBERS[-1]
    failing = [
        Migration(last + 1, "good.sql", "CREATE TABLE good (id int)"),
        Migration(last + 2, "bad.sql", "CREATE TABLE good (id int)"),
    ]
    only(monkeypatch, [*STEPS, *failing])
    with pytest.raises(psycopg.errors.DuplicateTable):
        migrate(database)
    assert admin.execute("SELECT to_regclass('good')").fetchone() == (None,)
