"""A part of a chain campaign as a process: runs one after the other on a ground of its own."""

import tempfile
import traceback
from pathlib import Path

import msgspec

from tools.bench.children import Ready, answer, wishes
from tools.soak.chainfaults import CHAIN_PLANS
from tools.soak.chainground import ChainGround
from tools.soak.chainrun import ChainOutcome
from tools.soak.chainstory import carry_out
from tools.soak.invariants import Violation


class NextChain(msgspec.Struct, frozen=True):
    """A run to carry out."""

    fault: str
    seed: int


def attempt(ground: ChainGround, wish: NextChain) -> ChainOutcome:
    """Carry out a run; one that could not come to its end is a violation too."""
    try:
        return carry_out(ground, CHAIN_PLANS[wish.fault], wish.seed)
    except Exception as error:
        traceback.print_exc()
        return failed(wish, f"the run failed: {error!r}")


def failed(wish: NextChain, why: str) -> ChainOutcome:
    """Tell of a run that did not come to its end."""
    violations = [Violation("completes", why)]
    return ChainOutcome(fault=wish.fault, seed=wish.seed, violations=violations)


def main() -> None:
    """Run the process until told to stop."""
    with (
        tempfile.TemporaryDirectory(prefix="tallystick-chainsoak-") as folder,
        ChainGround(Path(folder)) as ground,
    ):
        answer(Ready())
        for wish in wishes(NextChain):
            answer(attempt(ground, wish))


if __name__ == "__main__":
    main()
