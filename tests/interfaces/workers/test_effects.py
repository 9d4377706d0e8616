"""Mails, payments, notifications, documents: what is told to the log, once, whatever fails."""

from collections.abc import Callable

import pytest

from application.ports.documents import DocumentRefused, PdfText
from application.ports.gate import StoreUnavailable
from application.ports.mail import MailUnreachable
from application.ports.world import BankUnreachable, ViewBehind
from domain.invoice.events import InvoiceSubmitted, VerificationStarted
from domain.kernel.event import Recorded
from domain.kernel.money import Money
from domain.kernel.refusal import WrongState
from domain.payment.events import PaymentInstructed
from interfaces.outbound.memory.bank import MemoryBank, Treatment
from interfaces.outbound.memory.vault import MemoryVault
from interfaces.workers.effects import (
    BANK_PLACE,
    BankListener,
    paying,
    verification,
)
from interfaces.workers.gateway import Sender
from interfaces.workers.people import People
from tests.interfaces.workers.parts import ListLog, Places, ScriptedGate
from tests.interfaces.workers.post import OURS, THEIRS, Post
from tests.projections.support import submitted


@pytest.mark.capability("FX16")
def test_a_mail_goes_out_under_the_name_of_its_fact_and_is_recorded() -> None:
    post = Post()
    requested = post.request()
    post.effect(requested)
    sent = post.mailer.delivered()[0]
    assert sent.to == "aisha@coppergate.example"
    assert "Northwind" in sent.subject
    assert "{" not in sent.text
    assert post.gate.data("mail.record_sent")[0]["message_id"] == sent.message_id


@pytest.mark.capability("FX16")
def test_a_repeat_after_a_crash_carries_the_same_name() -> None:
    post = Post()
    requested = post.request()
    post.gate.answers["mail.record_sent"] = [StoreUnavailable()]
    with pytest.raises(StoreUnavailable):
        post.effect(requested)
    post.effect(requested)
    assert len(post.mailer.delivered()) == 1
    assert post.gate.kinds() == ["mail.record_sent"]


def test_dates_are_written_for_people_and_the_link_holds_its_secret() -> None:
    post = Post()
    post.effect(post.request(template="C1"))
    text = post.mailer.delivered()[0].text
    assert "21 July 2026" in text
    assert "30 May 2026, 23:00 UTC" in text
    assert "https://tallystick.example/buyer/confirm/A1?token=secret-of-L7" in text


def test_a_mail_server_that_is_away_is_waited_for() -> None:
    post = Post()
    post.mailer.set_down(down=True)
    with pytest.raises(MailUnreachable):
        post.effect(post.request())
    assert post.gate.requests == []


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda post: post.mailer.answer("aisha@coppergate.example", "550 5.1.1"), "550 5.1.1"),
        (lambda post: setattr(post.vault, "forgotten", True), "KeyErased"),
    ],
)
def test_a_mail_that_never_will_arrive_is_recorded(
    spoil: Callable[[Post], None], reason: str
) -> None:
    post = Post()
    spoil(post)
    post.effect(post.request())
    recorded = post.gate.data("mail.record_refused")[0]
    assert recorded["reason"] == reason
    assert "@" not in str(recorded["reason"])


def test_somebody_without_an_address_gets_no_mail() -> None:
    post = Post()
    post.effect(post.request(recipient="northwind"))
    assert post.gate.data("mail.record_refused")[0]["reason"] == "no address on file"


def _instructed(log: ListLog, amount: int = 966_000) -> Recorded:
    fact = PaymentInstructed(
        purpose="advance",
        reference="A1",
        payee="coppergate",
        creditor_account=THEIRS,
        creditor_name="Coppergate",
        amount=Money(amount, "GBP"),
        narration="A1",
        end_to_end="E2E1",
        account="account:collections/escrow/GBP",
    )
    return log.scribe.write("payment:advance/A1", fact)


def paid_by(gate: ScriptedGate, bank: MemoryBank) -> Callable[[Recorded], None]:
    """Make the effect that pays, with nobody on the log."""
    people = People(ListLog(), MemoryVault(log="tallystick.example/test"))
    return paying(Sender(gate, "bank"), bank, OURS, people)


@pytest.fixture
def bank() -> MemoryBank:
    """Give a bank with our account and the seller's."""
    bank = MemoryBank()
    bank.open_account(OURS, name="Ours", balance=1_000_000)
    bank.open_account(THEIRS, name="Coppergate")
    return bank


@pytest.mark.capability("FX15")
def test_a_payment_is_instructed_once_however_often_it_is_tried(bank: MemoryBank) -> None:
    log, gate = ListLog(), ScriptedGate()
    effect = paid_by(gate, bank)
    bank.treat(Treatment(end_to_end_id="E2E1", drop_answer=True))
    with pytest.raises(BankUnreachable):
        effect(_instructed(log))
    effect(log.scribe.log[0])
    bank.notifications(OURS, 0)
    assert bank.balance(THEIRS) == 966_000
    assert gate.requests == []


