"""The local node: it starts, stops, keeps its state, and says so when it cannot."""

import shutil
import time
from pathlib import Path

import pytest

from interfaces.outbound.evm.errors import ArtifactMissing, ChainUnreachable, NodeFailed
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.node import AnvilNode, NodeOptions, anvil_binary, start_node
from interfaces.outbound.evm.platform import PlatformParties, platform_steps, resolve
from tests.interfaces.outbound.evm.support import ETHER, Writer, private_key

pytestmark = pytest.mark.chain


def deploy_registry(node: AnvilNode, parties: PlatformParties) -> tuple[str, str]:
    """Deploy AnchorRegistry; return its address and the hash of the block that holds it."""
    step = next(step for step in platform_steps(parties) if step.name == "anchor_registry")
    with EvmGateway(node.url, keys=private_key) as gateway:
        node.fund(parties.platform, ETHER)
        receipt = Writer(gateway).receipt("token_agent", resolve(step, {}))
        assert receipt.contract_address is not None
        return receipt.contract_address, receipt.block_hash


def test_the_chain_survives_a_restart(tmp_path: Path, parties: PlatformParties) -> None:
    options = NodeOptions(data_dir=tmp_path, block_seconds=0.1, state_seconds=600)
    with start_node(options) as node:
        address, block_hash = deploy_registry(node, parties)
        with EvmGateway(node.url, keys=private_key) as gateway:
            height = gateway.block_number()
    assert not node.running
    with (
        start_node(options) as again,
        EvmGateway(again.url, keys=private_key) as gateway,
    ):
        assert gateway.has_code(address)
        assert gateway.block_number() >= height
        assert block_hash in {gateway.canonical_block_hash(number) for number in range(height + 1)}


def test_a_half_written_state_gives_way_to_the_last_good_one(
    tmp_path: Path, parties: PlatformParties
) -> None:
    options = NodeOptions(data_dir=tmp_path, block_seconds=0.1)
    with start_node(options) as node:
        address, _ = deploy_registry(node, parties)
    start_node(options).stop()
    state = tmp_path / "state.json"
    state.write_bytes(state.read_bytes()[:-100])
    with (
        start_node(options) as again,
        EvmGateway(again.url, keys=private_key) as gateway,
    ):
        assert gateway.has_code(address)
    assert (tmp_path / "state.broken.json").exists()


def test_blocks_come_by_themselves_in_fractions_of_a_second(anvil: AnvilNode) -> None:
    with EvmGateway(anvil.url, keys=private_key) as gateway:
        before = gateway.block_number()
        deadline = time.monotonic() + 5
        while gateway.block_number() < before + 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert gateway.block_number() >= before + 3


def test_a_port_in_use_and_a_wrong_chain_are_said(anvil: AnvilNode) -> None:
    port = int(anvil.url.rsplit(":", 1)[1])
    with pytest.raises(NodeFailed):
        start_node(NodeOptions(port=port, chain_id=4))


def test_stopping_twice_is_harmless_and_a_stopped_node_is_unreachable() -> None:
    node = start_node(NodeOptions(block_seconds=None))
    assert node.pid > 0
    node.stop()
    node.stop()
    with (
        EvmGateway(node.url, keys=private_key) as gateway,
        pytest.raises(ChainUnreachable, match="eth_blockNumber"),
    ):
        gateway.block_number()


def test_a_missing_node_names_the_cure(tmp_path: Path) -> None:
    with pytest.raises(ArtifactMissing, match="npm ci"):
        anvil_binary(tmp_path)


def test_a_node_of_another_platform_is_found(tmp_path: Path) -> None:
    program = tmp_path / "node_modules" / "@foundry-rs" / "anvil-plan9-mips" / "bin" / "anvil"
    program.parent.mkdir(parents=True)
    shutil.copyfile("/dev/null", program)
    assert anvil_binary(tmp_path) == program
