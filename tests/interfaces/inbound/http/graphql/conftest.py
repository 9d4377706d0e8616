"""The story told once for each module that only reads it."""

from collections.abc import Callable, Iterator

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.interfaces.inbound.http.graphql.hall import QUICK, Guest, Hall, entered, told

Guests = Callable[[str | None], Guest]


@pytest.fixture(scope="module")
def hall() -> Hall:
    """Give the house after the trade."""
    return told()


@pytest.fixture(scope="module")
def client(hall: Hall) -> Iterator[TestClient[Litestar]]:
    """Open the doors."""
    with entered(hall.services(QUICK)) as opened:
        yield opened


@pytest.fixture
def guests(client: TestClient[Litestar]) -> Guests:
    """Let anybody in by name."""
    return lambda name: Guest(client, name)
