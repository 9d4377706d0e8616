"""The story of one invoice in memory, exact to the penny (002; FX1 to FX6, FX16)."""

import pytest

from domain.account.events import AccountCredited, AccountDebited, AccountPosted
from domain.account.state import OUTSIDE
from domain.chainwrite.events import ChainWritePlanned
from domain.invoice import commands as invoice
from domain.invoice import events as invoices
from domain.listing.events import ListingOpened
from domain.payment.events import PaymentInstructed
from domain.token import events as tokens
from domain.trade.events import TradeSettled
from tests.application.telling import NUMBER, SLICE_2, TOKEN, Telling, pounds


@pytest.fixture
def story(telling: Telling) -> Telling:
    """Tell the whole story."""
    telling.split()
    telling.buy("T-1")
    telling.now = "2026-07-14T09:00:00.000000Z"
    telling.system(invoice.RemindBuyer(invoice=NUMBER, kind="seven_days"))
    telling.now = "2026-07-21T08:00:00.000000Z"
    telling.system(invoice.RemindBuyer(invoice=NUMBER, kind="due_day"))
    telling.repay()
    assert (telling.refused, telling.postponed) == ([], [])
    return telling


@pytest.mark.capability("FX1", part="decisions")
@pytest.mark.capability("FX2", part="decisions")
@pytest.mark.capability("FX3", part="decisions")
@pytest.mark.capability("FX4", part="decisions")
@pytest.mark.capability("FX6", part="decisions")
def test_the_invoice_goes_through_all_states_in_order(story: Telling) -> None:
    kinds = [at.envelope.type for at in story.log if at.stream == f"invoice:{NUMBER}"]
    assert kinds == [
        "invoice.submitted",
        "invoice.verification_started",
        "invoice.verified",
        "invoice.buyer_asked",
        "invoice.confirmed",
        "invoice.tokenised",
        "invoice.listed",
        "invoice.funded",
        "invoice.advance_paid",
        "invoice.disbursed",
        "invoice.reminded",
        "invoice.reminded",
        "invoice.obligor_paid",
        "invoice.distributed",
        "invoice.settled",
    ]
    assert story.invoice_of().state == "SETTLED"


@pytest.mark.capability("FX3", part="decisions")
def test_a_unit_of_the_token_is_a_penny_of_the_face(story: Telling) -> None:
    (planned,) = story.facts(tokens.TokenPlanned)
    assert (planned.symbol, planned.units, planned.decimals) == (TOKEN, 1_000_000, 2)
    assert [(minted.holder, minted.units) for minted in story.facts(tokens.TokenMinted)] == [
        ("listing", 1_000_000)
    ]
    purposes = [planned.purpose for planned in story.facts(ChainWritePlanned)]
    assert [name for name in purposes if name not in {"identity", "claim"}] == [
        *("suite", "register", "unpause", "mint"),
        *("register", "transfer"),
        *("register", "transfer"),
        *("burn", "burn"),
    ]


@pytest.mark.capability("FX4", part="decisions")
def test_the_lender_pays_9760_and_the_seller_gets_9660(story: Telling) -> None:
    (listed,) = story.facts(invoices.InvoiceListed)
    assert (listed.discount_bps, listed.advance, listed.fee) == (
        240,
        pounds(976_000),
        pounds(10_000),
    )
    (order,) = story.facts(PaymentInstructed)
    assert (order.payee, order.amount, order.narration) == (
        "coppergate",
        pounds(966_000),
        f"ADVANCE {NUMBER}",
    )
    assert len(order.end_to_end) <= 35
    assert story.balance("platform", "fees") == (10_000, 0)


@pytest.mark.capability("FX5", part="decisions")
def test_slice_2_is_sold_for_1991_50(story: Telling) -> None:
    (offer,) = story.facts(ListingOpened)
    assert (offer.units, offer.price) == (200_000, pounds(199_150))
    assert (offer.quoted_yield_bps, offer.computed_yield_bps) == (242, 260)
    assert story.names(ListingOpened) == [SLICE_2]
    assert story.names(TradeSettled) == ["T-1"]
    moved = [
        (fact.sender, fact.receiver, fact.units) for fact in story.facts(tokens.TokenTransferred)
    ]
    assert moved == [("listing", "pennine", 1_000_000), ("pennine", "brunel", 200_000)]


@pytest.mark.capability("FX6", part="decisions")
def test_the_holders_share_the_proceeds_by_units(story: Telling) -> None:
    (distributed,) = story.facts(invoices.ProceedsDistributed)
    assert [(share.holder, share.units, share.amount) for share in distributed.shares] == [
        ("brunel", 200_000, pounds(200_000)),
        ("pennine", 800_000, pounds(800_000)),
    ]
    paid = next(at for at in story.log if isinstance(at.fact, invoices.ObligorPaid))
    assert distributed.record_position == paid.position
    assert [fact.supply for fact in story.facts(tokens.TokenBurned)] == [800_000, 0]


def test_everybody_ends_with_what_the_story_says(story: Telling) -> None:
    assert story.balance("pennine") == (2_000_000 - 976_000 + 199_150 + 800_000, 0)
    assert story.balance("brunel") == (500_000 - 199_150 + 200_000, 0)
    assert story.balance("collections", "escrow") == (0, 0)
    assert story.balance("collections", "suspense") == (0, 0)
    assert story.balance(OUTSIDE, "bank") == (-(4_000_000 + 1_000_000 + 1_000_000 - 966_000), 0)
    for owner in ("listing", "pennine", "brunel", OUTSIDE):
        purpose = "issue" if owner == OUTSIDE else "units"
        assert story.balance(owner, purpose, TOKEN) == (0, 0)


@pytest.mark.capability("B5", part="decisions")
def test_each_transfer_of_the_story_balances_in_its_own_command(story: Telling) -> None:
    sums: dict[tuple[str, str, str], int] = {}
    for at in story.log:
        asset = at.stream.rpartition("/")[2]
        if isinstance(at.fact, AccountDebited | AccountPosted | AccountCredited):
            sign = 1 if isinstance(at.fact, AccountCredited) else -1
            key = (at.fact.transfer, asset, at.envelope.command)
            sums[key] = sums.get(key, 0) + sign * at.fact.amount
    assert len(sums) > 10
    assert not any(sums.values())


def test_each_write_on_chain_is_confirmed_once_and_named_once(story: Telling) -> None:
    planned = story.names(ChainWritePlanned)
    assert len(planned) == len(set(planned))
    assert {story.states[f"chainwrite:{write}"].state for write in planned} == {"CONFIRMED"}
