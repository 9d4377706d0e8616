"""Slices, listings and trades: both legs or none, and what happens when the chain refuses."""

import msgspec
import pytest

from domain.kernel.money import LARGEST, Money
from domain.listing.commands import OpenListing, WithdrawListing
from domain.listing.events import ListingReopened, ListingSold
from domain.subject.commands import FreezeSubject, UnfreezeSubject
from domain.token.commands import SliceToken
from domain.token.events import SliceListed, TransferFailed
from domain.trade.commands import CheckTrade, ExecuteTrade, FailTrade, SettleTrade
from domain.trade.events import PretradeFailed, TradeFailed, TradeRefunded
from tests.application.telling import ANSWERS, SLICE_2, TOKEN, Telling, pounds


@pytest.fixture
def market(telling: Telling) -> Telling:
    """Give a house in which slice 2 is offered."""
    telling.split()
    assert not telling.refused
    return telling


def _offer(**changes: object) -> OpenListing:
    fields = {"token": TOKEN, "slice": 3, "price": pounds(199_150), "quoted_yield_bps": 242}
    return OpenListing(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.mark.capability("FX5", part="decisions")
@pytest.mark.capability("FX10", part="E5, decisions")
def test_a_refused_transfer_is_undone_and_the_slice_sold_later(market: Telling) -> None:
    market.refuses = ("transfer/",)
    market.buy("T-1")
    assert market.states["trade:T-1"].state == "FIAT_REFUND"
    assert market.facts(TradeFailed) == [TradeFailed(reason="the chain said no")]
    assert market.facts(TradeRefunded) == [TradeRefunded(amount=pounds(199_150))]
    assert market.facts(ListingReopened)[0].trade == "T-1"
    assert len(market.facts(TransferFailed)) == 1
    assert market.states[f"listing:{SLICE_2}"].state == "LISTED"
    assert market.balance("brunel") == (500_000, 0)
    assert market.balance("pennine", "units", TOKEN) == (1_000_000, 200_000)

    market.refuses = ()
    market.buy("T-2")
    assert market.states["trade:T-2"].state == "TRADE_SETTLED"
    assert market.balance("brunel", "units", TOKEN) == (200_000, 0)
    assert market.balance("pennine", "units", TOKEN) == (800_000, 0)
    assert market.facts(ListingSold) == [ListingSold(trade="T-2", buyer="brunel")]
    assert not market.refused


@pytest.mark.capability("FX5", part="decisions")
def test_cash_and_lot_are_held_until_the_chain_has_spoken(market: Telling) -> None:
    market.delays = ("transfer/",)
    market.buy("T-1")
    assert market.states["trade:T-1"].state == "TRADE_EXECUTED"
    assert market.balance("brunel") == (500_000, 199_150)
    assert market.balance("pennine", "units", TOKEN) == (1_000_000, 200_000)
    assert market.refusal("brunel", ExecuteTrade(trade="T-1")).CODE == "wrong_state"
    market.check("T-2", buyer="severn")
    assert market.refusal("severn", ExecuteTrade(trade="T-2")).CODE == "wrong_state"
    assert market.refusal("pennine", WithdrawListing(listing=SLICE_2)).CODE == "wrong_state"
    market.catch_up()
    assert market.states["trade:T-1"].state == "TRADE_SETTLED"


def test_a_registration_that_the_chain_refuses_undoes_what_waited_for_it(market: Telling) -> None:
    market.refuses = ("register/",)
    market.buy("T-1")
    assert market.states["trade:T-1"].state == "FIAT_REFUND"
    assert market.balance("brunel") == (500_000, 0)
    market.refuses = ()
    market.check("T-2")
    assert market.refusal("brunel", ExecuteTrade(trade="T-2")).CODE == "holder_refused_by_chain"
    market.buy("T-3", buyer="severn")
    assert market.states["trade:T-3"].state == "TRADE_SETTLED"
    assert not market.refused


def test_two_lots_wait_for_one_registration(market: Telling) -> None:
    market.offer(number=3)
    market.delays = ("register/",)
    market.buy("T-1")
    market.buy("T-2", f"{TOKEN}-S3-1")
    writes = [name for name in market.names(SliceListed) if name.startswith("register")]
    assert not writes
    market.catch_up()
    assert {market.states[f"trade:{name}"].state for name in ("T-1", "T-2")} == {"TRADE_SETTLED"}
    assert market.balance("brunel", "units", TOKEN) == (400_000, 0)


def test_the_new_holder_lists_again_under_the_next_name(market: Telling) -> None:
    market.buy("T-1")
    assert market.refusal("pennine", _offer(slice=2)).CODE == "not_yours"
    market.offer("brunel", price=199_500)
    second = market.states[f"listing:{TOKEN}-S2-2"]
    assert (second.state, second.terms.seller, second.terms.price) == (
        "LISTED",
        "brunel",
        pounds(199_500),
    )
    market.buy("T-2", f"{TOKEN}-S2-2", buyer="severn")
    assert market.balance("severn", "units", TOKEN) == (200_000, 0)
    assert market.balance("brunel") == (500_000 - 199_150 + 199_500, 0)


def test_a_withdrawn_lot_is_free_and_can_be_offered_again(market: Telling) -> None:
    assert market.refusal("brunel", WithdrawListing(listing=SLICE_2)).CODE == "not_yours"
    market.act("pennine", WithdrawListing(listing=SLICE_2))
    assert market.balance("pennine", "units", TOKEN) == (1_000_000, 0)
    assert market.refusal("pennine", WithdrawListing(listing=SLICE_2)).CODE == "wrong_state"
    market.check("T-1")
    assert market.refusal("brunel", ExecuteTrade(trade="T-1")).CODE == "wrong_state"
    market.offer()
    assert market.states[f"listing:{TOKEN}-S2-2"].state == "LISTED"


def test_what_a_pretrade_check_finds_is_kept(market: Telling) -> None:
    wrong = {**ANSWERS, "risk_understood": False, "details_unchanged": False}
    market.act("brunel", CheckTrade(trade="T-1", listing=SLICE_2, answers=wrong))
    assert market.facts(PretradeFailed) == [
        PretradeFailed(
            listing=SLICE_2,
            buyer="brunel",
            answers=wrong,
            failures=("details_unchanged", "risk_understood"),
        )
    ]
    assert market.refusal("brunel", ExecuteTrade(trade="T-1")).CODE == "wrong_state"
    again = CheckTrade(trade="T-1", listing=SLICE_2, answers=ANSWERS)
    assert market.refusal("brunel", again).CODE == "wrong_state"


@pytest.mark.parametrize("answers", [{}, {**ANSWERS, "more": True}, {"risk_understood": True}])
def test_a_check_answers_all_questions_and_no_other(
    market: Telling, answers: dict[str, bool]
) -> None:
    refusal = market.refusal("brunel", CheckTrade(trade="T", listing=SLICE_2, answers=answers))
    assert (refusal.CODE, msgspec.structs.asdict(refusal)["field"]) == ("invalid_field", "answers")


@pytest.mark.parametrize("name", ["", "-T", "a b", "a/b", "ü", "T\n", "T" * 65])
def test_a_trade_has_a_plain_name(market: Telling, name: str) -> None:
    refusal = market.refusal("brunel", CheckTrade(trade=name, listing=SLICE_2, answers=ANSWERS))
    assert (refusal.CODE, msgspec.structs.asdict(refusal)["field"]) == ("invalid_field", "trade")


def test_nobody_buys_from_itself(market: Telling) -> None:
    market.buy("T-1")
    market.offer("brunel")
    own = CheckTrade(trade="T-2", listing=f"{TOKEN}-S2-2", answers=ANSWERS)
    assert market.refusal("brunel", own).CODE == "own_listing"


def test_a_check_is_good_for_a_quarter_of_an_hour(market: Telling) -> None:
    market.now = "2026-05-22T14:39:00.000000Z"
    for name in ("T-1", "T-2"):
        market.check(name)
    market.now = "2026-05-22T14:54:00.000001Z"
    late = market.refusal("brunel", ExecuteTrade(trade="T-1"))
    assert late.CODE == "pretrade_expired"
    market.now = "2026-05-22T14:54:00.000000Z"
    market.act("brunel", ExecuteTrade(trade="T-2"))


def test_only_who_was_checked_may_buy(market: Telling) -> None:
    market.check("T-1")
    assert market.refusal("severn", ExecuteTrade(trade="T-1")).CODE == "not_yours"


def test_a_buyer_without_the_money_buys_nothing(market: Telling) -> None:
    market.act("pennine", WithdrawListing(listing=SLICE_2))
    market.offer(price=500_001)
    market.check("T-1", f"{TOKEN}-S2-2")
    assert market.refusal("brunel", ExecuteTrade(trade="T-1")).CODE == "insufficient_funds"


@pytest.mark.parametrize(
    ("who", "code"), [("pennine", "counterparty_unavailable"), ("brunel", "subject_paused")]
)
def test_a_frozen_party_starts_no_trade_but_a_running_one_goes_on(
    market: Telling, who: str, code: str
) -> None:
    market.check("T-1")
    market.act("priya", FreezeSubject(subject=who))
    refused = market.refusal("brunel", ExecuteTrade(trade="T-1"))
    assert code == refused.CODE
    market.system(UnfreezeSubject(subject=who))
    if who == "pennine":
        market.offer()
        market.check("T-2", f"{TOKEN}-S2-2")
    market.delays = ("transfer/",)
    running = "T-2" if who == "pennine" else "T-1"
    market.act("brunel", ExecuteTrade(trade=running))
    market.act("priya", FreezeSubject(subject=who))
    market.catch_up()
    assert market.states[f"trade:{running}"].state == "TRADE_SETTLED"


def test_a_frozen_holder_neither_splits_nor_offers_and_its_offers_come_back(
    telling: Telling,
) -> None:
    telling.finance()
    telling.act("priya", FreezeSubject(subject="pennine"))
    split = SliceToken(token=TOKEN, slices=5)
    assert telling.refusal("pennine", split).CODE == "subject_paused"
    telling.system(UnfreezeSubject(subject="pennine"))
    telling.act("pennine", split)
    telling.offer()
    telling.act("priya", FreezeSubject(subject="pennine"))
    assert telling.refusal("pennine", _offer()).CODE == "subject_paused"
    assert telling.states[f"listing:{SLICE_2}"].state == "WITHDRAWN"
    assert not telling.refused


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"price": pounds(0)}, "invalid_field", "price"),
        ({"price": pounds(-1)}, "invalid_field", "price"),
        ({"price": pounds(LARGEST + 1)}, "invalid_field", "body"),
        ({"price": Money(1, "EUR")}, "invalid_field", "price.currency"),
        ({"quoted_yield_bps": 100_001}, "invalid_field", "quoted_yield_bps"),
        ({"quoted_yield_bps": -100_001}, "invalid_field", "quoted_yield_bps"),
        ({"slice": 6}, "unknown_slice", None),
        ({"slice": 0}, "unknown_slice", None),
        ({"slice": 2}, "slice_already_listed", None),
        ({"token": "FXR-NONE"}, "unknown_slice", None),
    ],
)
def test_an_offer_that_cannot_be_is_refused(
    market: Telling, changes: dict[str, object], code: str, field: str | None
) -> None:
    refusal = market.refusal("pennine", _offer(**changes))
    assert code == refusal.CODE
    assert msgspec.structs.asdict(refusal).get("field") == field


