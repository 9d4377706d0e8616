"""What facts set off outside: documents are read, mails sent, payments instructed."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from application.ports.contacts import Codes, Kind
from application.ports.documents import DocumentRefused, InspectPdf
from application.ports.log import LogReader
from application.ports.mail import Mail, Mailer, MailRefused
from application.ports.texts import Texter
from application.ports.world import (
    Bank,
    BankNotification,
    BankPayment,
    BankRefused,
    Documents,
    KeyErased,
    LinkSigner,
    Vault,
)
from domain.invoice.commands import RecordVerification
from domain.invoice.events import InvoiceSubmitted
from domain.kernel.event import Recorded
from domain.kernel.ids import identity_of
from domain.kernel.money import Money
from domain.mail.commands import RecordMailRefused, RecordMailSent
from domain.mail.events import MailRequested
from domain.payment.commands import RefusePayment, SettlePayment
from domain.payment.events import PaymentInstructed
from domain.receipt.commands import RecordReceipt
from domain.subject.commands import SignClaim
from domain.subject.events import ClaimRequested
from interfaces.workers.follower import Places
from interfaces.workers.gateway import Sender
from interfaces.workers.people import NoAddress, People

logger = logging.getLogger("tallystick.effects")


def verification(
    sender: Sender,
    log: LogReader,
    documents: Documents,
    inspect: InspectPdf,
    people: People,
) -> Callable[[Recorded], None]:
    """Read an invoice's document when its verification starts (FX1)."""

    def effect(recorded: Recorded) -> None:
        invoice = identity_of(recorded.stream)
        submitted = [
            earlier.fact
            for earlier in log.read_stream(recorded.stream)
            if isinstance(earlier.fact, InvoiceSubmitted) and earlier.position < recorded.position
        ][-1]
        content = documents.get(submitted.document)
        text, unreadable = "", None
        if content is None:
            unreadable = "document_missing"
        else:
            try:
                text = inspect(content).text
            except DocumentRefused as error:
                unreadable = error.code
        command = RecordVerification(
            invoice=invoice,
            text=text,
            unreadable=unreadable,
            seller=people.sealed_name(submitted.seller),
            buyer=people.sealed_name(submitted.buyer),
        )
        sender.tell(command, f"read/{recorded.position}", cause=recorded)

    return effect


