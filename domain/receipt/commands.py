"""What the bank worker reports, and what is made of it."""

from domain.kernel.command import Command
from domain.kernel.money import Money


class RecordReceipt(Command, frozen=True, kw_only=True):
    """The bank credited us; the same reference is recorded once."""

    TYPE = "receipt.record"
    receipt: str
    amount: Money
    narration: str
    counterparty: str
    booked_at: str


class MatchReceipt(Command, frozen=True, kw_only=True):
    """Find what the narration names."""

    TYPE = "receipt.match"
    receipt: str
