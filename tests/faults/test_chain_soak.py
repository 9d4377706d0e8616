"""Runs of a chain campaign: workers die, nodes and lines fail, and each write happens once."""

from collections.abc import Iterator

import pytest

from tools.soak.chainground import ChainGround
from tools.soak.chainshard import NextChain, attempt

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.chain,
    pytest.mark.slow,
    pytest.mark.capability("B4"),
]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChainGround]:
    with ChainGround(tmp_path_factory.mktemp("chainsoak")) as ready:
        yield ready


@pytest.mark.parametrize(
    ("fault", "seed"),
    [("kill_at", 0), ("reorganise", 1), ("several", 2), ("lie_and_reorganise", 3), ("squat", 4)],
)
def test_each_write_happens_once(fault: str, seed: int, ground: ChainGround) -> None:
    outcome = attempt(ground, NextChain(fault, seed))
    assert not outcome.violations
    assert outcome.writes > 1
