"""Funding, repayment and close-out of an invoice (FX4, FX6)."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from application.processes.intake import mail
from application.processes.manager import Over, ProcessManager, Reaction, Wish
from domain.chainwrite.events import ChainWriteConfirmed, ChainWriteFailed
from domain.invoice import commands
from domain.invoice import events as facts
from domain.kernel.event import Recorded
from domain.kernel.ids import identity_of
from domain.kernel.money import Money, plain
from domain.payment.events import PaymentSettled
from domain.receipt.commands import MatchReceipt
from domain.receipt.events import ReceiptRecorded
from domain.token.events import TokenBurned
from domain.token.state import token_of


def moved_for(write: str, kind: str) -> str | None:
    """Tell for which invoice or trade a write moves units.

    The write is ``transfer/<token>/<kind>/<id>``, with ``/<attempt>`` behind a second funding.
    """
    parts = write.split("/")
    return parts[3] if len(parts) >= 4 and parts[0] == "transfer" and parts[2] == kind else None


def refused_registration(write: str) -> tuple[str, str] | None:
    """Tell (token, subject) of a registration that the chain refused."""
    parts = write.split("/")
    return (parts[1], parts[2]) if len(parts) == 3 and parts[0] == "register" else None


def _complete(_: object, recorded: Recorded) -> Sequence[Reaction]:
    fact, invoice = recorded.fact, moved_for(identity_of(recorded.stream), "invoice")
    if invoice is None or not isinstance(fact, ChainWriteConfirmed):
        return ()
    command = commands.CompleteFunding(invoice=invoice, transaction=fact.transaction)
    return (Wish(command, invoice),)


def _reverse(_: object, recorded: Recorded) -> Sequence[Reaction]:
    fact, invoice = recorded.fact, moved_for(identity_of(recorded.stream), "invoice")
    if invoice is None or not isinstance(fact, ChainWriteFailed):
        return ()
    return (Wish(commands.ReverseFunding(invoice=invoice, reason=fact.reason), invoice),)


def _disbursed(_: object, recorded: Recorded) -> Sequence[Reaction]:
    payment = identity_of(recorded.stream)
    purpose, _slash, invoice = payment.partition("/")
    if purpose != "advance":
        return ()
    return (Wish(commands.RecordDisbursed(invoice=invoice, payment=payment), invoice),)


FUNDING: Final = ProcessManager(
    name="funding",
    reactions={
        ChainWriteConfirmed: _complete,
        ChainWriteFailed: _reverse,
        PaymentSettled: _disbursed,
    },
)


def _match(_: object, recorded: Recorded) -> Sequence[Reaction]:
    receipt = identity_of(recorded.stream)
    return (Wish(MatchReceipt(receipt=receipt), receipt),)


def _distribute(_: object, recorded: Recorded) -> Sequence[Reaction]:
    fact, invoice = recorded.fact, identity_of(recorded.stream)
    if not isinstance(fact, facts.ObligorPaid):
        return ()
    currency = fact.amount.currency

    def build(position: int, holders: Sequence[tuple[str, int]]) -> commands.DistributeProceeds:
        shares = tuple(
            facts.Share(holder=holder, units=units, amount=Money(0, currency))
            for holder, units in holders
        )
        return commands.DistributeProceeds(
            invoice=invoice, record_position=position, holders=shares
        )

    return (Over(token_of(invoice), invoice, build),)


SETTLEMENT: Final = ProcessManager(
    name="settlement",
    reactions={ReceiptRecorded: _match, facts.ObligorPaid: _distribute},
    # Units on their way at maturity arrive or come back within seconds; the list is read anew.
    patience=frozenset({"transfers_pending", "holders_incomplete", "holders_changed"}),
)


class Closing(msgspec.Struct, frozen=True):
    """Whom to tell at the end, and what each received."""

    seller: str = ""
    buyer: str = ""
    face: Money = Money(0, "GBP")
    lender: str = ""
    shares: tuple[facts.Share, ...] = ()


def _collect(memory: Closing | None, recorded: Recorded) -> Closing:
    known, fact = memory or Closing(), recorded.fact
    if isinstance(fact, facts.InvoiceSubmitted):
        return Closing(fact.seller, fact.buyer, fact.face)
    if isinstance(fact, facts.InvoiceFunded):
        return msgspec.structs.replace(known, lender=fact.lender)
    if isinstance(fact, facts.ProceedsDistributed):
        return msgspec.structs.replace(known, shares=fact.shares)
    return known


def _case(recorded: Recorded) -> str:
    return identity_of(recorded.stream)


def _burned(_: object, recorded: Recorded) -> Sequence[Reaction]:
    fact, token = recorded.fact, identity_of(recorded.stream)
    if not isinstance(fact, TokenBurned) or fact.supply:
        return ()
    return (Wish(commands.SettleInvoice(invoice=fact.invoice), token),)


def _close(memory: Any, recorded: Recorded) -> Sequence[Reaction]:
    invoice, closing = identity_of(recorded.stream), memory
    fields = {
        "invoice": invoice,
        "seller": closing.seller,
        "buyer": closing.buyer,
        "amount": plain(closing.face),
    }
    wishes = [
        mail("closeout_seller", closing.seller, invoice, fields),
        mail("closeout_buyer", closing.buyer, invoice, fields),
    ]
    for share in closing.shares:
        role = "lender" if share.holder == closing.lender else "investor"
        received = {**fields, "received": plain(share.amount)}
        wishes.append(mail(f"closeout_{role}", share.holder, invoice, received))
    return tuple(wishes)


CLOSING: Final = ProcessManager(
    name="closing",
    reactions={TokenBurned: _burned, facts.InvoiceSettled: _close},
    remembers=frozenset({facts.InvoiceSubmitted, facts.InvoiceFunded, facts.ProceedsDistributed}),
    case=_case,
    fold=_collect,
)
