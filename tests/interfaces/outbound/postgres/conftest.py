"""A migrated database of each test's own, and a way to look into it."""

from collections.abc import Iterator

import psycopg
import pytest

from interfaces.outbound.postgres.migrate import migrate


@pytest.fixture
def database(postgres_url: str) -> str:
    """Give the URL of an empty, migrated database."""
    migrate(postgres_url)
    return postgres_url


@pytest.fixture
def admin(database: str) -> Iterator[psycopg.Connection]:
    """Open a session that may look everywhere and end other sessions."""
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection
