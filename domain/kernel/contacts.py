"""E-mail addresses and phones as they are written."""

import re
from typing import Final

from domain.kernel.refusal import InvalidField, Refusal

EMAIL: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@(?=.{1,189}\Z)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+"
)
"""RFC 5321 without quotes and comments; names of other scripts come in their ASCII form."""
MOBILE: Final = re.compile(r"\+[1-9][0-9]{6,14}")
"""E.164. Whether the number exists is shown by the code that arrives."""


def refuse_email(email: str, *, field: str = "email") -> Refusal | None:
    """Say why this is no e-mail address."""
    if EMAIL.fullmatch(email) is None:
        return InvalidField(field=field, reason="must be an e-mail address")
    return None


def refuse_mobile(mobile: str, *, field: str = "mobile") -> Refusal | None:
    """Say why this is no phone."""
    if MOBILE.fullmatch(mobile) is None:
        return InvalidField(field=field, reason="must be + and 7 to 15 digits (E.164)")
    return None
