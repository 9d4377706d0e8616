"""A subject is paused at once, by whatever leads to it, and comes back or does not (E1, E3, E4)."""

import msgspec
import pytest

from domain.case import commands as cases
from domain.case import events as records
from domain.case.decide import name_from
from domain.kernel.event import Event
from domain.kernel.roles import COMPLIANCE_TEAM
from domain.kernel.sealed import Sealed
from domain.listing.commands import WithdrawListing
from domain.listing.events import ListingWithdrawn
from domain.subject import commands, events
from domain.trade.commands import CheckTrade, ExecuteTrade
from domain.trade.events import PretradeStopped
from tests.application.telling import ANSWERS, SLICE_2, TOKEN, Telling

CASE = "c0" * 16
BOX = Sealed(sealed="key", nonce="bm9uY2U=", box="Ym94")
LISTED = {**ANSWERS, "sanctions_on_directors": True}


@pytest.fixture
def market(telling: Telling) -> Telling:
    """Give a house in which Pennine offers slice 2."""
    telling.split()
    return telling


def freeze(who: str, case: str = CASE, kind: str = "screening") -> commands.FreezeSubject:
    return commands.FreezeSubject(subject=who, case=case, kind=kind, reason=BOX)


def stream_of(house: Telling, stream: str) -> list[str]:
    return [event.envelope.type for event in house.log if event.stream == stream]


@pytest.mark.capability("FX10", part="E3")
def test_a_list_delta_pauses_at_once_and_opens_a_review_with_a_sealed_record(
    market: Telling,
) -> None:
    market.act("priya", freeze("pennine"))
    pennine = market.states["subject:pennine"]
    assert (pennine.state, pennine.frozen, pennine.case) == ("MLRO_REVIEW", True, CASE)
    steps = [kind for kind in stream_of(market, "subject:pennine") if "claim" not in kind]
    assert steps[-2:] == ["subject.frozen", "subject.mlro_review_opened"]
    [opened] = market.facts(records.CaseOpened)
    assert (opened.subject, opened.kind, opened.reason) == ("pennine", "screening", BOX)
    assert market.states[f"listing:{SLICE_2}"].state == "WITHDRAWN"
    assert market.balance("pennine", "units", TOKEN)[1] == 0
    assert not market.refused


@pytest.mark.capability("FX10", part="E3")
def test_a_false_positive_comes_back_and_its_record_is_closed(market: Telling) -> None:
    market.act("priya", freeze("pennine"))
    assert market.refusal("system", commands.PassRisk(subject="pennine", evidence="e")).CODE == (
        "wrong_state"
    )
    market.system(commands.UnfreezeSubject(subject="pennine"))
    pennine = market.states["subject:pennine"]
    assert (pennine.state, pennine.frozen, pennine.case) == ("ACTIVE", False, None)
    assert market.states[f"case:{CASE}"].state == "CLEARED"
    market.offer()


@pytest.mark.capability("FX10", part="E3")
@pytest.mark.capability("FX12")
def test_who_is_declined_out_of_a_pause_leaves_a_report_that_is_due(market: Telling) -> None:
    market.act("priya", freeze("pennine"))
    market.act("priya", commands.DeclineSubject(subject="pennine"))
    assert market.states["subject:pennine"].state == "DECLINED"
    assert market.states[f"case:{CASE}"].state == "REPORT_DUE"
    market.system(cases.EscalateCase(case=CASE))
    market.act("priya", cases.FileReport(case=CASE, reference=BOX))
    assert stream_of(market, f"case:{CASE}") == [
        "case.opened",
        "case.report_due",
        "case.escalated",
        "case.reported",
    ]
    # The house itself never says that the relation has ended: whoever is told is told by people.
    split = market.refusal("pennine", ExecuteTrade(trade="T-1"))
    assert split.CODE in {"role_forbidden", "not_found"}


def test_a_paused_subject_without_a_record_gets_one_when_it_is_declined(market: Telling) -> None:
    market.act("priya", commands.FreezeSubject(subject="pennine"))
    assert market.states["subject:pennine"].state == "FROZEN"
    market.act("priya", commands.DeclineSubject(subject="pennine", case=CASE))
    assert market.states[f"case:{CASE}"].state == "REPORT_DUE"


@pytest.mark.capability("FX10", part="E1")
def test_fraud_pauses_the_seller_and_a_report_is_due_at_once(telling: Telling) -> None:
    fraud = msgspec.structs.replace(freeze("coppergate", kind="dispute"), report=True)
    telling.act("priya", fraud)
    assert telling.states[f"case:{CASE}"].state == "REPORT_DUE"
    lift = telling.refusal("system", commands.UnfreezeSubject(subject="coppergate"))
    assert lift.CODE == "review_unfinished"
    telling.act("priya", cases.FileReport(case=CASE, reference=BOX))
    telling.system(commands.UnfreezeSubject(subject="coppergate"))
    assert telling.states["subject:coppergate"].state == "ACTIVE"


