"""What somebody may wish about an invoice."""

from domain.invoice.events import Share
from domain.kernel.command import Command
from domain.kernel.money import Money


class SubmitInvoice(Command, frozen=True, kw_only=True):
    """Ask for finance; ``document`` is the SHA-256 of the stored PDF."""

    TYPE = "invoice.submit"
    number: str
    buyer: str
    face: Money
    issued: str
    due: str
    document: str


class StartVerification(Command, frozen=True, kw_only=True):
    """Begin to read the document."""

    TYPE = "invoice.start_verification"
    invoice: str


class RecordVerification(Command, frozen=True, kw_only=True):
    """Hand in what the document's text says.

    The names of parties whose names lie sealed come opened with it; no event keeps them.
    """

    TYPE = "invoice.record_verification"
    invoice: str
    text: str
    unreadable: str | None = None
    seller: str | None = None
    buyer: str | None = None


class AskBuyer(Command, frozen=True, kw_only=True):
    """Ask the buyer by mail."""

    TYPE = "invoice.ask_buyer"
    invoice: str


class ConfirmInvoice(Command, frozen=True, kw_only=True):
    """The buyer says yes through the link."""

    TYPE = "invoice.confirm"
    invoice: str
    link: str


class DisputeInvoice(Command, frozen=True, kw_only=True):
    """The buyer says no through the link."""

    TYPE = "invoice.dispute"
    invoice: str
    link: str
    reason: str


class ExpireInvoice(Command, frozen=True, kw_only=True):
    """No answer in time."""

    TYPE = "invoice.expire"
    invoice: str


class ListInvoice(Command, frozen=True, kw_only=True):
    """The minted token is confirmed: the invoice is tokenised and listed."""

    TYPE = "invoice.list"
    invoice: str


class FundInvoice(Command, frozen=True, kw_only=True):
    """A lender accepts the price and pays the advance."""

    TYPE = "invoice.fund"
    invoice: str
    discount_bps: int


class CompleteFunding(Command, frozen=True, kw_only=True):
    """The chain has moved the token to the lender."""

    TYPE = "invoice.complete_funding"
    invoice: str
    transaction: str


class ReverseFunding(Command, frozen=True, kw_only=True):
    """The chain has refused to move the token."""

    TYPE = "invoice.reverse_funding"
    invoice: str
    reason: str


class RecordDisbursed(Command, frozen=True, kw_only=True):
    """The bank has paid the seller."""

    TYPE = "invoice.record_disbursed"
    invoice: str
    payment: str


class RemindBuyer(Command, frozen=True, kw_only=True):
    """Remind the buyer of the due date."""

    TYPE = "invoice.remind"
    invoice: str
    kind: str


class DistributeProceeds(Command, frozen=True, kw_only=True):
    """Pay the holders as of a position; ``holders`` is the list that was read there."""

    TYPE = "invoice.distribute"
    invoice: str
    record_position: int
    holders: tuple[Share, ...]


class SettleInvoice(Command, frozen=True, kw_only=True):
    """Close the invoice when its token is burned."""

    TYPE = "invoice.settle"
    invoice: str
