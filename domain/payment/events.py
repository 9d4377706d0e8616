"""What happened to an outgoing payment."""

from domain.kernel.event import Event
from domain.kernel.money import Money


class PaymentInstructed(Event, frozen=True, kw_only=True):
    """The bank is to pay; ``end_to_end`` names the payment for both sides, for ever.

    Without account or name, what the payee's own stream holds sealed before this event is meant.
    """

    TYPE = "payment.instructed"
    SCHEMA = 2
    purpose: str
    reference: str
    payee: str
    creditor_account: str | None = None
    creditor_name: str | None = None
    amount: Money
    narration: str
    end_to_end: str
    account: str


class PaymentSettled(Event, frozen=True, kw_only=True):
    """The bank's notification says that it has paid."""

    TYPE = "payment.settled"
    bank_reference: str


class PaymentRefused(Event, frozen=True, kw_only=True):
    """The bank's notification says that it will not pay; the money is held until people act."""

    TYPE = "payment.refused"
    reason: str


EVENTS = (PaymentInstructed, PaymentSettled, PaymentRefused)
