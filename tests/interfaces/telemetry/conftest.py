"""A house for each test."""

import pytest

from tests.interfaces.inbound.http.house import House


@pytest.fixture
def house() -> House:
    """Give a house with the people of the story in it."""
    return House()
