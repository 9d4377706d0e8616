"""An incoming payment after its events, and the decisions about it."""

import re
from typing import Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event
from domain.kernel.money import is_payable
from domain.kernel.refusal import InvalidField, Refusal
from domain.receipt.commands import MatchReceipt, RecordReceipt
from domain.receipt.events import EVENTS, ReceiptRecorded
from domain.receipt.workflow import RECEIPT_WORKFLOW

# A name that is too long is nobody's: its beginning must not be taken for somebody else.
DEPOSIT: Final = re.compile(r"DEPOSIT ([a-z0-9][a-z0-9-]{0,62})(?![a-z0-9-])", re.IGNORECASE)
INVOICE_NUMBER: Final = re.compile(r"[A-Z0-9][A-Z0-9._-]{2,63}")


class Receipt(msgspec.Struct, frozen=True):
    """State and what arrived."""

    state: str = RECEIPT_WORKFLOW.start
    recorded: ReceiptRecorded | None = None

    @property
    def terms(self) -> ReceiptRecorded:
        """What arrived; raises ValueError before it did."""
        if self.recorded is None:
            message = "the receipt was never recorded"
            raise ValueError(message)
        return self.recorded


def evolve(state: Receipt, event: Event) -> Receipt:
    """Apply one fact."""
    recorded = event if isinstance(event, ReceiptRecorded) else state.recorded
    after = RECEIPT_WORKFLOW.after(state.state, event.TYPE)
    return Receipt(state=after, recorded=recorded)


def receipt_stream(receipt: str) -> str:
    """Name the stream of a receipt."""
    return f"receipt:{receipt}"


def deposit_subject(narration: str) -> str | None:
    """Read the subject of a deposit from a narration ``DEPOSIT <subject>``."""
    found = DEPOSIT.search(narration)
    return found.group(1).lower() if found else None


def invoice_number(narration: str) -> str | None:
    """Read the invoice number from a narration: its only word that could be one."""
    words = [word for word in narration.upper().split() if INVOICE_NUMBER.fullmatch(word)]
    numbers = [word for word in words if any(character.isdigit() for character in word)]
    return numbers[0] if len(numbers) == 1 else None


def record(state: Receipt, command: RecordReceipt) -> list[Event] | Refusal:
    """Take what arrived in, once."""
    if state.recorded is not None:
        return []
    if not is_payable(command.amount):
        return InvalidField(field="amount", reason="must be positive, of a known currency")
    return [
        ReceiptRecorded(
            amount=command.amount,
            narration=command.narration,
            counterparty=command.counterparty,
            booked_at=command.booked_at,
        )
    ]


def refuse_match(state: Receipt, command: MatchReceipt) -> Refusal | None:
    """Say why this receipt cannot be matched now."""
    return RECEIPT_WORKFLOW.refuse(command.receipt, state.state, command.TYPE)


RECEIPT: Final = Aggregate(name="receipt", empty=Receipt(), evolve=evolve, events=EVENTS)
