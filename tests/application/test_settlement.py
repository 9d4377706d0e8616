"""Money that comes in, its way to the holders of record, and the end of the token (FX6, FX15)."""

from collections.abc import Iterator

import msgspec
import pytest

from application.dispatch import MissingStreams, decide
from application.envelopes import Provenance, seal
from application.ports.gate import Request
from domain.account.state import Account
from domain.catalogue import aggregate_for
from domain.invoice import commands as invoice
from domain.invoice import events as facts
from domain.invoice.state import Invoice
from domain.kernel.money import LARGEST, Money
from domain.listing.events import ListingWithdrawn
from domain.receipt.commands import MatchReceipt, RecordReceipt
from domain.receipt.events import ReceiptMatched, ReceiptRecorded, ReceiptUnmatched
from domain.token import events as tokens
from domain.token.commands import RecordBurned
from domain.token.decide import SLICES_LIMIT
from domain.token.state import Token
from domain.trade.events import TradeRefunded, TradeSettled
from tests.application.telling import NUMBER, SLICE_2, TOKEN, Telling, pounds


def _shares(telling: Telling) -> dict[str, int]:
    (distributed,) = telling.facts(facts.ProceedsDistributed)
    return {share.holder: share.amount.amount for share in distributed.shares}


@pytest.mark.capability("FX6", part="decisions")
def test_proceeds_wait_for_a_trade_on_its_way_and_reach_its_buyer(telling: Telling) -> None:
    telling.split()
    telling.delays = ("transfer/",)
    telling.buy("T-1")
    telling.repay()
    assert telling.invoice_of().state == "OBLIGOR_PAID"
    assert len(telling.postponed) == 1
    assert not telling.facts(facts.ProceedsDistributed)
    telling.catch_up()
    assert _shares(telling) == {"brunel": 200_000, "pennine": 800_000}
    (distributed,) = telling.facts(facts.ProceedsDistributed)
    settled = next(at for at in telling.log if isinstance(at.fact, TradeSettled))
    assert distributed.record_position >= settled.position
    assert telling.invoice_of().state == "SETTLED"
    assert (telling.refused, telling.postponed) == ([], [])


@pytest.mark.capability("FX10", part="E5, decisions")
def test_proceeds_reach_the_seller_of_a_trade_that_fails_at_maturity(telling: Telling) -> None:
    telling.split()
    telling.delays = ("transfer/",)
    telling.buy("T-1")
    telling.repay()
    telling.refuses = ("transfer/",)
    telling.catch_up()
    assert len(telling.facts(TradeRefunded)) == 1
    assert _shares(telling) == {"pennine": 1_000_000}
    assert telling.balance("brunel") == (500_000, 0)
    assert telling.states[f"listing:{SLICE_2}"].state == "WITHDRAWN"
    assert telling.invoice_of().state == "SETTLED"
    assert (telling.refused, telling.postponed) == ([], [])


def test_an_offer_that_is_open_at_maturity_is_taken_back(telling: Telling) -> None:
    telling.split()
    telling.offer(number=4)
    telling.repay()
    assert telling.names(ListingWithdrawn) == [SLICE_2, f"{TOKEN}-S4-1"]
    assert {fact.reason for fact in telling.facts(ListingWithdrawn)} == {"the invoice is paid"}
    assert telling.invoice_of().state == "SETTLED"
    assert telling.balance("pennine", "units", TOKEN) == (0, 0)


def test_a_second_holder_of_record_is_paid_though_it_offers(telling: Telling) -> None:
    telling.split()
    telling.buy("T-1")
    telling.offer("brunel")
    telling.repay()
    assert _shares(telling) == {"brunel": 200_000, "pennine": 800_000}
    assert telling.invoice_of().state == "SETTLED"
    assert not telling.refused


