"""What every bank adapter checks before a payment leaves."""

import re
from typing import Final

from application.ports.world import BankPayment
from domain.kernel.money import is_known, is_payable

END_TO_END_ID_LENGTH_MAX: Final = 35
"""ISO 20022 Max35Text: a UUID fits only without its hyphens."""
NARRATION_LENGTH_MAX: Final = 140
NAME_LENGTH_MAX: Final = 140
ACCOUNT_LENGTH_MAX: Final = 34
NOTIFICATIONS_MAX: Final = 500
"""How many notifications one answer holds at most."""

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII)


def problem_of(payment: BankPayment) -> str | None:
    """Say with which code a payment must be refused before any bank sees it, if any.

    Bank messages have short fields and no room for control characters (ISO 20022 Max35Text,
    Max140Text): FF01. An unknown currency is AM03, an amount that nobody can pay AM12.
    """
    texts = (
        (payment.end_to_end_id, END_TO_END_ID_LENGTH_MAX),
        (payment.debtor_account, ACCOUNT_LENGTH_MAX),
        (payment.creditor_account, ACCOUNT_LENGTH_MAX),
        (payment.creditor_name, NAME_LENGTH_MAX),
        (payment.narration, NARRATION_LENGTH_MAX),
    )
    sayable = all(
        0 < len(text) <= length_max and text.isprintable() and text == text.strip()
        for text, length_max in texts
    )
    if not sayable or _TIME.fullmatch(payment.created_at) is None:
        return "FF01"
    if not is_known(payment.amount.currency):
        return "AM03"
    return None if is_payable(payment.amount) else "AM12"
