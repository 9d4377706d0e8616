"""A run of each fault: processes die, lines are cut, and every invariant still holds."""

import asyncio
from collections.abc import Iterator

import pytest

from tools.soak.faults import PLANS, available
from tools.soak.ground import Grounds
from tools.soak.run import run_once

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

SEED = 7


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grounds]:
    with Grounds(tmp_path_factory.mktemp("soak")) as ready:
        yield ready


@pytest.mark.parametrize("fault", available())
def test_nothing_is_lost_doubled_or_bent(fault: str, grounds: Grounds) -> None:
    plan = PLANS[fault]
    outcome = asyncio.run(run_once(grounds.ground(plan.small), plan, SEED))
    assert not outcome.violations
    assert outcome.acknowledged > 0
