"""How long the next attempt waits after so many that failed: exponential, and bounded."""

from typing import Final

FORGOTTEN_SECONDS: Final = 86_400
"""After so long without an attempt the failures before it count no longer."""

ACCOUNT_DELAYS: Final[tuple[int, ...]] = (0, 0, 0, 0, 30, 60, 120, 240, 480, 900)
"""Seconds after the first, second, … failure of one login; the last stands for all later ones.

A guesser gets about a hundred tries a day; the owner waits a quarter of an hour at most, and a
link that resets the password opens at once.
"""

ADDRESS_DELAYS: Final[tuple[int, ...]] = (*[0] * 19, 10, 20, 40, 80, 160, 320, 640, 900)
"""The same for one network address, behind which many people may sit."""


def delay_after(failures: int, delays: tuple[int, ...]) -> int:
    """Tell the seconds to wait after so many failures, of which there is at least one."""
    return delays[min(failures, len(delays)) - 1]
