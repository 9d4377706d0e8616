"""Invoices and their timelines."""

from domain.invoice import events
from domain.kernel.money import Money
from domain.mail.events import MailRequested, MailSent
from domain.payment.events import PaymentInstructed
from domain.receipt.events import ReceiptMatched, ReceiptRecorded, ReceiptUnmatched
from domain.token.events import TokenPlanned
from domain.trade.events import PretradePassed
from projections.invoices.project import VIEW
from tests.projections.support import Scribe, Store, folded, submitted
from tests.projections.tale import INVOICE, TOKEN, tell


def timeline(store: Store, invoice: str) -> list[tuple[str, str]]:
    rows = [row for row in store.table("timeline") if row["invoice"] == invoice]
    rows.sort(key=lambda row: row["position"])
    return [(row["type"], row["state"]) for row in rows]


def test_a_financed_invoice_shows_its_terms_and_its_end() -> None:
    row = folded(VIEW, tell()).rows[("invoices", (INVOICE,))]
    wanted = {
        "number": INVOICE,
        "state": "SETTLED",
        "seller": "coppergate",
        "buyer": "northwind",
        "face_amount": 1_000_000,
        "currency": "GBP",
        "token": TOKEN,
        "units": 1_000_000,
        "discount_bps": 240,
        "advance_amount": 976_000,
        "fee_amount": 10_000,
        "lender": "pennine",
        "payment": f"advance/{INVOICE}",
        "receipt": "final",
        "reminders": ["seven_days", "due_day"],
        "failures": [],
        "reason": None,
    }
    assert {name: row[name] for name in wanted} == wanted


def test_a_rejected_invoice_names_its_failures_until_it_is_submitted_again() -> None:
    scribe = Scribe()
    scribe.write("invoice:N-1", submitted("N-1"), events.VerificationStarted())
    scribe.write("invoice:N-1", events.InvoiceRejected(failures=("due_not_found",)))
    row = folded(VIEW, scribe.log).rows[("invoices", ("N-1",))]
    assert (row["state"], row["failures"]) == ("REJECTED", ["due_not_found"])
    scribe.write("invoice:N-1", submitted("N-1"))
    row = folded(VIEW, scribe.log).rows[("invoices", ("N-1",))]
    assert (row["state"], row["failures"], row["position"]) == ("SUBMITTED", [], 4)


def test_disputed_and_expired_invoices_say_so() -> None:
    rows = folded(VIEW, tell()).rows
    assert rows[("invoices", ("FX-INV-WRONG",))]["reason"] == "not ordered"
    assert rows[("invoices", ("FX-INV-LATE",))]["state"] == "EXPIRED"


def test_a_timeline_follows_token_listing_trade_payment_receipt_mail_and_chain() -> None:
    store = folded(VIEW, tell())
    story = timeline(store, INVOICE)
    for step in (
        ("invoice.submitted", "SUBMITTED"),
        ("token.minted", "MINTED"),
        ("listing.reserved", "RESERVED"),
        ("trade.executed", "TRADE_EXECUTED"),
        ("trade.settled", "TRADE_SETTLED"),
        ("payment.settled", "SETTLED"),
        ("receipt.recorded", "RECORDED"),
        ("receipt.matched", "MATCHED"),
        ("mail.refused", "REFUSED"),
        ("chainwrite.failed", "FAILED"),
        ("token.burned", "RETIRING"),
        ("invoice.settled", "SETTLED"),
    ):
        assert step in story
    streams = {row["stream"] for row in store.table("timeline") if row["invoice"] == INVOICE}
    assert not {name for name in streams if "deposit" in name or "identity" in name}
    moved = [row for row in store.table("timeline") if row["type"] == "trade.settled"]
    assert moved[0]["transaction"].startswith("0x")


def test_a_receipt_joins_the_timeline_when_it_is_matched() -> None:
    scribe = Scribe()
    scribe.write("invoice:N-1", submitted("N-1"))
    recorded = ReceiptRecorded(
        amount=Money(1, "GBP"), narration="N-1", counterparty="b", booked_at=scribe.now
    )
    scribe.write("receipt:r1", recorded)
    store = folded(VIEW, scribe.log)
    assert timeline(store, "N-1") == [("invoice.submitted", "SUBMITTED")]
    scribe.write("receipt:r1", ReceiptMatched(kind="invoice", reference="N-1"))
    assert timeline(folded(VIEW, scribe.log, 1), "N-1")[1:] == [
        ("receipt.recorded", "RECORDED"),
        ("receipt.matched", "MATCHED"),
    ]


def test_receipts_of_something_else_are_forgotten() -> None:
    """A deposit of a subject that is called like an invoice is not the invoice's."""
    scribe = Scribe()
    scribe.write("invoice:acme", submitted("acme"))
    recorded = ReceiptRecorded(
        amount=Money(1, "GBP"), narration="?", counterparty="b", booked_at=scribe.now
    )
    scribe.write("receipt:r1", recorded, ReceiptMatched(kind="deposit", reference="acme"))
    scribe.write("receipt:r2", recorded, ReceiptUnmatched(reason="nobody knows"))
    store = folded(VIEW, scribe.log, 1)
    assert len(store.table("timeline")) == 1
    assert [row["stream"] for row in store.table("followed")] == ["invoice:acme"]


def test_what_belongs_to_no_invoice_is_on_no_timeline() -> None:
    scribe = Scribe()
    mail = MailRequested(template="C1", recipient="b", reference="nothing", fields={})
    scribe.write("mail:C1/nothing/b", mail, MailSent(message_id="<1>"))
    pretrade = PretradePassed(listing="L", buyer="b", answers={}, valid_until=scribe.now)
    scribe.write("trade:T9", pretrade)
    instructed = PaymentInstructed(
        purpose="withdrawal",
        reference="b",
        payee="b",
        creditor_account="1",
        creditor_name="B",
        amount=Money(1, "GBP"),
        narration="n",
        end_to_end="e",
        account="account:b/cash/GBP",
    )
    scribe.write("payment:w1", instructed)
    assert folded(VIEW, scribe.log).rows == {}


def test_a_stream_that_began_without_the_invoice_is_not_taken_up_midway() -> None:
    """Its state could not be told: a mail about an invoice that comes only later."""
    scribe = Scribe()
    mail = MailRequested(template="C1", recipient="b", reference="N-1", fields={})
    scribe.write("mail:C1/N-1/b", mail)
    scribe.write("invoice:N-1", submitted("N-1"))
    scribe.write("mail:C1/N-1/b", MailSent(message_id="<1>"))
    assert timeline(folded(VIEW, scribe.log), "N-1") == [("invoice.submitted", "SUBMITTED")]


def test_two_invoices_whose_tokens_would_be_called_alike_keep_their_own() -> None:
    scribe = Scribe()
    for number in ("FX-1AB", "1AB"):
        scribe.write(f"invoice:{number}", submitted(number))
    planned = TokenPlanned(
        invoice="1AB", name="n", symbol="s", decimals=2, units=100, currency="GBP"
    )
    scribe.write("token:FXR-1AB", planned)
    store = folded(VIEW, scribe.log)
    assert timeline(store, "1AB")[-1] == ("token.planned", "PLANNED")
    assert len(timeline(store, "FX-1AB")) == 1
