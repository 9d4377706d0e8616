"""What happened to an incoming payment; the stream is the bank's own reference."""

from domain.kernel.event import Event
from domain.kernel.money import Money


class ReceiptRecorded(Event, frozen=True, kw_only=True):
    """The bank credited us; the money lies in suspense until it is matched."""

    TYPE = "receipt.recorded"
    amount: Money
    narration: str
    counterparty: str
    booked_at: str


class ReceiptMatched(Event, frozen=True, kw_only=True):
    """The narration named what it is for."""

    TYPE = "receipt.matched"
    kind: str
    reference: str


class ReceiptUnmatched(Event, frozen=True, kw_only=True):
    """Nobody knows yet what it is for; the money stays in suspense."""

    TYPE = "receipt.unmatched"
    reason: str


EVENTS = (ReceiptRecorded, ReceiptMatched, ReceiptUnmatched)
