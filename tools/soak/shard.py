"""A part of a campaign as a process: runs one after the other on a ground of its own."""

import asyncio
import tempfile
import traceback
from pathlib import Path
from typing import Final

import msgspec

from tools.bench.children import Ready, answer, wishes
from tools.soak.faults import PLANS
from tools.soak.ground import Grounds
from tools.soak.run import Outcome, failed, run_once

RUN_SECONDS_MAX: Final = 180.0


class Next(msgspec.Struct, frozen=True):
    """A run to carry out."""

    fault: str
    seed: int


def carry_out(grounds: Grounds, wish: Next) -> Outcome:
    """Carry out a run; one that could not come to its end is a violation too."""
    plan = PLANS[wish.fault]
    ground = grounds.ground(plan.small)
    try:
        return asyncio.run(asyncio.wait_for(run_once(ground, plan, wish.seed), RUN_SECONDS_MAX))
    except Exception as error:
        traceback.print_exc()
        ground.revive()
        return failed(wish.fault, wish.seed, f"the run failed: {error!r}")


def main() -> None:
    """Run the process until told to stop."""
    folder = Path(tempfile.mkdtemp(prefix="tallystick-soak-"))
    with Grounds(folder) as grounds:
        grounds.ground(None)
        answer(Ready())
        for wish in wishes(Next):
            answer(carry_out(grounds, wish))


if __name__ == "__main__":
    main()
