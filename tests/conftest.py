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
from xdist.remote import Producer

from interfaces.outbound.postgres import server as postgres
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.server import PostgresServer
from tests import schedule

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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest when several files run at a time."""
    if hasattr(config, "workerinput"):
        schedule.in_order(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(
    config: pytest.Config, log: Producer
) -> schedule.LongestFirst | None:
    """Keep files together as `--dist loadfile` does, and stacks as well."""
    return schedule.scheduler(config, log) if config.getoption("dist") == "loadfile" else None


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


@pytest.fixture(scope="session")
def migrated_database(postgres_server: PostgresServer) -> Iterator[Callable[[], str]]:
    """Make one more migrated database and return its URL: a copy of one that is migrated once."""
    numbers = count(1)
    template = sql.Identifier("migrated")
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(template))
        migrate(postgres_server.url_of("migrated"))

        def create() -> str:
            name = f"migrated_{next(numbers)}"
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(statement.format(sql.Identifier(name), template))
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
