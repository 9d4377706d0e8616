"""The platform's plan, and its run on a real node."""

import msgspec
import pytest

from interfaces.outbound.evm.errors import MalformedCall
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.platform import (
    PlatformParties,
    PlatformStep,
    platform_steps,
    ready_steps,
    ref,
    resolve,
)
from tests.interfaces.outbound.evm.support import LOG, Platform

PARTIES = PlatformParties(
    platform="0x" + "11" * 20,
    registry_owner="0x" + "22" * 20,
    anchorer="0x" + "33" * 20,
    settlement_operator="0x" + "44" * 20,
    claim_issuer="0x" + "66" * 20,
    log=LOG,
)


def test_the_plan_is_the_same_each_time_and_is_plain_json() -> None:
    plan = platform_steps(PARTIES)
    assert plan == platform_steps(PARTIES)
    written = msgspec.json.encode(plan)
    assert msgspec.json.encode(msgspec.json.decode(written)) == written


def test_every_reference_is_to_an_earlier_step() -> None:
    seen: dict[str, dict[str, str]] = {}
    for step in platform_steps(PARTIES):
        assert step in ready_steps([step], seen)
        resolve(step, seen)
        seen[step.name] = {"address": "0x" + "55" * 20}


def test_a_done_step_is_never_ready_again() -> None:
    plan = platform_steps(PARTIES)
    first = ready_steps(plan, {})
    done = {step.name: {"address": "0x" + "55" * 20} for step in first}
    assert not {step.name for step in ready_steps(plan, done)} & set(done)
    everything = {step.name: {"address": "0x" + "55" * 20} for step in plan}
    assert ready_steps(plan, everything) == ()


def test_a_reference_to_nothing_is_refused() -> None:
    step = PlatformStep(
        name="late", contract="IdFactory", signer="x", gas=1, arguments=(ref("never"),)
    )
    with pytest.raises(MalformedCall, match=r"never\.address"):
        resolve(step, {})


@pytest.mark.chain
def test_the_plan_deploys_everything_within_the_gas_it_names(
    platform: Platform, gateway: EvmGateway, parties: PlatformParties
) -> None:
    for step in platform_steps(parties):
        assert platform.gas[step.name] <= step.gas * 101 // 100
        if "address" in platform.results[step.name]:
            assert gateway.has_code(platform.address(step.name))
    assert sum(platform.gas.values()) < 36_000_000