@pytest.mark.parametrize(
    ("narration", "amount", "reason"),
    [
        (NUMBER, 999_999, "FX-INV-23A4F is due 1000000 minor units, 999999 arrived."),
        (NUMBER, 1_000_001, "FX-INV-23A4F is due 1000000 minor units, 1000001 arrived."),
        ("FX-INV-9", 1_000_000, "there is no invoice FX-INV-9"),
        ("thank you", 1_000_000, "the narration names neither an invoice nor a deposit"),
        ("FX-INV-1 FX-INV-2", 5, "the narration names neither an invoice nor a deposit"),
        ("", 5, "the narration names neither an invoice nor a deposit"),
        ("DEPOSIT nobody", 5, "there is no active subject nobody"),
        ("DEPOSIT ſevern", 5, "ſevern is not a subject"),
    ],
)
def test_what_nobody_can_match_stays_in_suspense(
    telling: Telling, narration: str, amount: int, reason: str
) -> None:
    telling.finance()
    telling.receive("odd", amount, narration)
    assert telling.facts(ReceiptUnmatched) == [ReceiptUnmatched(reason=reason)]
    assert telling.balance("collections", "suspense") == (amount, 0)
    assert telling.invoice_of().state == "DISBURSED"
    assert not telling.refused


@pytest.mark.parametrize("narration", [NUMBER, f"invoice {NUMBER.lower()}", f"  {NUMBER}\n"])
def test_a_narration_may_spell_the_number_as_people_do(telling: Telling, narration: str) -> None:
    telling.finance()
    telling.receive("late", 1_000_000, narration)
    assert ReceiptMatched(kind="invoice", reference=NUMBER) in telling.facts(ReceiptMatched)
    assert telling.invoice_of().state == "SETTLED"


@pytest.mark.parametrize("narration", ["DEPOSIT brunel", "deposit BRUNEL", "for deposit brunel."])
def test_a_deposit_reaches_the_cash_of_its_subject(telling: Telling, narration: str) -> None:
    telling.receive("more", 7, narration)
    assert telling.balance("brunel") == (500_007, 0)


def test_money_for_a_longer_name_is_not_given_to_a_shorter_one(telling: Telling) -> None:
    telling.receive("long", 7, "DEPOSIT brunel-and-sons")
    assert telling.balance("brunel") == (500_000, 0)
    telling.receive("longer", 7, f"DEPOSIT {'b' * 64}")
    names = [fact.reason for fact in telling.facts(ReceiptUnmatched)]
    assert not any("b" * 63 in name for name in names)


def test_money_in_another_currency_pays_no_invoice(telling: Telling) -> None:
    telling.finance()
    euros = RecordReceipt(
        receipt="euros",
        amount=Money(1_000_000, "EUR"),
        narration=NUMBER,
        counterparty="x",
        booked_at=telling.now,
    )
    telling.system(euros)
    assert len(telling.facts(ReceiptUnmatched)) == 1
    assert telling.balance("collections", "suspense", "EUR") == (1_000_000, 0)


def test_a_receipt_is_taken_once_and_matched_once(telling: Telling) -> None:
    telling.receive("twice", 7, "DEPOSIT brunel")
    telling.receive("twice", 7, "DEPOSIT brunel")
    assert telling.names(ReceiptRecorded).count("twice") == 1
    assert telling.balance("brunel") == (500_007, 0)
    assert telling.refusal("worker", MatchReceipt(receipt="twice")).CODE == "wrong_state"
    assert telling.refusal("worker", MatchReceipt(receipt="none")).CODE == "wrong_state"


@pytest.mark.parametrize("amount", [Money(0, "GBP"), Money(-7, "GBP"), Money(7, "ZZZ")])
def test_a_receipt_of_nothing_is_refused(telling: Telling, amount: Money) -> None:
    receipt = RecordReceipt(
        receipt="r", amount=amount, narration="", counterparty="", booked_at=telling.now
    )
    assert telling.refusal("worker", receipt).CODE == "invalid_field"


def test_a_receipt_that_the_books_cannot_carry_is_refused(telling: Telling) -> None:
    receipt = RecordReceipt(
        receipt="r", amount=pounds(LARGEST), narration="", counterparty="", booked_at=telling.now
    )
    assert telling.refusal("worker", receipt).CODE == "amount_out_of_range"


