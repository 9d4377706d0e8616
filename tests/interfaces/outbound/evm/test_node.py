"""The local node: it starts, stops, keeps its state, and says so when it cannot."""

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


def height_at_rest(gateway: EvmGateway) -> int:
    """Wait until the chain stands still for ten intervals."""
    height, since = gateway.block_number(), time.monotonic()
    deadline = since + 10
    while time.monotonic() < min(since + 0.5, deadline):
        time.sleep(0.02)
        if gateway.block_number() != height:
            height, since = gateway.block_number(), time.monotonic()
    return height


def test_blocks_follow_a_transaction_and_then_the_chain_rests(parties: PlatformParties) -> None:
    options = NodeOptions(block_seconds=0.05, trailing_blocks=3)
    with (
        start_node(options) as node,
        EvmGateway(node.url, keys=private_key) as gateway,
    ):
        assert height_at_rest(gateway) == 3
        deploy_registry(node, parties)
        assert height_at_rest(gateway) == 3 + 1 + 3


def test_a_chain_at_rest_still_shows_that_it_is_alive() -> None:
    options = NodeOptions(block_seconds=0.02, trailing_blocks=0, idle_seconds=0.1)
    with (
        start_node(options) as node,
        EvmGateway(node.url, keys=private_key) as gateway,
    ):
        deadline = time.monotonic() + 5
        while gateway.block_number() < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert gateway.block_number() >= 2


def test_a_port_in_use_is_said_before_another_node_is_taken_for_ours(anvil: AnvilNode) -> None:
    port = int(anvil.url.rsplit(":", 1)[1])
    with pytest.raises(NodeFailed, match=f"port {port} is in use"):
        start_node(NodeOptions(port=port))
    assert anvil.running


def test_a_node_that_ends_at_once_says_why(tmp_path: Path) -> None:
    with pytest.raises(NodeFailed, match=r"ended at once.*hardfork"):
        start_node(NodeOptions(data_dir=tmp_path, hardfork="no such fork"))


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
    program.touch()
    assert anvil_binary(tmp_path) == program
