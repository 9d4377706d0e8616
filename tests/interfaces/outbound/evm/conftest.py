"""A real node for the session, and the platform deployed on it once."""

import time
from collections.abc import Iterator

import pytest

from interfaces.outbound.evm.calls import decode_result
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.node import AnvilNode, NodeOptions, start_node
from interfaces.outbound.evm.platform import (
    PlatformParties,
    platform_steps,
    ready_steps,
    resolve,
)
from tests.interfaces.outbound.evm.chainhouse import ChainHouse, Stage, opened_stage
from tests.interfaces.outbound.evm.support import (
    ETHER,
    LOG,
    PURPOSES,
    Platform,
    Writer,
    private_key,
)


@pytest.fixture(scope="session")
def anvil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnvilNode]:
    data_dir = tmp_path_factory.mktemp("chain")
    with start_node(NodeOptions(data_dir=data_dir, block_seconds=0.05)) as node:
        yield node


@pytest.fixture(scope="session")
def gateway(anvil: AnvilNode) -> Iterator[EvmGateway]:
    with EvmGateway(anvil.url, keys=private_key) as opened:
        for purpose in PURPOSES:
            anvil.fund(opened.address(purpose), 1000 * ETHER)
        yield opened


@pytest.fixture(scope="session")
def writer(gateway: EvmGateway) -> Writer:
    return Writer(gateway)


@pytest.fixture(scope="session")
def parties(gateway: EvmGateway) -> PlatformParties:
    return PlatformParties(
        platform=gateway.address("token_agent"),
        registry_owner=gateway.address("registry_owner"),
        anchorer=gateway.address("anchorer"),
        settlement_operator=gateway.address("settlement_operator"),
        claim_issuer=gateway.address("claim_issuer"),
        log=LOG,
    )


@pytest.fixture(scope="session")
def platform(writer: Writer, parties: PlatformParties) -> Platform:
    steps = platform_steps(parties)
    results: dict[str, dict[str, str]] = {}
    gas: dict[str, int] = {}
    rounds, began = 0, time.monotonic()
    while len(results) < len(steps):
        rounds += 1
        sent = []
        for step in ready_steps(steps, results):
            call = resolve(step, results)
            # The plan's own gas figure, with room: an estimate would cost a dry run each.
            signed = writer.signed(step.signer, call, step.gas * 6 // 5 or None)
            writer.gateway.broadcast(signed.raw)
            sent.append((step, call, signed))
        for step, call, signed in sent:
            receipt = writer.mined(signed.transaction_hash)
            gas[step.name] = receipt.gas_used
            results[step.name] = decode_result(call, receipt, writer.gateway.artifacts)
    return Platform(results, gas, rounds, time.monotonic() - began)


@pytest.fixture(scope="module")
def stage(writer: Writer, platform: Platform) -> Stage:
    """Give a house on the node with a token that pennine holds."""
    return opened_stage(ChainHouse(writer, platform))