class Letters(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail is written with."""

    mailer: Mailer
    vault: Vault
    links: LinkSigner
    codes: Codes
    texter: Texter
    render: Callable[[str, Mapping[str, str]], tuple[str, str]]
    base_url: str
    account: str
    domain: str
    user_address: Callable[[str], str | None] = lambda _: None


TEXTED: Final = "mobile_code"
"""The message that goes to a phone."""
NAMED: Final = ("seller", "buyer")
TO_USERS: Final = frozenset({"A1", "A2"})
"""Mails to who signs in, whose recipient is a user and no subject."""


def mailing(sender: Sender, log: LogReader, letters: Letters) -> Callable[[Recorded], None]:
    """Send a mail when it is requested; a repeat carries the same Message-ID (FX16)."""

    def effect(recorded: Recorded) -> None:
        fact, mail = recorded.fact, identity_of(recorded.stream)
        if not isinstance(fact, MailRequested):
            return
        message_id = f"<{recorded.chain.hex()[:32]}@{letters.domain}>"
        try:
            if fact.template == TEXTED:
                _text(log, letters, fact, message_id)
            else:
                letters.mailer.send(_write(log, letters, fact, message_id))
        except (MailRefused, KeyErased, NoAddress) as error:
            refused = RecordMailRefused(mail=mail, reason=str(error) or type(error).__name__)
            sender.tell(refused, f"refused/{recorded.position}", cause=recorded)
            return
        sent = RecordMailSent(mail=mail, message_id=message_id)
        sender.tell(sent, f"sent/{recorded.position}", cause=recorded)

    return effect


def _write_user(letters: Letters, fact: MailRequested, message_id: str) -> Mail:
    """Write to a user, at the address that it signs in with."""
    to = letters.user_address(fact.recipient)
    if to is None:
        message = "no such user"
        raise NoAddress(message)
    token = letters.links.token(fact.fields["link"], fact.fields["expires"])
    fields = {
        "link": f"{letters.base_url}/password?token={token}",
        "expires": _readable(fact.fields["expires"]),
    }
    subject, text = letters.render(fact.template, fields)
    return Mail(message_id=message_id, to=to, subject=subject, text=text)


def _write(log: LogReader, letters: Letters, fact: MailRequested, message_id: str) -> Mail:
    if fact.template in TO_USERS:
        return _write_user(letters, fact, message_id)
    people = People(log, letters.vault)
    to = people.email(fact.recipient)
    name = people.name(fact.recipient)
    fields = {**fact.fields, "name": name, "account": letters.account}
    for party in NAMED:
        if party in fields:
            fields[party] = people.name(fields[party])
    if "nonce" in fields:
        fields["code"] = _code(letters, fact)
        fields["expires"] = _readable(fields["expires"])
    if "due" in fields:
        fields["due"] = _readable(fields["due"])
    if "link" in fields:
        token = letters.links.token(fields["link"], fields["expires"])
        fields["expires"] = _readable(fields["expires"])
        fields["link"] = f"{letters.base_url}/buyer/confirm/{fields['invoice']}?token={token}"
    subject, text = letters.render(fact.template, fields)
    return Mail(message_id=message_id, to=to, subject=subject, text=text)


def _text(log: LogReader, letters: Letters, fact: MailRequested, message_id: str) -> None:
    """Send a code to a phone."""
    number = People(log, letters.vault).mobile(fact.recipient)
    _, text = letters.render(fact.template, {"code": _code(letters, fact)})
    letters.texter.send(message_id, number, text)


def _code(letters: Letters, fact: MailRequested) -> str:
    channel: Kind = "mobile" if fact.template == TEXTED else "email"
    return letters.codes.code(fact.recipient, channel, fact.fields["nonce"])


def _readable(moment: str) -> str:
    """Write a date or an instant for people, e.g. ``21 July 2026, 23:00 UTC``."""
    day = datetime.fromisoformat(moment)
    hour = f", {day:%H:%M} UTC" if "T" in moment else ""
    return f"{day.day} {day:%B %Y}{hour}"


def paying(sender: Sender, bank: Bank, account: str, people: People) -> Callable[[Recorded], None]:
    """Instruct a payment; the end-to-end id makes a repeat the same payment (FX15)."""

    def effect(recorded: Recorded) -> None:
        fact, payment = recorded.fact, identity_of(recorded.stream)
        if not isinstance(fact, PaymentInstructed):
            return
        before = recorded.position
        order = BankPayment(
            end_to_end_id=fact.end_to_end,
            debtor_account=account,
            creditor_account=fact.creditor_account or people.account(fact.payee, before=before),
            creditor_name=fact.creditor_name or people.name(fact.payee, before=before),
            amount=fact.amount,
            narration=fact.narration,
            created_at=recorded.at,
        )
        try:
            bank.pay(order)
        except BankRefused as error:
            refused = RefusePayment(payment=payment, reason=str(error))
            sender.tell(refused, f"refused/{recorded.position}", cause=recorded)

    return effect


def claiming(sender: Sender, sign: Callable[[str, int, str], str]) -> Callable[[Recorded], None]:
    """Sign a claim that is asked for; `sign` takes identity, topic and data."""

    def effect(recorded: Recorded) -> None:
        fact, subject = recorded.fact, identity_of(recorded.stream)
        if not isinstance(fact, ClaimRequested):
            return
        signature = sign(fact.identity, fact.topic, fact.data)
        signed = SignClaim(subject=subject, number=fact.number, signature=signature)
        sender.tell(signed, f"claim/{recorded.position}", cause=recorded)

    return effect


BANK_PLACE: Final = "bank_notifications"
BANK_SECONDS: Final = 0.25

PaymentOf = Callable[[str], str | None]
"""Finds our payment by its end-to-end id; raises ViewBehind while nobody can know that yet."""


class BankListener:
    """Takes in what the bank says happened on our account (camt.054, FX15)."""

    def __init__(
        self,
        bank: Bank,
        sender: Sender,
        *,
        account: str,
        places: Places,
        payment_of: PaymentOf,
    ) -> None:
        self._bank = bank
        self._sender = sender
        self._account = account
        self._places = places
        self._payment_of = payment_of

    def step(self) -> float:
        """Take in what is new; tells how long to wait."""
        after = self._places.place(BANK_PLACE)
        for notification in self._bank.notifications(self._account, after):
            self._take_in(notification)
            self._places.move(BANK_PLACE, notification.sequence)
        return BANK_SECONDS

    def _take_in(self, notification: BankNotification) -> None:
        key = f"bank/{notification.reference}/{notification.direction}"
        if notification.direction == "credit":
            command = RecordReceipt(
                receipt=notification.reference,
                amount=Money(notification.amount, notification.currency),
                narration=notification.narration,
                counterparty=notification.counterparty,
                booked_at=notification.booked_at,
            )
            self._sender.tell(command, key)
            return
        payment = self._payment_of(notification.end_to_end_id or "")
        if payment is None:
            logger.error("the bank reports %s for no payment of ours", notification.reference)
        elif notification.direction == "debit":
            settled = SettlePayment(payment=payment, bank_reference=notification.reference)
            self._sender.tell(settled, key)
        else:
            reason = notification.reason or "no reason given"
            self._sender.tell(RefusePayment(payment=payment, reason=reason), key)
