"""Every mail of the story, to whom, once, and with all that its template needs (FX16)."""

from collections import Counter

import pytest

from domain.invoice import commands as invoice
from domain.kernel.ids import identity_of
from domain.mail.commands import RecordMailRefused, RecordMailSent, RequestMail
from domain.mail.events import MailRequested, MailSent
from domain.mail.state import mail_id
from interfaces.outbound.mail.templates import TEMPLATES, render
from tests.application.telling import NAMES, NUMBER, Telling

BY_THE_WORKER = {"name", "account"}
"""What the mail worker adds: the recipient's name and our own account."""


@pytest.fixture
def letters(telling: Telling) -> list[MailRequested]:
    """Tell the whole story and give its mails in order."""
    telling.split()
    telling.buy("T-1")
    for kind, day in (("seven_days", "14"), ("due_day", "21")):
        telling.now = f"2026-07-{day}T08:00:00.000000Z"
        telling.system(invoice.RemindBuyer(invoice=NUMBER, kind=kind))
    telling.repay()
    return telling.facts(MailRequested)


@pytest.mark.capability("FX16", part="decisions")
def test_each_mail_goes_once_to_whom_it_concerns(letters: list[MailRequested]) -> None:
    assert [(letter.template, letter.recipient) for letter in letters] == [
        ("C1", "northwind"),
        ("S4", "coppergate"),
        ("S6", "coppergate"),
        ("C4_seven_days", "northwind"),
        ("C4_due_day", "northwind"),
        ("closeout_seller", "coppergate"),
        ("closeout_buyer", "northwind"),
        ("closeout_investor", "brunel"),
        ("closeout_lender", "pennine"),
    ]
    about_invoices = {name for name in TEMPLATES if "invoice" in TEMPLATES[name].fields}
    assert {letter.template for letter in letters} == about_invoices
    assert {letter.reference for letter in letters} == {NUMBER}


@pytest.mark.capability("FX16", part="decisions")
def test_each_mail_has_all_that_its_template_needs(letters: list[MailRequested]) -> None:
    for letter in letters:
        needed = TEMPLATES[letter.template].fields
        assert needed - BY_THE_WORKER <= set(letter.fields), letter.template
        subject, text = render(
            letter.template, {**letter.fields, "name": NAMES[letter.recipient], "account": "04"}
        )
        assert NUMBER in subject
        assert "{" not in text


def test_the_mails_name_amounts_exactly(letters: list[MailRequested]) -> None:
    told = {(letter.template, letter.recipient): letter.fields for letter in letters}
    assert told[("C1", "northwind")]["amount"] == "10,000.00 GBP"
    assert told[("S6", "coppergate")]["amount"] == "9,660.00 GBP"
    assert told[("closeout_lender", "pennine")]["received"] == "8,000.00 GBP"
    assert told[("closeout_investor", "brunel")]["received"] == "2,000.00 GBP"


def test_no_mail_carries_a_name_or_an_address(letters: list[MailRequested]) -> None:
    """Parties stand in the facts by their ids; the worker opens the rest when it writes."""
    for letter in letters:
        assert not any(name in "".join(letter.fields.values()) for name in NAMES.values())


def test_a_buyer_that_is_asked_again_gets_a_second_mail(telling: Telling) -> None:
    telling.ask()
    telling.now = "2026-06-15T08:00:00.000000Z"
    telling.system(invoice.ExpireInvoice(invoice=NUMBER))
    link = telling.ask()
    asked = [letter for letter in telling.facts(MailRequested) if letter.template == "C1"]
    assert [letter.fields["link"] for letter in asked] == [f"{NUMBER}/2026-05-22", link]
    assert link == f"{NUMBER}/2026-06-15"
    assert not telling.refused


def test_two_mails_never_share_a_stream(letters: list[MailRequested]) -> None:
    streams = Counter(mail_id(at.template, at.reference, at.recipient) for at in letters)
    assert set(streams.values()) == {1}


def test_a_mail_is_requested_sent_or_refused_once(telling: Telling) -> None:
    telling.ask()
    (requested,) = telling.facts(MailRequested)
    again = RequestMail(
        template=requested.template,
        recipient=requested.recipient,
        reference=requested.reference,
        fields={},
    )
    size = len(telling.log)
    telling.system(again)
    assert len(telling.log) == size
    stream = next(at.stream for at in telling.log if isinstance(at.fact, MailRequested))
    mail = identity_of(stream)
    telling.system(RecordMailSent(mail=mail, message_id="<1@x>"))
    assert telling.facts(MailSent) == [MailSent(message_id="<1@x>")]
    for late in (
        RecordMailSent(mail=mail, message_id="<2@x>"),
        RecordMailRefused(mail=mail, reason="550 5.1.1"),
    ):
        assert telling.refusal("worker", late).CODE == "wrong_state"
