"""What all tests share: how hard properties are tried, and one Postgres server for the session."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from interfaces.outbound.postgres import server as postgres
from interfaces.outbound.postgres.server import PostgresServer

# Two busy cores stretch single examples far beyond any sensible deadline.
settings.register_profile(
    "fast", max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "ci",
    max_examples=200,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "deep", max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci" if os.environ.get("CI") else "fast")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Start the server of this test session, in a folder that goes with it."""
    directory = Path(tempfile.mkdtemp(prefix="tallystick-postgres-"))
    try:
        with postgres.start(directory) as server:
            yield server
    finally:
        shutil.rmtree(directory)


@pytest.fixture(scope="session")
def create_database(postgres_server: PostgresServer) -> Iterator[Callable[[], str]]:
    """Make one more empty database and return its URL; for fixtures of any scope."""
    numbers = count(1)
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:

        def create() -> str:
            name = f"test_{next(numbers)}"
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            return postgres_server.url_of(name)

        yield create


@pytest.fixture
def postgres_url(create_database: Callable[[], str]) -> str:
    """Make an empty database of this test's own and give its URL."""
    return create_database()


@pytest.fixture(scope="module")
def module_postgres_url(create_database: Callable[[], str]) -> str:
    """Make an empty database that the tests of one module share and give its URL."""
    return create_database()