def test_a_matured_token_is_neither_offered_nor_sold(market: Telling) -> None:
    market.now = "2026-07-20T23:59:00.000000Z"
    market.check("T-1")
    market.now = "2026-07-21T00:00:00.000000Z"
    assert market.refusal("pennine", _offer()).CODE == "matured"
    assert market.refusal("brunel", ExecuteTrade(trade="T-1")).CODE == "matured"


@pytest.mark.parametrize(
    ("slices", "code"),
    [(1, "invalid_field"), (0, "invalid_field"), (-5, "invalid_field"), (3, "slices_uneven")],
)
def test_a_holding_is_split_into_equal_lots(telling: Telling, slices: int, code: str) -> None:
    telling.finance()
    assert code == telling.refusal("pennine", SliceToken(token=TOKEN, slices=slices)).CODE


def test_only_who_holds_all_may_split_and_once(market: Telling) -> None:
    assert market.refusal("pennine", SliceToken(token=TOKEN, slices=2)).CODE == "already_sliced"
    assert market.refusal("pennine", SliceToken(token="FXR-X", slices=2)).CODE == "not_found"


def test_a_stranger_splits_nothing(telling: Telling) -> None:
    telling.finance()
    assert telling.refusal("mersey", SliceToken(token=TOKEN, slices=2)).CODE == "not_found"


def test_a_trade_that_was_never_executed_neither_settles_nor_fails(market: Telling) -> None:
    market.check("T-1")
    for name in ("T-1", "T-9"):
        for command in (
            SettleTrade(trade=name, transaction="0x1"),
            FailTrade(trade=name, reason="r"),
        ):
            assert market.refusal("worker", command).CODE == "not_found"
    assert market.refusal("brunel", ExecuteTrade(trade="T-9")).CODE == "not_found"
    assert market.refusal("pennine", WithdrawListing(listing="none")).CODE == "not_found"
    nothing = CheckTrade(trade="T-2", listing="none", answers=ANSWERS)
    assert market.refusal("brunel", nothing).CODE == "not_found"
    wanted = CheckTrade(trade="T-2", listing=SLICE_2, answers=ANSWERS)
    assert market.refusal("pennine", wanted).CODE == "role_forbidden"
