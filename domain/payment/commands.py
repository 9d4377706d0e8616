"""What the bank worker reports."""

from domain.kernel.command import Command


class SettlePayment(Command, frozen=True, kw_only=True):
    """The bank has paid."""

    TYPE = "payment.settle"
    payment: str
    bank_reference: str


class RefusePayment(Command, frozen=True, kw_only=True):
    """The bank will not pay."""

    TYPE = "payment.refuse"
    payment: str
    reason: str
