"""Every call that the domain plans can be encoded for the contract that it names."""

import msgspec
import pytest

from domain.chainwrite import calls as plans
from domain.chainwrite.commands import PlanChainWrite
from interfaces.outbound.evm.artifacts import Artifacts
from interfaces.outbound.evm.calls import PlannedCall, check_call

ADDRESS = "0x" + "5a" * 20
HASH = "ab" * 32
ADDRESSES = {
    "token_agent": ADDRESS,
    "settlement_agent": ADDRESS,
    "trex_factory": ADDRESS,
}
PLANS = [
    plans.create_identity(ADDRESS, subject="S-1", wallet=ADDRESS),
    plans.deploy_suite(ADDRESSES, token="T-1", name="Invoice", symbol="FXR", decimals=2),
    plans.register_holder(ADDRESS, token="T-1", subject="S-1", holder=(ADDRESS, ADDRESS, 826)),
    plans.call_token(ADDRESS, "unpause", token="T-1"),
    plans.call_token(ADDRESS, "mint", ADDRESS, "1000000", token="T-1"),
    plans.call_token(ADDRESS, "burn", ADDRESS, "1000000", token="T-1", suffix="/1"),
    plans.settle(
        ADDRESSES, token="T-1", reference="R-1", move=(ADDRESS, ADDRESS, ADDRESS, "200000")
    ),
    plans.anchor(ADDRESS, log=HASH, size=7, hashes=(HASH, HASH), path=(HASH, HASH)),
]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.function)
def test_a_plan_of_the_domain_fits_its_contract_also_after_the_log(plan: PlanChainWrite) -> None:
    read_back = msgspec.json.decode(msgspec.json.encode(plan), type=PlanChainWrite)
    for each in (plan, read_back):
        call = PlannedCall(
            contract=each.contract,
            function=each.function,
            arguments=each.arguments,
            target=each.target,
        )
        check_call(call, Artifacts())
