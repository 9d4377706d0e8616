"""A migrated database of each test's own, and a way to look into it."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.syncgate import SyncGate
from tests.conformance.script import LOG, FixedClock, script


@pytest.fixture
def database(migrated_database: Callable[[], str]) -> str:
    """Give the URL of an empty, migrated database."""
    return migrated_database()


@pytest.fixture
def admin(database: str) -> Iterator[psycopg.Connection]:
    """Open a session that may look everywhere and end other sessions."""
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def told(database: str) -> str:
    """Give a database whose log holds the whole tale."""
    clock = FixedClock()
    with SyncGate(database, log=LOG, clock=clock) as gate:
        for at, request in script():
            clock.at = at
            gate.dispatch(request)
    return database


@pytest.fixture
def reader(database: str) -> Iterator[PostgresLog]:
    """Give a reader of the database's log."""
    log = PostgresLog(database, log=LOG)
    yield log
    log.close()