@pytest.mark.capability("FX10", part="E4")
def test_an_answer_that_names_a_list_stops_the_trade_and_pauses_the_investor(
    market: Telling,
) -> None:
    check = CheckTrade(trade="T-1", listing=SLICE_2, answers=LISTED, record=BOX)
    market.act("brunel", check)
    assert market.states["trade:T-1"].state == "PRE_TRADE_FAIL_SANCTIONS"
    assert market.facts(PretradeStopped)[0].record == BOX
    assert market.states["subject:brunel"].state == "MLRO_REVIEW"
    case = market.states[f"case:{name_from(BOX)}"]
    assert (case.state, case.subject, case.kind) == ("OPEN", "brunel", "pretrade")
    assert market.facts(records.CaseOpened)[0].reference == "T-1"
    answers = b"".join(event.body for event in market.log if event.stream == "trade:T-1")
    assert b"sanctions_on_directors" not in answers
    assert not market.refused


def test_a_second_reason_is_a_second_record_and_changes_nothing_else(market: Telling) -> None:
    market.act("priya", freeze("brunel"))
    before = stream_of(market, "subject:brunel")
    market.act("priya", freeze("brunel", "d0" * 16, "review"))
    assert stream_of(market, "subject:brunel") == before
    assert market.states[f"case:{'d0' * 16}"].state == "OPEN"


def test_a_running_trade_that_fails_does_not_put_the_lot_of_a_paused_seller_back(
    market: Telling,
) -> None:
    market.check("T-1")
    market.delays = ("transfer/",)
    market.refuses = ("transfer/",)
    market.act("brunel", ExecuteTrade(trade="T-1"))
    market.act("priya", freeze("pennine"))
    assert market.states[f"listing:{SLICE_2}"].state == "RESERVED"
    market.catch_up()
    assert market.states["trade:T-1"].state == "FIAT_REFUND"
    assert market.states[f"listing:{SLICE_2}"].state == "WITHDRAWN"


def test_only_the_last_offer_of_each_lot_is_taken_back(market: Telling) -> None:
    market.act("pennine", WithdrawListing(listing=SLICE_2))
    market.offer()
    market.act("priya", freeze("pennine"))
    wished = [
        (event.envelope.actor, event.stream)
        for event in market.log
        if isinstance(event.fact, ListingWithdrawn)
    ]
    assert wished == [
        ("subject:pennine", f"listing:{SLICE_2}"),
        ("process:market", f"listing:{TOKEN}-S2-2"),
    ]
    assert {fact.reason for fact in market.facts(ListingWithdrawn)} == {"withdrawn"}


RESTRICTED = (*records.EVENTS, PretradeStopped)


@pytest.mark.capability("FX12")
@pytest.mark.parametrize("event", RESTRICTED, ids=lambda event: event.TYPE)
def test_only_compliance_reads_records(event: type[Event]) -> None:
    assert COMPLIANCE_TEAM | {"process"} == event.VISIBLE


@pytest.mark.parametrize(
    "event",
    [
        events.SubjectFrozen,
        events.SubjectUnfrozen,
        events.MlroReviewOpened,
        events.SubjectDeclined,
    ],
)
def test_no_integrator_reads_that_somebody_is_paused(event: type[Event]) -> None:
    assert not event.VISIBLE & {"integrator", "admin", "operations", "investor", "seller"}


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (cases.OpenCase(case=CASE, subject="nobody", kind="review"), "not_found"),
        (cases.OpenCase(case="guess", subject="brunel", kind="review"), "invalid_field"),
        (cases.OpenCase(case=CASE, subject="brunel", kind="hunch"), "invalid_field"),
        (cases.ClearCase(case=CASE), "not_found"),
        (cases.FileReport(case=CASE, reference=BOX), "not_found"),
        (cases.FileReport(case=CASE, subject="severn", reference=BOX), "not_found"),
    ],
)
def test_what_cannot_be_recorded_is_refused(
    telling: Telling, command: cases.OpenCase, code: str
) -> None:
    assert code == telling.refusal("priya", command).CODE


def test_a_record_goes_its_way_once(telling: Telling) -> None:
    telling.act("priya", cases.OpenCase(case=CASE, subject="brunel", kind="review"))
    telling.act("priya", cases.ClearCase(case=CASE))
    telling.act("priya", cases.RequireReport(case=CASE))
    again = telling.refusal("priya", cases.RequireReport(case=CASE))
    assert again.CODE == "wrong_state"
    assert telling.states["subject:brunel"].state == "ACTIVE"
