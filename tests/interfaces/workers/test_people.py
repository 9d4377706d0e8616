"""Personal data where workers use it: sealed accounts, and codes for addresses and phones (LB4)."""

import pytest

from application.ports.texts import TextRefused, TextUnreachable
from domain.kernel.money import Money
from domain.mail.events import MailRequested
from domain.payment.events import PaymentInstructed
from domain.registration.events import RegistrationOpened
from domain.subject.events import SubjectCreated
from interfaces.outbound.identifying import HmacCodes
from interfaces.outbound.memory.bank import MemoryBank
from interfaces.outbound.memory.mail import MemoryMailer
from interfaces.outbound.memory.vault import MemoryVault
from interfaces.outbound.texts.gateway import MailTexter
from interfaces.workers.effects import paying
from interfaces.workers.gateway import Sender
from interfaces.workers.people import People
from tests.interfaces.workers.parts import ListLog, ScriptedGate
from tests.interfaces.workers.post import OURS, PHONE, THEIRS, Post


@pytest.mark.capability("LB4", part="sealed bank accounts")
def test_a_sealed_account_is_opened_as_it_was_when_the_payment_was_instructed() -> None:
    log, gate, bank = ListLog(), ScriptedGate(), MemoryBank()
    bank.open_account(OURS, name="Ours", balance=1_000_000)
    bank.open_account(THEIRS, name="Anna")
    vault = MemoryVault(log="tallystick.example/test")
    place = ("anna", "subject:anna", "subject.created")
    created = SubjectCreated(
        name=vault.seal(*place, "/name", "Anna Kent"),
        kind="person",
        country="GB",
        roles=("seller",),
        bank_account=vault.seal(*place, "/bank_account", THEIRS),
    )
    log.scribe.write("subject:anna", created)
    instructed = PaymentInstructed(
        purpose="advance",
        reference="A1",
        payee="anna",
        amount=Money(500, "GBP"),
        narration="A1",
        end_to_end="E2E1",
        account="account:collections/escrow/GBP",
    )
    recorded = log.scribe.write("payment:advance/A1", instructed)
    paying(Sender(gate, "bank"), bank, OURS, People(log, vault))(recorded)
    bank.notifications(OURS, 0)
    assert bank.balance(THEIRS) == 500


@pytest.mark.capability("LB4", part="one-time codes")
def test_a_code_goes_to_the_address_or_the_phone_and_stands_nowhere() -> None:
    post, codes = Post(), HmacCodes(b"codes" * 8, log="tallystick.example/test")
    fields = {"nonce": "0a", "channel": "email", "expires": "2026-05-22T10:52:00.000000Z"}
    fact = MailRequested(
        template="email_code", recipient="coppergate", reference="1", fields=fields
    )
    post.effect(post.log.scribe.write("mail:email_code/1/coppergate", fact))
    mail = post.mailer.delivered()[0]
    assert codes.code("coppergate", "email", "0a") in mail.text
    post.log.scribe.write("registration:coppergate", RegistrationOpened(mobile=PHONE))
    fact = MailRequested(
        template="mobile_code", recipient="coppergate", reference="1", fields=fields
    )
    post.effect(post.log.scribe.write("mail:mobile_code/1/coppergate", fact))
    (told,) = post.texter.delivered.values()
    assert told[0] == "+447700900123"
    assert codes.code("coppergate", "mobile", "0a") in told[1]
    post.texter.refused.add("+447700900123")
    post.effect(post.log.scribe.write("mail:mobile_code/2/coppergate", fact))
    assert post.gate.data("mail.record_refused")[0]["reason"] == "550 5.1.1"


def test_a_texts_gateway_gets_mail() -> None:
    mailer = MemoryMailer()
    texter = MailTexter(mailer, domain="text.example")
    texter.send("<1@tallystick.example>", "+447700900123", "12345678 is your code")
    assert [mail.to for mail in mailer.delivered()] == ["447700900123@text.example"]
    mailer.answer("447700900123@text.example", "550 5.1.1")
    with pytest.raises(TextRefused, match=r"550 5\.1\.1"):
        texter.send("<2@tallystick.example>", "+447700900123", "again")
    mailer.set_down(down=True)
    with pytest.raises(TextUnreachable):
        texter.send("<3@tallystick.example>", "+447700900123", "again")
