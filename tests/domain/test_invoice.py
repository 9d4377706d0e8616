"""What an invoice's document must say, which links work, how proceeds are shared."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.invoice import commands, decide, events
from domain.invoice.document import compare
from domain.invoice.refusals import LinkExpired, LinkUnknown, LinkUsed, ReminderSent, WrongAmount
from domain.invoice.state import INVOICE, Invoice
from domain.kernel.calendar import add_business_days
from domain.kernel.command import Context
from domain.kernel.money import Money, plain, shares
from domain.kernel.refusal import InvalidField, Refusal
from domain.listing.decide import simple_yield_bps
from domain.token.state import token_of

SUBMITTED = events.InvoiceSubmitted(
    seller="coppergate",
    buyer="northwind",
    number="FX-INV-23A4F",
    face=Money(1_000_000, "GBP"),
    issued="2026-05-22",
    due="2026-07-21",
    document="ab" * 32,
    fingerprint="cd" * 32,
)
TEXT = "Invoice FX-INV-23A4F from Coppergate Joinery to Northwind Retail £10,000.00 due {due}"


def _missing(text: str) -> list[str]:
    return compare(text, SUBMITTED, seller="Coppergate Joinery", buyer="Northwind Retail")


@pytest.mark.capability("FX1", part="decisions")
@pytest.mark.parametrize(
    "due", ["2026-07-21", "21/07/2026", "21 July 2026", "21 JULY 2026", "21 Jul 2026"]
)
def test_a_document_may_spell_its_date_in_several_ways(due: str) -> None:
    assert _missing(TEXT.format(due=due)) == []
    assert _missing(TEXT.format(due=due).replace(" ", "\n")) == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (TEXT.replace("10,000.00", "110,000.00"), ["amount"]),
        (TEXT.replace("10,000.00", "10,000.001"), ["amount"]),
        (TEXT.replace("10,000.00", "10,000"), ["amount"]),
        (TEXT.replace("23A4F", "23A4FX"), ["number"]),
        (TEXT.replace("Northwind Retail", "Southwind Retail"), ["buyer"]),
        ("", ["number", "amount", "due", "seller", "buyer"]),
    ],
)
def test_what_the_document_does_not_say_is_named(text: str, missing: list[str]) -> None:
    assert _missing(text.format(due="21 July 2026")) == missing


def _awaiting() -> Invoice:
    return INVOICE.fold(
        [
            SUBMITTED,
            events.VerificationStarted(),
            events.InvoiceVerified(checks=()),
            events.BuyerAsked(link="L", expires_at="2026-06-01T23:00:00.000000Z"),
        ]
    )


@pytest.mark.capability("FX2", part="decisions")
def test_a_link_works_once_in_time_and_only_the_one_that_was_sent() -> None:
    early = Context(actor="subject:northwind", at="2026-05-22T14:21:00.000000Z")
    late = msgspec.structs.replace(early, at="2026-06-01T23:00:00.000001Z")
    command = commands.ConfirmInvoice(invoice="FX-1", link="L")
    confirmed = decide.confirm(_awaiting(), command, early)
    assert isinstance(confirmed, list)
    used = INVOICE.evolve(_awaiting(), confirmed[0])
    assert isinstance(decide.confirm(used, command, early), LinkUsed)
    assert isinstance(decide.confirm(_awaiting(), command, late), LinkExpired)
    other = commands.ConfirmInvoice(invoice="FX-1", link="M")
    assert isinstance(decide.confirm(_awaiting(), other, early), LinkUnknown)


def test_a_dispute_says_why() -> None:
    context = Context(actor="subject:northwind", at="2026-05-22T14:21:00.000000Z")
    silent = commands.DisputeInvoice(invoice="FX-1", link="L", reason="  ")
    assert isinstance(decide.dispute(_awaiting(), silent, context), InvalidField)


def test_each_reminder_goes_out_once_and_the_payment_must_be_whole() -> None:
    state = Invoice(state="DISBURSED", submitted=SUBMITTED)
    command = commands.RemindBuyer(invoice="FX-1", kind="due_day")
    facts = decide.remind(state, command)
    assert isinstance(facts, list)
    assert isinstance(decide.remind(INVOICE.evolve(state, facts[0]), command), ReminderSent)
    short = decide.record_payment(state, "FX-1", receipt="R", amount=Money(999_999, "GBP"))
    assert isinstance(short, WrongAmount)
    foreign = decide.record_payment(state, "FX-1", receipt="R", amount=Money(1_000_000, "EUR"))
    assert isinstance(foreign, WrongAmount)


@pytest.mark.capability("FX6", part="decisions")
@given(st.integers(0, 10**12), st.lists(st.integers(1, 10**9), min_size=1, max_size=30))
def test_shares_add_up_and_differ_from_the_exact_part_by_less_than_one(
    amount: int, weights: list[int]
) -> None:
    parts = shares(amount, weights)
    assert sum(parts) == amount
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * whole - amount * weight) < whole


def test_holders_that_do_not_add_up_are_not_paid() -> None:
    state = Invoice(state="OBLIGOR_PAID", submitted=SUBMITTED, token="T", units=1_000_000)
    holder = events.Share(holder="pennine", units=999_999, amount=Money(0, "GBP"))
    command = commands.DistributeProceeds(invoice="FX-1", record_position=9, holders=(holder,))
    decision = decide.distribute(state, command)
    assert isinstance(decision, Refusal)
    assert decision.CODE == "holders_incomplete"


def test_our_own_yield_is_simple_actual_365() -> None:
    """Slice 2: 1,991.50 for 2,000.00 in 60 days is 2.60 %, not the quoted 2.42 %."""
    assert simple_yield_bps(price=199_150, face=200_000, days=60) == 260
    assert simple_yield_bps(price=200_000, face=200_000, days=60) == 0
    assert simple_yield_bps(price=200_100, face=200_000, days=60) == -30


def test_business_days_leave_out_weekends_and_bank_holidays() -> None:
    assert add_business_days("2026-05-22", 1, {"2026-05-25"}) == "2026-05-26"
    assert add_business_days("2026-05-22", 5, {"2026-05-25"}) == "2026-06-01"
    assert add_business_days("2026-05-22", 0, set()) == "2026-05-22"


def test_no_two_invoices_share_a_token() -> None:
    assert token_of("FX-INV-23A4F") == "FXR-INV-23A4F"
    assert len({token_of(number) for number in ("FX-1AB", "1AB", "FXR-1AB", ".1AB")}) == 4


def test_money_is_written_for_people() -> None:
    assert plain(Money(976_000, "GBP")) == "9,760.00 GBP"
    assert plain(Money(-5, "GBP")) == "-0.05 GBP"
    assert plain(Money(1200, "JPY")) == "1,200 JPY"
