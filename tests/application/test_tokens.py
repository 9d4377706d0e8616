"""What may not move is refused before anything is sent, and by a code of its own."""

import pytest

from domain.chainwrite.events import ChainWritePlanned
from domain.compliance.rulebook import COUNTRY, INVESTOR_CLASS, KYC, Rulebook
from domain.invoice import commands as invoice
from domain.kernel.refusal import Refusal
from domain.listing import commands as listing
from domain.settings.state import PublishRulebook
from domain.subject import commands as subject
from domain.subject import events as subjects
from domain.token import commands as token
from domain.token import events
from domain.trade import commands as trade
from domain.trade.events import TradeFailed
from tests.application.telling import NUMBER, TOKEN, Telling, pounds

WHY = {"token": TOKEN, "reason": "order 7"}
FUND = invoice.FundInvoice(invoice=NUMBER, discount_bps=240)


@pytest.fixture
def listed(telling: Telling) -> Telling:
    """Give a house with an invoice for sale."""
    telling.list_for_sale()
    assert not telling.refused
    return telling


def ask(telling: Telling, who: str = "pennine") -> str:
    """Tell by which code a purchase is refused."""
    return telling.refusal(who, FUND).CODE


@pytest.mark.parametrize(
    ("there", "code", "back"),
    [
        (token.PauseToken(**WHY), "token_paused", token.ResumeToken(**WHY)),
        (
            token.FreezeWallets(**WHY, subjects=("listing",)),
            "wallet_frozen",
            token.UnfreezeWallets(**WHY, subjects=("listing",)),
        ),
        (
            token.FreezeUnits(**WHY, lines=(token.Amount("listing", 1),)),
            "units_insufficient",
            token.UnfreezeUnits(**WHY, lines=(token.Amount("listing", 1),)),
        ),
    ],
)
def test_what_is_stopped_is_not_sold(
    listed: Telling, there: token.Operation, code: str, back: token.Operation
) -> None:
    listed.act("adam", there)
    assert ask(listed) == code
    listed.act("adam", back)
    listed.act("pennine", FUND)
    assert not listed.refused


def test_nothing_moves_while_an_operation_is_on_its_way(listed: Telling) -> None:
    listed.delays = ("freeze/",)
    listed.act("adam", token.FreezeWallets(**WHY, subjects=("listing",)))
    assert ask(listed) == "operation_pending"
    again = token.FreezeUnits(**WHY, lines=(token.Amount("listing", 1),))
    assert listed.refusal("adam", again).CODE == "operation_pending"
    listed.catch_up()
    assert ask(listed) == "wallet_frozen"


def test_who_is_not_vouched_for_does_not_receive(telling: Telling) -> None:
    """Claims that are on their way do not count yet; a class that is demanded must be there."""
    rules = Rulebook(topics=(KYC, COUNTRY, INVESTOR_CLASS))
    telling.act(
        "priya",
        subject.ClassifySubject(subject="listing", investor_class="professional", evidence="own"),
    )
    telling.act("adam", PublishRulebook(rulebook=rules))
    telling.list_for_sale()
    assert ask(telling) == "holder_not_verified"
    telling.delays = ("claim/",)
    classified = subject.ClassifySubject(
        subject="pennine", investor_class="professional", evidence="file 9"
    )
    telling.act("priya", classified)
    assert ask(telling) == "holder_not_verified"
    telling.catch_up()
    telling.act("pennine", FUND)
    assert not telling.refused


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        (Rulebook(country_rule="deny", countries=("GB",)), "country_not_allowed"),
        (Rulebook(country_rule="allow", countries=("FR",)), "country_not_allowed"),
        (Rulebook(maximum_balance=999_999), "balance_above_maximum"),
        (Rulebook(locked_until=4_000_000_000), "units_locked"),
    ],
)
def test_the_rules_are_asked_first(telling: Telling, rules: Rulebook, code: str) -> None:
    """The chain of this house is willing whatever the rules are, so it is the house that asks."""
    telling.act("adam", PublishRulebook(rulebook=rules))
    telling.list_for_sale()
    assert ask(telling) == code


def test_the_cap_is_for_holders_of_the_moment(telling: Telling) -> None:
    telling.act("adam", PublishRulebook(rulebook=Rulebook(holder_cap=1)))
    telling.list_for_sale()
    telling.act("pennine", FUND)
    telling.disburse()
    telling.act("pennine", token.SliceToken(token=TOKEN, slices=5))
    telling.offer()
    telling.check("T1")
    assert telling.refusal("brunel", trade.ExecuteTrade(trade="T1")).CODE == "holder_cap_reached"


def test_frozen_units_are_not_offered(telling: Telling) -> None:
    telling.finance()
    telling.act("pennine", token.SliceToken(token=TOKEN, slices=5))
    most = (token.Amount("pennine", 800_001),)
    telling.act("adam", token.FreezeUnits(**WHY, lines=most))
    offer = listing.OpenListing(token=TOKEN, slice=2, price=pounds(199_150), quoted_yield_bps=242)
    assert telling.refusal("pennine", offer).CODE == "units_insufficient"
    telling.act("adam", token.UnfreezeUnits(**WHY, lines=(token.Amount("pennine", 1),)))
    telling.act("pennine", offer)


