"""A log of each test's own, a writer, and eyes that may look everywhere."""

from collections.abc import AsyncIterator, Callable, Iterator

import psycopg
import pytest

from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.writer import Writer
from tests.conformance.script import LOG, FixedClock, opening


@pytest.fixture
def database(migrated_database: Callable[[], str]) -> str:
    """Give the URL of an empty, migrated database."""
    return migrated_database()


@pytest.fixture
def admin(database: str) -> Iterator[psycopg.Connection]:
    """Open a session that may look everywhere and hold up others."""
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
async def gate(database: str) -> AsyncIterator[Writer]:
    """Run a node on an opened log."""
    async with Writer(database, log=LOG, clock=FixedClock()) as writer:
        await writer.dispatch(opening())
        yield writer


@pytest.fixture
async def other(gate: Writer, database: str) -> AsyncIterator[Writer]:
    """Run a second node, whose clock is an hour behind."""
    clock = FixedClock("2026-05-22T08:00:00.000000Z")
    async with Writer(database, log=LOG, clock=clock) as writer:
        yield writer


@pytest.fixture
def reader(database: str) -> Iterator[PostgresLog]:
    """Give a reader of the log."""
    log = PostgresLog(database, log=LOG)
    yield log
    log.close()