def test_a_payment_that_the_bank_refuses_is_told(bank: MemoryBank) -> None:
    log, gate = ListLog(), ScriptedGate()
    paid_by(gate, bank)(_instructed(log, 2_000_000))
    assert gate.data("payment.refuse") == [{"payment": "advance/A1", "reason": "AM04"}]


class Listening:
    """A listener with a view that may be behind."""

    def __init__(self, bank: MemoryBank) -> None:
        self.gate, self.places, self.behind = ScriptedGate(), Places(), False
        self.known: dict[str, str] = {}
        self.listener = BankListener(
            bank,
            Sender(self.gate, "bank"),
            account=OURS,
            places=self.places,
            payment_of=self._payment_of,
        )

    def _payment_of(self, end_to_end: str) -> str | None:
        if self.behind:
            message = "payments"
            raise ViewBehind(message)
        return self.known.get(end_to_end)


@pytest.mark.capability("FX15")
def test_what_the_bank_repeats_is_taken_in_once(bank: MemoryBank) -> None:
    listening = Listening(bank)
    listening.known["E2E1"] = "advance/A1"
    log = ListLog()
    bank.treat(Treatment(end_to_end_id="E2E1", repeats=2))
    paid_by(listening.gate, bank)(_instructed(log))
    bank.credit_from_outside(OURS, amount=500, narration="A1", counterparty="Northwind")
    listening.listener.step()
    listening.listener.step()
    assert sorted(listening.gate.kinds()) == ["payment.settle", "receipt.record"]
    assert listening.places.known[BANK_PLACE] == bank.notifications(OURS, 0)[-1].sequence


@pytest.mark.capability("FX15")
def test_a_notification_waits_for_the_view_that_names_its_payment(bank: MemoryBank) -> None:
    listening = Listening(bank)
    listening.known["E2E1"] = "advance/A1"
    listening.behind = True
    paid_by(listening.gate, bank)(_instructed(ListLog()))
    with pytest.raises(ViewBehind):
        listening.listener.step()
    assert listening.places.moves == []
    listening.behind = False
    listening.listener.step()
    assert listening.gate.kinds() == ["payment.settle"]


def test_a_late_rejection_is_told_with_its_reason(bank: MemoryBank) -> None:
    listening = Listening(bank)
    listening.known["E2E1"] = "advance/A1"
    bank.treat(Treatment(end_to_end_id="E2E1", refuse="AC04"))
    paid_by(listening.gate, bank)(_instructed(ListLog()))
    listening.listener.step()
    assert listening.gate.data("payment.refuse")[0]["reason"] == "AC04"


def test_a_payment_of_nobody_is_passed_over(
    bank: MemoryBank, caplog: pytest.LogCaptureFixture
) -> None:
    listening = Listening(bank)
    paid_by(listening.gate, bank)(_instructed(ListLog()))
    listening.listener.step()
    assert listening.gate.requests == []
    assert "for no payment of ours" in caplog.text
    assert listening.places.moves


def test_a_store_that_goes_away_leaves_the_notification_for_later(bank: MemoryBank) -> None:
    listening = Listening(bank)
    bank.credit_from_outside(OURS, amount=500, narration="A1", counterparty="Northwind")
    listening.gate.answers["receipt.record"] = [StoreUnavailable()]
    with pytest.raises(StoreUnavailable):
        listening.listener.step()
    listening.listener.step()
    assert listening.gate.kinds() == ["receipt.record"]


class Papers:
    """Documents by digest."""

    def __init__(self, **kept: bytes) -> None:
        self.kept = kept

    def put(self, content: bytes) -> str:
        """Keep a document."""
        self.kept["0a"] = content
        return "0a"

    def get(self, digest: str) -> bytes | None:
        """Fetch a document."""
        return self.kept.get(digest)


def _inspect(content: bytes) -> PdfText:
    if content == b"broken":
        code = "document_unreadable"
        raise DocumentRefused(code, "broken")
    return PdfText(pages=1, text=content.decode())


@pytest.mark.parametrize(
    ("kept", "text", "unreadable"),
    [
        ({"0a": b"Invoice A1"}, "Invoice A1", None),
        ({"0a": b"broken"}, "", "document_unreadable"),
        ({}, "", "document_missing"),
    ],
)
def test_a_document_is_read_and_what_came_of_it_is_told(
    kept: dict[str, bytes], text: str, unreadable: str | None
) -> None:
    log, gate = ListLog(), ScriptedGate()
    log.scribe.write("invoice:A1", submitted("A1"), VerificationStarted())
    assert isinstance(log.scribe.log[0].fact, InvoiceSubmitted)
    people = People(log, MemoryVault(log="tallystick.example/test"))
    effect = verification(Sender(gate, "verification"), log, Papers(**kept), _inspect, people)
    effect(log.scribe.log[1])
    told = gate.data("invoice.record_verification")[0]
    assert (told["text"], told.get("unreadable")) == (text, unreadable)


def test_a_report_that_comes_too_late_is_an_answer_and_no_defect() -> None:
    post = Post()
    late = WrongState(subject="A1", state="SENT", command="mail.record_sent", allowed="REQUESTED")
    post.gate.answers["mail.record_sent"] = [late]
    post.effect(post.request())
    assert len(post.mailer.delivered()) == 1
