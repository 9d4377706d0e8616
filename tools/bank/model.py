"""What the simulated bank is told, keeps and answers, as data."""

from typing import Final, Literal

import msgspec

ANY_PAYMENT: Final = "*"
Direction = Literal["credit", "debit", "rejected"]

RefusalCode = Literal["AC01", "AC03", "AC04", "AC06", "AM04", "AM05", "BE04", "MS03", "RR04"]
"""ISO 20022 external status reason codes that this bank knows how to say."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One payment order, read from a pain.001. `digest` is over everything that it says."""

    message: str
    end_to_end_id: str
    digest: str
    debtor: str
    creditor: str
    creditor_name: str
    amount: int
    currency: str
    narration: str
    created_at: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the bank says to an order at once: refused with a reason, or taken."""

    order: Order
    reason: str | None
    conflict: bool = False
    drop_answer: bool = False


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account at the bank; `available` is the balance less payments that are under way."""

    account: str
    name: str
    currency: str
    balance: int
    available: int


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an account, or a late rejection, which moves nothing."""

    number: int
    account: str
    direction: Direction
    amount: int
    currency: str
    end_to_end_id: str | None
    narration: str
    counterparty: str
    booked_at: str
    reason: str | None

    @property
    def reference(self) -> str:
        """The bank's own name of the entry."""
        return f"TB{self.number:012d}"


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A day of an account: the balance before, the entries, the balance after."""

    account: Account
    day: str
    opening: int
    entries: list[Entry]
    closing: int


class OpenAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Open an account, with money on it if wanted. Asked again, nothing happens."""

    account: str
    name: str
    currency: str = "GBP"
    balance: int = 0


class OutsideCredit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Money comes from another bank. With an `id`, asked again nothing happens."""

    account: str
    amount: int
    narration: str
    counterparty: str
    end_to_end_id: str | None = None
    id: str | None = None


class Behaviour(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How to treat the next `times` payments with an end-to-end id, or any (`*`).

    - `settle_after`: seconds until it settles, instead of the bank's usual delay.
    - `refuse`: this code instead of paying: told late as a rejection, or `at_once`.
    - `repeats`: how often its notifications are told again.
    - `drop_answer`: do the work, then close the connection without an answer.
    """

    end_to_end_id: str = ANY_PAYMENT
    times: int = 1
    settle_after: float | None = None
    refuse: RefusalCode | None = None
    at_once: bool = False
    repeats: int = 0
    drop_answer: bool = False


class Outage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Be down for some seconds from now on; 0 ends an outage."""

    seconds: float


class BadRequest(Exception):
    """A request that the bank cannot make sense of."""
