"""A deployed token gets other rules, and house and chain say the same before and after (FX8)."""

from typing import Any

import msgspec
import pytest

from application.handlers.tokens import facts_of
from domain.chainwrite.commands import RetryChainWrite
from domain.chainwrite.events import ChainWriteFailed
from domain.compliance.rulebook import Rulebook
from domain.compliance.rules import judge
from domain.settings.state import PublishRulebook
from domain.token import commands as token
from domain.token import events
from interfaces.outbound.evm.calls import PlannedCall
from tests.interfaces.outbound.evm.chainhouse import Stage

pytestmark = [pytest.mark.chain, pytest.mark.capability("FX8")]


AT = "2026-11-21T12:00:00.000000Z"
DEPLOYED = Rulebook(topics=(1, 2), country_rule="deny", countries=("KP",), holder_cap=5)


def publish(stage: Stage, **changes: Any) -> Rulebook:
    """Publish the rules that the token was deployed with, but for these changes."""
    rules = msgspec.structs.replace(DEPLOYED, **changes)
    stage.house.act("adam", PublishRulebook(rulebook=rules))
    return rules


def verdicts(stage: Stage, sender: str, receiver: str, units: int) -> tuple[bool, bool]:
    """Tell whether house and chain let a move through."""
    country = stage.house.states[f"subject:{receiver}"].country
    facts = facts_of(stage.state, (sender, receiver, units), country=country, at=AT)
    call = PlannedCall(
        contract="ModularCompliance",
        function="canTransfer",
        target=stage.deployed.compliance,
        arguments=(stage.wallet(sender), stage.wallet(receiver), str(units)),
    )
    (chain,) = stage.house.writer.gateway.call(call)
    return judge(stage.state.rulebook, facts) is None, bool(chain)


def test_rules_change_on_both_sides_at_once(stage: Stage) -> None:
    """A cap that is reached, a country that is denied now, and both taken back."""
    stage.do(token.RegisterHolders, subjects=("mersey",))
    move = ("pennine", "mersey", 100)
    home = stage.house.states["subject:mersey"].country
    both: list[tuple[dict[str, Any], bool]] = [
        ({"holder_cap": 1}, False),
        ({"holder_cap": 2}, True),
        ({"holder_cap": 1, "countries": ("KP", home)}, False),
        ({"country_rule": "allow", "countries": (home,)}, True),
        ({"country_rule": "allow", "countries": ("FR",)}, False),
        ({}, True),
    ]
    assert verdicts(stage, *move) == (True, True)
    for changes, wanted in both:
        rules = publish(stage, **changes)
        stage.do(token.AdoptRules)
        adopted = stage.state.rulebook
        assert msgspec.structs.replace(adopted, version=rules.version) == rules
        assert verdicts(stage, *move) == (wanted, wanted), changes
    count = len(stage.house.log)
    stage.do(token.AdoptRules)
    assert len(stage.house.log) == count


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"topics": (1,)}, "topics"),
        ({"locked_until": 2_000_000_000}, "locked_until"),
        ({"country_rule": "none", "countries": ()}, "country_rule"),
        ({"holder_cap": 0}, "holder_cap"),
        ({"maximum_balance": 10}, "maximum_balance"),
    ],
)
def test_what_no_module_of_the_suite_can_enforce_is_refused(
    stage: Stage, changes: dict[str, Any], field: str
) -> None:
    publish(stage, **changes)
    before = stage.state
    adopting = token.AdoptRules(token=stage.token, reason="order 8")
    refusal = stage.house.refusal("adam", adopting)
    assert (refusal.CODE, getattr(refusal, "field", None)) == ("invalid_field", field)
    assert stage.state == before


def test_a_rulebook_is_adopted_when_its_last_rule_is_set(stage: Stage) -> None:
    """Until then the old one holds in the house, and the operation says what is missing."""
    house = stage.house
    publish(stage, holder_cap=7, countries=("KP", "IR"))
    old = stage.state.rulebook
    house.refuses = (f"rules/{stage.token}/{stage.state.control.count + 1}/2",)
    house.act("adam", token.AdoptRules(token=stage.token, reason="order 9"))
    assert isinstance(house.facts(ChainWriteFailed)[-1], ChainWriteFailed)
    assert stage.state.rulebook == old
    (failed,) = stage.state.control.failed
    house.refuses = ()
    stage.do(token.AdoptRules)
    assert stage.state.rulebook.holder_cap == 7
    assert house.facts(events.RulebookAdopted)[-1].rulebook == stage.state.rulebook
    # Tried again now, it would set a rule that no longer is the token's.
    assert house.refusal("adam", RetryChainWrite(write=failed)).CODE == "chain_write_undone"
