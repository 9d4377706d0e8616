"""From a submitted invoice to the buyer's answer, and the mails on the way (FX1, FX2, FX16)."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from application.processes.manager import ProcessManager, Reaction, Wish
from domain.invoice import commands
from domain.invoice import events as facts
from domain.kernel.event import Recorded
from domain.kernel.ids import identity_of
from domain.kernel.money import Money, plain
from domain.mail.commands import RequestMail


def _start(_: object, recorded: Recorded) -> Sequence[Reaction]:
    invoice = identity_of(recorded.stream)
    return (Wish(commands.StartVerification(invoice=invoice), invoice),)


def _ask(_: object, recorded: Recorded) -> Sequence[Reaction]:
    invoice = identity_of(recorded.stream)
    return (Wish(commands.AskBuyer(invoice=invoice), invoice),)


VERIFICATION: Final = ProcessManager(
    name="verification",
    reactions={facts.InvoiceSubmitted: _start, facts.InvoiceVerified: _ask},
)


class Parties(msgspec.Struct, frozen=True):
    """Who has to do with an invoice, and what it is about."""

    seller: str = ""
    buyer: str = ""
    face: Money = Money(0, "GBP")
    due: str = ""
    paid: Money = Money(0, "GBP")
    asked: int = 0


def remember(memory: Parties | None, recorded: Recorded) -> Parties:
    """Keep the parties and terms of an invoice."""
    fact, known = recorded.fact, memory or Parties()
    if isinstance(fact, facts.InvoiceSubmitted):
        return Parties(fact.seller, fact.buyer, fact.face, fact.due, asked=known.asked)
    if isinstance(fact, facts.BuyerAsked):
        return msgspec.structs.replace(known, asked=known.asked + 1)
    if isinstance(fact, facts.InvoiceDisbursed):
        return msgspec.structs.replace(known, paid=fact.amount)
    return known


def mail(template: str, recipient: str, reference: str, fields: dict[str, str]) -> Wish:
    """Wish a mail, named by template, reference and recipient."""
    command = RequestMail(
        template=template, recipient=recipient, reference=reference, fields=fields
    )
    return Wish(command, f"{template}/{reference}/{recipient}")


def _terms(invoice: str, parties: Parties) -> dict[str, str]:
    # Parties are named by their ids: their names are opened when the mail is written.
    return {
        "invoice": invoice,
        "seller": parties.seller,
        "buyer": parties.buyer,
        "amount": plain(parties.face),
        "due": parties.due,
    }


def _mail_buyer(memory: Any, recorded: Recorded) -> Sequence[Reaction]:
    fact, invoice = recorded.fact, identity_of(recorded.stream)
    if not isinstance(fact, facts.BuyerAsked):
        return ()
    fields = {**_terms(invoice, memory), "link": fact.link, "expires": fact.expires_at}
    # Whoever is asked again after a first link has expired gets a mail of its own.
    reference = invoice if memory.asked == 1 else f"{invoice}/{memory.asked}"
    return (mail("C1", memory.buyer, reference, fields),)


def _mail_seller(memory: Any, recorded: Recorded) -> Sequence[Reaction]:
    invoice = identity_of(recorded.stream)
    return (mail("S4", memory.seller, invoice, _terms(invoice, memory)),)


def _mail_paid(memory: Any, recorded: Recorded) -> Sequence[Reaction]:
    invoice = identity_of(recorded.stream)
    fields = {**_terms(invoice, memory), "amount": plain(memory.paid)}
    return (mail("S6", memory.seller, invoice, fields),)


def _mail_reminder(memory: Any, recorded: Recorded) -> Sequence[Reaction]:
    fact, invoice = recorded.fact, identity_of(recorded.stream)
    if not isinstance(fact, facts.BuyerReminded):
        return ()
    return (mail(f"C4_{fact.kind}", memory.buyer, invoice, _terms(invoice, memory)),)


CORRESPONDENCE: Final = ProcessManager(
    name="correspondence",
    reactions={
        facts.BuyerAsked: _mail_buyer,
        facts.InvoiceConfirmed: _mail_seller,
        facts.InvoiceDisbursed: _mail_paid,
        facts.BuyerReminded: _mail_reminder,
    },
    remembers=frozenset({facts.InvoiceSubmitted}),
    fold=remember,
)
