"""The rules of a token: the shared cases, and rulebooks that make no sense."""

import msgspec
import pytest

from domain.compliance.reverts import CODES, UNKNOWN, code_of
from domain.compliance.rulebook import STANDARD, Rulebook, refuse_rulebook
from domain.compliance.rules import RULES, judge
from domain.kernel.refusal import InvalidField
from tests.domain.compliance_vectors import VECTORS, Case, facts_of


@pytest.mark.parametrize("case", VECTORS.cases, ids=lambda case: case.name)
def test_a_rule_judges_as_the_shared_case_says(case: Case) -> None:
    verdict = judge(case.rules, facts_of(case))
    assert (verdict.CODE if verdict else None) == case.verdict


def test_the_cases_pass_and_forbid_by_every_rule() -> None:
    codes = {case.verdict for case in VECTORS.cases}
    assert len(codes) == len(RULES) + 1
    assert None in codes


def test_a_refusal_names_its_numbers() -> None:
    case = next(each for each in VECTORS.cases if each.name == "one unit more than is free")
    verdict = judge(case.rules, facts_of(case))
    assert verdict is not None
    assert msgspec.structs.asdict(verdict) == {
        "holder": "gb-ann",
        "free": 40,
        "needed": 41,
        "until": 4_000_000_000,
    }
    assert "40" in verdict.sentence()


@pytest.mark.parametrize(
    ("rulebook", "field"),
    [
        (Rulebook(topics=(9,)), "topics"),
        (Rulebook(topics=(1, 1)), "topics"),
        (Rulebook(country_rule="allow"), "countries"),
        (Rulebook(countries=("GB",)), "countries"),
        (Rulebook(country_rule="deny", countries=("XX",)), "countries"),
        (Rulebook(country_rule="deny", countries=("GB", "GB")), "countries"),
        (Rulebook(holder_cap=-1), "holder_cap"),
        (Rulebook(maximum_balance=-1), "maximum_balance"),
        (Rulebook(locked_until=2**41), "locked_until"),
    ],
)
def test_rules_that_make_no_sense_are_refused(rulebook: Rulebook, field: str) -> None:
    refusal = refuse_rulebook(rulebook)
    assert isinstance(refusal, InvalidField)
    assert refusal.field == field


def test_the_standard_rules_make_sense() -> None:
    assert refuse_rulebook(STANDARD) is None


def test_a_reason_of_the_chain_has_one_of_our_codes() -> None:
    """With its numbers behind it or alone; what nobody knows is a refusal all the same."""
    assert code_of("Pausable: paused") == "token_paused"
    frozen = "SettlementWalletFrozen {'token': '0x01', 'wallet': '0x02'}"
    assert code_of(frozen) == "wallet_frozen"
    assert code_of("out of gas") == UNKNOWN
    assert all(code_of(reason) == code for reason, code in CODES.items())
