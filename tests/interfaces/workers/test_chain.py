"""The chain worker on a real node: each write once, whatever dies between its steps (B4)."""

import hashlib
import time
from pathlib import Path

import pytest

from domain.chainwrite import commands
from domain.chainwrite.events import (
    ChainWriteConfirmed,
    ChainWriteFailed,
    ChainWriteMined,
    ChainWriteReorganised,
)
from interfaces.outbound.evm.errors import ChainUnreachable
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.node import NodeOptions, start_node
from interfaces.workers.gateway import Sender
from tests.interfaces.workers.chainyard import (
    OWNER,
    STRANGER,
    Yard,
    fixture_yard,
    fund,
    private_key,
)

pytestmark = [pytest.mark.chain, pytest.mark.capability("B4")]
__all__ = ["fixture_yard"]

STEPS = ["assign_nonce", "record_broadcast", "record_mined", "record_confirmed"]


def test_writes_go_out_in_the_order_of_their_plans_each_once(yard: Yard) -> None:
    target = yard.registry()
    for number in range(4):
        yard.plan(f"log{number}", target=target)
    yard.work()
    assert yard.sent() == 5
    nonces = [yard.raws.kept[f"log{number}"].nonce for number in range(4)]
    assert nonces == [1, 2, 3, 4]
    assert yard.count(ChainWriteMined) == yard.count(ChainWriteConfirmed) == 5


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("heard", [True, False], ids=["lost on the way there", "on the way back"])
def test_a_worker_that_dies_at_any_step_sends_nothing_twice(
    yard: Yard, step: str, heard: bool
) -> None:
    target = yard.registry()
    (yard.gate.lost if heard else yard.gate.unheard).add(step)
    yard.plan("log", target=target)
    yard.work()
    assert yard.state("log") == "CONFIRMED", yard.log.events[-1].fact
    assert yard.sent() == 2
    assert not yard.gate.lost | yard.gate.unheard


def test_a_call_that_cannot_succeed_fails_with_its_reason_and_takes_no_nonce(yard: Yard) -> None:
    target = yard.registry()
    yard.plan("not-mine", signer=STRANGER, target=target)
    yard.work()
    failed = yard.log.events[-1].fact
    assert isinstance(failed, ChainWriteFailed)
    assert failed.reason.startswith("OwnableUnauthorizedAccount")
    assert failed.transaction is None
    assert yard.sent(STRANGER) == 0


def test_a_call_that_is_overtaken_fails_with_the_reason_of_its_block(yard: Yard) -> None:
    """Both look good when they are signed; in the block the second one reverts."""
    target = yard.registry()
    log = "0x" + hashlib.sha256(b"log").hexdigest()
    for write in ("log", "log-again"):
        command = commands.PlanChainWrite(
            write=write,
            purpose="test",
            reference=write,
            signer=OWNER,
            contract="AnchorRegistry",
            function="register",
            arguments=(log, yard.gateway.address(OWNER)),
            target=target,
        )
        Sender(yard.gate, "test").send(command, f"plan {write}")
    yard.work()
    assert yard.state("log") == "CONFIRMED"
    failed = yard.log.events[-1].fact
    assert isinstance(failed, ChainWriteFailed)
    assert failed.reason.startswith("AnchorLogRegistered")
    assert failed.transaction == yard.raws.kept["log-again"].transaction


def test_a_reorganised_write_is_mined_again_and_confirmed_once(yard: Yard) -> None:
    target = yard.registry()
    yard.plan("log", target=target)
    for _ in range(3):
        yard.step()
    yard.node.mine(1)
    yard.step()
    assert yard.state("log") == "MINED"
    yard.node.reorganise(1)
    yard.step()
    assert yard.count(ChainWriteReorganised) == 1
    yard.gateway.broadcast(yard.raws.kept["log"].raw)
    yard.work()
    assert yard.state("log") == "CONFIRMED"
    assert yard.count(ChainWriteConfirmed) == 2
    assert yard.sent() == 2


def test_without_ether_the_bytes_stay_signed_until_somebody_helps(
    yard: Yard, caplog: pytest.LogCaptureFixture
) -> None:
    target = yard.registry()
    yard.plan("log", target=target)
    yard.node.fund(yard.gateway.address(OWNER), 0)
    for _ in range(3):
        yard.step()
    assert yard.state("log") == "SIGNED"
    # Told once, not twenty times a second.
    assert caplog.text.count("was not taken by the node") == 1
    fund(yard.node, yard.gateway)
    yard.work()
    assert yard.state("log") == "CONFIRMED"
    assert yard.sent() == 2


def test_what_a_crashed_node_forgot_is_given_back_in_order(tmp_path: Path) -> None:
    """The node's state is older than the log: the same addresses stand again."""
    options = NodeOptions(data_dir=tmp_path / "chain", block_seconds=None, state_seconds=3600)
    with start_node(options) as node, EvmGateway(node.url, keys=private_key) as gateway:
        fund(node, gateway)
        yard = Yard(node, gateway)
        target = yard.registry()
        yard.plan("log", target=target)
        yard.work()
        node._process.kill()
        node._process.wait()
        with pytest.raises(ChainUnreachable):
            yard.step()
    again = NodeOptions(
        data_dir=tmp_path / "chain", block_seconds=0.05, port=int(node.url.rsplit(":")[-1])
    )
    with start_node(again) as other:
        fund(other, gateway)
        assert not gateway.has_code(target)
        yard.node = other
        for _ in range(100):
            yard.step()
            time.sleep(0.02)
        assert gateway.has_code(target)
        yard.plan("another-log", target=target)
        yard.work(rounds=200)
        assert yard.sent() == 3
        assert yard.count(ChainWriteConfirmed) == 3
    gateway.close()


def test_a_chain_that_forgot_nothing_is_left_alone(yard: Yard) -> None:
    yard.registry()
    yard.restart()
    yard.step()
    assert yard.sent() == 1