def test_a_rulebook_has_a_version_and_the_same_again_changes_nothing(telling: Telling) -> None:
    rules = Rulebook(topics=(KYC,), holder_cap=7)
    telling.act("adam", PublishRulebook(rulebook=rules))
    assert not telling.act("adam", PublishRulebook(rulebook=rules))
    telling.list_for_sale()
    (adopted,) = telling.facts(events.RulebookAdopted)
    assert (adopted.rulebook.version, adopted.rulebook.holder_cap) == (2, 7)
    bad = PublishRulebook(rulebook=Rulebook(country_rule="allow"))
    assert telling.refusal("adam", bad).CODE == "invalid_field"


def test_a_platform_without_a_claim_issuer_demands_nothing() -> None:
    """Those that were deployed before it go on as they were."""
    telling = Telling()
    telling.addresses.pop("claim_issuer_contract")
    telling.open()
    telling.list_for_sale()
    telling.act("pennine", FUND)
    assert not telling.refused
    assert not telling.facts(subjects.ClaimRequested)
    (adopted,) = telling.facts(events.RulebookAdopted)
    assert adopted.rulebook == Rulebook()


def test_a_frozen_subject_loses_its_claims_and_what_it_was_to_receive(telling: Telling) -> None:
    """The claims of a subject that may not act are revoked, and asked for anew when it may."""
    telling.delays = ("revoke/",)
    telling.act("priya", subject.FreezeSubject(subject="brunel"))
    lapsed = telling.facts(subjects.ClaimLapsed)
    assert [(fact.number, fact.topic) for fact in lapsed] == [(1, KYC), (2, COUNTRY)]
    assert telling.states["subject:brunel"].revoking == {1, 2}
    telling.catch_up()
    assert not telling.states["subject:brunel"].revoking
    telling.system(subject.UnfreezeSubject(subject="brunel"))
    assert sorted(telling.states["subject:brunel"].claims) == [3, 4]


def test_a_claim_that_lapses_before_it_is_signed_is_never_sent(telling: Telling) -> None:
    house = Telling()
    house._sign = lambda *_: None  # type: ignore[method-assign]
    house.open()
    house.act("priya", subject.FreezeSubject(subject="brunel"))
    assert all(fact.write is None for fact in house.facts(subjects.ClaimLapsed))
    late = subject.SignClaim(subject="brunel", number=1, signature="ab" * 65)
    house.system(late)
    purposes = [planned.purpose for planned in house.facts(ChainWritePlanned)]
    assert "claim" not in purposes
    assert "revoke" not in purposes


def test_the_chains_refusal_of_a_claimless_move_undoes_the_trade(telling: Telling) -> None:
    telling.split()
    telling.refuses = ("transfer/",)
    telling.buy("T1")
    assert [fact.reason for fact in telling.facts(TradeFailed)] == ["the chain said no"]


@pytest.mark.parametrize(
    "address", ["", "0x12", "0x" + "0" * 40, "0x" + "g" * 40, "11" * 20, "0x" + "1" * 41]
)
def test_a_malformed_address_is_refused(telling: Telling, address: str) -> None:
    replace = subject.ReplaceWallet(subject="brunel", address=address, reason="lost")
    bind = subject.BindWallet(subject="brunel", address=address)
    assert telling.refusal("adam", replace).CODE == "address_malformed"
    assert telling.refusal("adam", bind).CODE == "address_malformed"


def test_a_new_wallet_counts_when_the_chain_knows_it(telling: Telling) -> None:
    telling.list_for_sale()
    same = subject.ReplaceWallet(
        subject="pennine", address=telling.wallet("pennine"), reason="lost"
    )
    assert telling.refusal("adam", same).CODE == "wallet_unchanged"
    telling.delays = ("link/",)
    fresh = subject.ReplaceWallet(subject="pennine", address="0x" + "77" * 20, reason="lost")
    telling.act("adam", fresh)
    assert ask(telling) == "wallet_link_pending"
    once_more = subject.ReplaceWallet(subject="pennine", address="0x" + "78" * 20, reason="lost")
    assert telling.refusal("adam", once_more).CODE == "wallet_link_pending"
    telling.catch_up()
    telling.act("pennine", FUND)
    assert not telling.refused


def test_a_holder_with_a_new_wallet_is_recovered_first(telling: Telling) -> None:
    telling.split()
    telling.buy("T1")
    fresh = subject.ReplaceWallet(subject="brunel", address="0x" + "77" * 20, reason="lost")
    telling.act("adam", fresh)
    telling.offer(number=3)
    telling.check("T2", f"{TOKEN}-S3-1")
    refusal: Refusal = telling.refusal("brunel", trade.ExecuteTrade(trade="T2"))
    assert refusal.CODE == "recovery_needed"
    telling.act("adam", token.RecoverHolder(**WHY, subject="brunel"))
    telling.act("brunel", trade.ExecuteTrade(trade="T2"))
    assert not telling.refused
    assert telling.balance("brunel", "units", TOKEN) == (400_000, 0)


def test_proceeds_wait_for_units_that_are_on_their_way(telling: Telling) -> None:
    """They are shared when everything that the token stands for is held by somebody again."""
    telling.finance()
    ten = (token.Amount("pennine", 10),)
    telling.act("adam", token.BurnUnits(**WHY, lines=ten))
    telling.delays = ("mint_units/",)
    telling.act("adam", token.MintUnits(**WHY, lines=ten))
    telling.repay()
    assert telling.postponed
    telling.catch_up()
    assert not telling.refused
    assert telling.states[f"token:{TOKEN}"].supply == 0
    assert telling.invoice_of().state == "SETTLED"


def test_roles_of_operations(listed: Telling) -> None:
    """Only admins have something done to a token."""
    for who in ("priya", "pennine", "coppergate"):
        assert listed.refusal(who, token.PauseToken(**WHY)).CODE == "role_forbidden"
