"""What happened to an invoice."""

import msgspec

from domain.kernel.event import Event
from domain.kernel.money import Money


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """One holder's part of the proceeds: units held and money received."""

    holder: str
    units: int
    amount: Money


class InvoiceSubmitted(Event, frozen=True, kw_only=True):
    """The seller asks for finance against this invoice; ``document`` is the PDF's SHA-256."""

    TYPE = "invoice.submitted"
    seller: str
    buyer: str
    number: str
    face: Money
    issued: str
    due: str
    document: str
    fingerprint: str


class VerificationStarted(Event, frozen=True, kw_only=True):
    """The document is being read."""

    TYPE = "invoice.verification_started"


class InvoiceVerified(Event, frozen=True, kw_only=True):
    """The document says what the seller said; ``checks`` names each thing that was found."""

    TYPE = "invoice.verified"
    checks: tuple[str, ...]


class InvoiceRejected(Event, frozen=True, kw_only=True):
    """The document does not say what the seller said."""

    TYPE = "invoice.rejected"
    failures: tuple[str, ...]


class BuyerAsked(Event, frozen=True, kw_only=True):
    """The buyer is asked to confirm by a link that works once until it expires."""

    TYPE = "invoice.buyer_asked"
    link: str
    expires_at: str


class InvoiceConfirmed(Event, frozen=True, kw_only=True):
    """The buyer owes the face amount on the due date."""

    TYPE = "invoice.confirmed"
    link: str


class InvoiceDisputed(Event, frozen=True, kw_only=True):
    """The buyer says it does not owe this."""

    TYPE = "invoice.disputed"
    link: str
    reason: str


class InvoiceExpired(Event, frozen=True, kw_only=True):
    """The buyer did not answer in time."""

    TYPE = "invoice.expired"


class InvoiceTokenised(Event, frozen=True, kw_only=True):
    """A token stands for the invoice; its whole supply lies in the listing wallet."""

    TYPE = "invoice.tokenised"
    token: str
    units: int


class InvoiceListed(Event, frozen=True, kw_only=True):
    """Lenders can fund it at these terms."""

    TYPE = "invoice.listed"
    discount_bps: int
    advance: Money
    fee: Money


class InvoiceFunded(Event, frozen=True, kw_only=True):
    """A lender's advance is held; token and cash are about to change places."""

    TYPE = "invoice.funded"
    lender: str
    advance: Money
    fee: Money
    write: str


class FundingReversed(Event, frozen=True, kw_only=True):
    """The chain refused the token's move: the advance is free again, the invoice listed."""

    TYPE = "invoice.funding_reversed"
    lender: str
    reason: str


class AdvancePaid(Event, frozen=True, kw_only=True):
    """Token and cash have changed places; the seller's payment is on its way."""

    TYPE = "invoice.advance_paid"
    lender: str
    payment: str
    transaction: str


class InvoiceDisbursed(Event, frozen=True, kw_only=True):
    """The bank has paid the seller."""

    TYPE = "invoice.disbursed"
    payment: str
    amount: Money


class BuyerReminded(Event, frozen=True, kw_only=True):
    """The buyer was reminded; ``kind`` tells which reminder, each is sent once."""

    TYPE = "invoice.reminded"
    kind: str


class ObligorPaid(Event, frozen=True, kw_only=True):
    """The buyer's payment arrived and was matched by its narration."""

    TYPE = "invoice.obligor_paid"
    receipt: str
    amount: Money


class ProceedsDistributed(Event, frozen=True, kw_only=True):
    """The holders at ``record_position`` were paid; the list used is kept (decision 7)."""

    TYPE = "invoice.distributed"
    record_position: int
    shares: tuple[Share, ...]


class InvoiceSettled(Event, frozen=True, kw_only=True):
    """Everybody is paid and the token is gone."""

    TYPE = "invoice.settled"


EVENTS = (
    InvoiceSubmitted,
    VerificationStarted,
    InvoiceVerified,
    InvoiceRejected,
    BuyerAsked,
    InvoiceConfirmed,
    InvoiceDisputed,
    InvoiceExpired,
    InvoiceTokenised,
    InvoiceListed,
    InvoiceFunded,
    FundingReversed,
    AdvancePaid,
    InvoiceDisbursed,
    BuyerReminded,
    ObligorPaid,
    ProceedsDistributed,
    InvoiceSettled,
)
