"""The bank: payments go out, notifications of what happened on our accounts come in."""

import re
from typing import Final, Literal, Protocol

import msgspec

from domain.kernel.money import Money, is_known, is_payable

END_TO_END_ID_LENGTH_MAX: Final = 35
"""ISO 20022 Max35Text: a UUID fits only without its hyphens."""
NARRATION_LENGTH_MAX: Final = 140
NAME_LENGTH_MAX: Final = 140
ACCOUNT_LENGTH_MAX: Final = 34

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII)

Direction = Literal["credit", "debit", "rejected"]


class Payment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One credit transfer. Whoever repeats it repeats all its fields, `created_at` included.

    Accounts are an IBAN, or `<sort code>/<account number>`.
    """

    end_to_end_id: str
    debtor_account: str
    creditor_account: str
    creditor_name: str
    amount: Money
    narration: str
    created_at: str


class Notification(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing that happened on an account: money came, went, or a payment was rejected late.

    `sequence` is where to go on reading; `reference` is the bank's name of the entry: the same
    entry told twice has the same reference. `amount` is in minor units and never negative.
    """

    sequence: int
    reference: str
    direction: Direction
    amount: int
    currency: str
    end_to_end_id: str | None
    narration: str
    counterparty: str
    booked_at: str
    reason: str | None = None


class BankUnreachable(Exception):  # noqa: N818 - named for what happened
    """The bank gave no answer that counts: the payment may or may not be there; send it again."""


class BankRefused(Exception):  # noqa: N818 - named for what happened
    """The bank will not make this payment; `reason` is an ISO 20022 code such as AM04.

    Sent again unchanged it is refused again.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"the bank refused the payment: {reason}")
        self.reason = reason


class Bank(Protocol):
    """A bank at which we hold accounts."""

    def pay(self, payment: Payment) -> None:
        """Hand over a payment; a repeat with the same content changes nothing.

        What becomes of it comes as a notification: a debit, or a rejection.

        Raises:
            BankUnreachable: no answer that counts; repeat.
            BankRefused: not accepted. AM04 insufficient funds, AC01 or AC03 unknown account,
                AM05 the end-to-end id was used for another payment, AM12 invalid amount, AM03
                unknown currency, FF01 what a bank message cannot say.

        """
        ...

    def notifications(self, account: str, after: int) -> list[Notification]:
        """Read what happened on an account after a sequence number, in order, at most 500.

        The same entry may come again under a new sequence number.

        Raises:
            BankUnreachable: no answer that counts; repeat.

        """
        ...


def problem_of(payment: Payment) -> str | None:
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
