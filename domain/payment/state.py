"""A payment after its events, and the decisions about it."""

from typing import Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event
from domain.kernel.refusal import Refusal
from domain.payment.commands import RefusePayment, SettlePayment
from domain.payment.events import EVENTS, PaymentInstructed, PaymentRefused, PaymentSettled
from domain.payment.workflow import PAYMENT_WORKFLOW


class Payment(msgspec.Struct, frozen=True):
    """State and instruction."""

    state: str = PAYMENT_WORKFLOW.start
    instructed: PaymentInstructed | None = None

    @property
    def terms(self) -> PaymentInstructed:
        """What the bank is to do; raises ValueError before it is instructed."""
        if self.instructed is None:
            message = "the payment was never instructed"
            raise ValueError(message)
        return self.instructed


def evolve(state: Payment, event: Event) -> Payment:
    """Apply one fact."""
    instructed = event if isinstance(event, PaymentInstructed) else state.instructed
    after = PAYMENT_WORKFLOW.after(state.state, event.TYPE)
    return Payment(state=after, instructed=instructed)


def payment_stream(payment: str) -> str:
    """Name the stream of a payment."""
    return f"payment:{payment}"


def settle(state: Payment, command: SettlePayment) -> list[Event] | Refusal:
    """Take the bank's word that it has paid."""
    if refusal := PAYMENT_WORKFLOW.refuse(command.payment, state.state, command.TYPE):
        return refusal
    return [PaymentSettled(bank_reference=command.bank_reference)]


def refuse(state: Payment, command: RefusePayment) -> list[Event] | Refusal:
    """Take the bank's word that it will not pay."""
    if refusal := PAYMENT_WORKFLOW.refuse(command.payment, state.state, command.TYPE):
        return refusal
    return [PaymentRefused(reason=command.reason)]


PAYMENT: Final = Aggregate(name="payment", empty=Payment(), evolve=evolve, events=EVENTS)
