"""Every call that the domain plans can be encoded for the contract that it names."""

import msgspec
import pytest

from domain.chainwrite import calls as plans
from domain.chainwrite.commands import PlanChainWrite
from domain.compliance.rulebook import Rulebook
from interfaces.outbound.evm.artifacts import Artifacts
from interfaces.outbound.evm.calls import PlannedCall, check_call

ADDRESS = "0x" + "5a" * 20
HASH = "ab" * 32
ADDRESSES = {
    "token_agent": ADDRESS,
    "settlement_agent": ADDRESS,
    "trex_factory": ADDRESS,
    "identity_factory": ADDRESS,
    "claim_issuer_contract": ADDRESS,
    **dict.fromkeys(plans.MODULES.values(), ADDRESS),
}
STRICT = Rulebook(
    topics=(1, 2, 3),
    country_rule="deny",
    countries=("KP", "IR"),
    holder_cap=200,
    maximum_balance=5_000,
    locked_until=1_800_000_000,
)


def operation(kind: str, *arguments: object) -> PlanChainWrite:
    """Plan the first part of a token's first operation."""
    return plans.operate(ADDRESS, write=f"{kind}/T-1/1/1", token="T-1", arguments=arguments)


PLANS = [
    plans.create_identity(ADDRESSES, subject="S-1", wallet=ADDRESS),
    plans.link_wallet(ADDRESS, subject="S-1", wallet=ADDRESS),
    plans.add_claim(
        ADDRESS, write="claim/S-1/1", subject="S-1", claim=(1, ADDRESS, "ab" * 65, "7b7d")
    ),
    plans.revoke_claim(ADDRESS, write="revoke/S-1/1", subject="S-1", signature="ab" * 65),
    plans.deploy_suite(
        ADDRESSES, token="T-1", names=("Invoice", "FXR"), decimals=2, rulebook=Rulebook()
    ),
    plans.deploy_suite(
        ADDRESSES, token="T-2", names=("Invoice", "FXR"), decimals=2, rulebook=STRICT
    ),
    operation("pause"),
    operation("resume"),
    operation("freeze", [ADDRESS], [True]),
    operation("unfreeze", [ADDRESS], [False]),
    operation("freeze_units", [ADDRESS], ["7"]),
    operation("unfreeze_units", [ADDRESS], ["7"]),
    operation("mint_units", [ADDRESS], ["7"]),
    operation("burn_units", [ADDRESS], ["7"]),
    operation("recover", ADDRESS, ADDRESS, ADDRESS),
    plans.register_batch(
        ADDRESS, write="register/T-1/1/1", token="T-1", holders=[(ADDRESS, ADDRESS, 826)]
    ),
    plans.register_holder(ADDRESS, token="T-1", subject="S-1", holder=(ADDRESS, ADDRESS, 826)),
    plans.call_token(ADDRESS, "unpause", token="T-1"),
    plans.call_token(ADDRESS, "mint", ADDRESS, "1000000", token="T-1"),
    plans.call_token(ADDRESS, "burn", ADDRESS, "1000000", token="T-1", suffix="/1"),
    plans.settle(
        ADDRESSES, token="T-1", reference="R-1", move=(ADDRESS, ADDRESS, ADDRESS, "200000")
    ),
    plans.anchor(ADDRESS, log=HASH, size=7, hashes=(HASH, HASH), path=(HASH, HASH)),
]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.write)
def test_a_plan_fits_its_contract_also_after_the_log(plan: PlanChainWrite) -> None:
    read_back = msgspec.json.decode(msgspec.json.encode(plan), type=PlanChainWrite)
    for each in (plan, read_back):
        call = PlannedCall(
            contract=each.contract,
            function=each.function,
            arguments=each.arguments,
            target=each.target,
        )
        check_call(call, Artifacts())
