"""Which passwords are taken: long ones that are hard to guess (NIST SP 800-63B).

What everybody guesses first is told by zxcvbn: common words and names, keyboard rows, dates, and
the login itself.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from interfaces.inbound.http.problems import Problem

LENGTH_MIN: Final = 12
LENGTH_MAX: Final = 128
SCORE_MIN: Final = 3
"""Of zxcvbn's 0 to 4: more than a hundred million guesses."""
SCORED_LENGTH: Final = 64
"""zxcvbn's time grows with the square of the length; longer ones are strong by what stands here."""
HISTORY: Final = 5
"""How many passwords before the present one may not return."""


def demand_strong(password: str, own: Sequence[str]) -> None:
    """Go on with a password that is hard to guess. Raises Problem ``password_refused``."""
    plain = unicodedata.normalize("NFKC", password)
    if len(plain) < LENGTH_MIN:
        raise refused(f"A password has at least {LENGTH_MIN} characters.")
    if len(plain) > LENGTH_MAX:
        raise refused(f"A password has at most {LENGTH_MAX} characters.")
    if any(unicodedata.category(letter) == "Cc" for letter in plain):
        raise refused("A password has no control characters.")
    words = [part for each in own for part in (each, *each.replace("@", " ").split())]
    # Its answer quotes the password: nothing of it but the score goes any further.
    if _zxcvbn()(plain[:SCORED_LENGTH], user_inputs=words)["score"] < SCORE_MIN:
        raise refused("This password is easily guessed; take several words that do not belong.")


def refused(reason: str) -> Problem:
    """Say no to a password, never with the password in it."""
    return Problem("password_refused", reason, field="/password")


@cache
def _zxcvbn() -> Any:
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its word lists are large, and seldom needed

    return zxcvbn
