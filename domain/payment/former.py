"""What events of a payment looked like under earlier schema numbers, kept for ever."""

from typing import Final

from domain.kernel.event import Event
from domain.kernel.money import Money


class PaymentInstructed1(Event, frozen=True, kw_only=True):
    """The bank is to pay; ``end_to_end`` names the payment for both sides, for ever."""

    TYPE = "payment.instructed"
    purpose: str
    reference: str
    payee: str
    creditor_account: str
    creditor_name: str
    amount: Money
    narration: str
    end_to_end: str
    account: str


FORMER: Final[tuple[type[Event], ...]] = (PaymentInstructed1,)
