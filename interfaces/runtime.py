"""How a long-running process uses the interpreter."""

import gc
from typing import Final

YOUNG: Final = 50_000
MIDDLE: Final = 20
OLD: Final = 100


def settle() -> None:
    """Leave what was loaded at the start alone, and look for cycles less often.

    A writer keeps up to 100,000 states alive for hours; looking through all of them every few
    seconds is what made one answer in a hundred late (256 clients: 17,100/s before, 18,700/s
    after, on a shared two-core machine).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
