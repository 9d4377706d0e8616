"""Houses at the stages of the story, each test its own."""

import pytest

from tests.application.telling import Telling


@pytest.fixture
def telling() -> Telling:
    """Give a house with its people, nothing submitted yet."""
    telling = Telling()
    telling.open()
    assert not telling.refused
    return telling
