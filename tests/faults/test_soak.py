"""A run of each fault: processes die, lines are cut, and every invariant still holds."""

import asyncio
from collections.abc import Iterator

import pytest

from tools.soak.faults import PLANS
from tools.soak.ground import Ground
from tools.soak.run import run_once

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

SEED = 7


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with Ground(tmp_path_factory.mktemp("soak") / "ground") as ready:
        yield ready


@pytest.mark.parametrize("fault", PLANS)
def test_nothing_is_lost_doubled_or_bent(fault: str, ground: Ground) -> None:
    outcome = asyncio.run(run_once(ground, PLANS[fault], SEED))
    assert not outcome.violations
    assert outcome.acknowledged > 0
