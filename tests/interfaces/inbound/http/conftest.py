"""A house and its doors for each test."""

from collections.abc import Callable, Iterator

import pytest

from tests.interfaces.inbound.http.house import House, Visitor, opened


@pytest.fixture
def house() -> House:
    """Give a house with the people of the story in it."""
    return House()


@pytest.fixture
def doors(house: House) -> Iterator[Callable[[str | None], Visitor]]:
    """Open its doors."""
    with opened(house) as enter:
        yield enter