def test_an_invoice_is_distributed_and_settled_once(telling: Telling) -> None:
    telling.split()
    telling.delays = ("burn/",)
    telling.repay()
    holder = facts.Share(holder="pennine", units=1_000_000, amount=pounds(0))
    again = invoice.DistributeProceeds(invoice=NUMBER, record_position=1, holders=(holder,))
    size = len(telling.log)
    telling.system(again)
    assert len(telling.log) == size
    assert telling.refusal("worker", invoice.SettleInvoice(invoice=NUMBER)).CODE == "invalid_field"
    other = RecordBurned(token=TOKEN, holder="brunel", transaction="0x1")
    assert telling.refusal("worker", other).CODE == "not_found"
    telling.catch_up()
    assert telling.refusal("worker", again).CODE == "wrong_state"
    assert telling.refusal("worker", invoice.SettleInvoice(invoice=NUMBER)).CODE == "wrong_state"


def test_a_list_that_does_not_match_the_books_pays_nobody(telling: Telling) -> None:
    telling.split()
    telling.buy("T-1")
    # Nobody asks for the register here: the obligor's payment is recorded by hand.
    telling._react = lambda recorded: None  # type: ignore[method-assign]
    telling.receive("obligor", 1_000_000)
    telling.system(MatchReceipt(receipt="obligor"))
    whole = facts.Share(holder="pennine", units=1_000_000, amount=pounds(0))
    wrong = invoice.DistributeProceeds(invoice=NUMBER, record_position=1, holders=(whole,))
    assert telling.refusal("worker", wrong).CODE == "holders_changed"
    short = facts.Share(holder="pennine", units=800_000, amount=pounds(0))
    lacking = invoice.DistributeProceeds(invoice=NUMBER, record_position=1, holders=(short,))
    assert telling.refusal("worker", lacking).CODE == "holders_incomplete"
    unknown = invoice.DistributeProceeds(invoice="FX-NONE", record_position=1, holders=())
    assert telling.refusal("worker", unknown).CODE == "not_found"


def _register(holders: int) -> Iterator[facts.Share]:
    # Names and units as long as they can be, each another.
    for number in range(holders):
        name = f"{number:03d}".ljust(63, "h")
        yield facts.Share(holder=name, units=LARGEST // SLICES_LIMIT, amount=pounds(LARGEST))


def test_a_payout_to_the_most_holders_fits_in_a_body_and_asks_a_few_times() -> None:
    """As many holders as there can be slices, with nothing loaded beforehand."""
    shares = tuple(_register(SLICES_LIMIT))
    lot = LARGEST // SLICES_LIMIT
    submitted = facts.InvoiceSubmitted(
        seller="s",
        buyer="b",
        number="FX-1",
        face=pounds(lot * SLICES_LIMIT),
        issued="2026-05-22",
        due="2026-07-21",
        document="",
        fingerprint="",
    )
    paid = Invoice(
        state="OBLIGOR_PAID", submitted=submitted, token="FXR-1", units=lot * SLICES_LIMIT
    )
    states: dict[str, msgspec.Struct] = {
        "invoice:FX-1": paid,
        "token:FXR-1": _token(shares, lot * SLICES_LIMIT),
    }
    command = invoice.DistributeProceeds(invoice="FX-1", record_position=LARGEST, holders=shares)
    request = Request(command=command, actor="process:settlement", role="process", key="k")
    drafted, asked = None, 0
    while drafted is None:
        try:
            drafted = decide(request, "2026-07-21T11:14:00.000000Z", states)
        except MissingStreams as missing:
            asked += 1
            for stream in missing.streams:
                states[stream] = _account(stream, lot)
    assert asked <= 4
    where = Provenance(
        log="x" * 100,
        at="2026-07-21T11:14:00.000000Z",
        actor="process:s",
        command="",
        correlation="",
    )
    versions = dict.fromkeys((stream for stream, _ in drafted.facts), 0)
    assert len(seal(drafted.facts, where, versions, bytes)) == len(drafted.facts)


def _token(shares: tuple[facts.Share, ...], supply: int) -> Token:
    deployed = tokens.TokenDeployed(
        address="0x" + "c1" * 20, identity_registry="", compliance="", transaction=""
    )
    wallets = {share.holder: "0x" + "11" * 20 for share in shares}
    return Token(state="MINTED", deployed=deployed, supply=supply, registered=wallets)


def _account(stream: str, lot: int) -> msgspec.Struct:
    empty: msgspec.Struct = aggregate_for(stream).empty
    if not stream.startswith("account:"):
        return empty
    balance = LARGEST if "escrow" in stream else lot if "/units/" in stream else 0
    return Account(opened=True, book_decimals=2, balance=balance)
