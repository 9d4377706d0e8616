"""The chain worker on a real node: each write once, whatever dies between its steps (B4)."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from application.ports.gate import Accepted, Request, StoreUnavailable
from domain.chainwrite import commands
from domain.chainwrite.events import (
    ChainWriteConfirmed,
    ChainWriteFailed,
    ChainWriteMined,
    ChainWriteReorganised,
)
from domain.chainwrite.state import CHAINWRITE, chainwrite_stream
from domain.kernel.ids import identity_of
from domain.log.commands import OpenLog
from interfaces.outbound.evm.errors import ChainUnreachable
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.node import AnvilNode, NodeOptions, start_node
from interfaces.outbound.memory.gate import MemoryGate
from interfaces.outbound.rawtransaction import RawTransaction
from interfaces.workers.chain import ChainWorker
from interfaces.workers.chainparts import ChainRules
from interfaces.workers.chaintroubles import Troubles
from interfaces.workers.gateway import Sender
from interfaces.workers.recovery import Recovery

pytestmark = [pytest.mark.chain, pytest.mark.capability("B4")]

REGISTRY, OWNER, STRANGER = "registry", "registry_owner", "stranger"
STEPS = ["assign_nonce", "record_broadcast", "record_mined", "record_confirmed"]


def private_key(purpose: str) -> bytes:
    """Derive a key that holds nothing anywhere but on the test's own node."""
    return hashlib.sha256(b"worker's test key " + purpose.encode()).digest()


class Clock:
    """Always the same instant."""

    def now(self) -> str:
        """Tell it."""
        return "2026-05-22T14:21:00.000000Z"


class Raws:
    """The worker's table."""

    def __init__(self) -> None:
        self.all: list[RawTransaction] = []
        self.held = True

    @property
    def kept(self) -> dict[str, RawTransaction]:
        """The newest of each write."""
        return {raw.write: raw for raw in self.all}

    def hold(self) -> bool:
        """Tell whether this worker may sign."""
        return self.held

    def put(self, *raws: RawTransaction) -> None:
        """Keep raw transactions."""
        self.all += raws

    def of(self, write: str) -> Sequence[RawTransaction]:
        """List those of a write."""
        found = [raw for raw in self.all if raw.write == write]
        return sorted(found, key=lambda raw: (raw.nonce, raw.max_fee_per_gas))

    def next_nonce(self, sender: str) -> int:
        """Tell one more than the highest nonce signed for a sender."""
        return max((each.nonce + 1 for each in self.all if each.sender == sender), default=0)

    def since(self, sender: str, nonce: int) -> Sequence[RawTransaction]:
        """List what was signed for a sender from a nonce on."""
        found = [each for each in self.all if each.sender == sender and each.nonce >= nonce]
        return sorted(found, key=lambda raw: (raw.nonce, raw.max_fee_per_gas))


class Gate:
    """The real dispatch; a test lets it fail before or after a command is written."""

    def __init__(self) -> None:
        self.memory = MemoryGate("tallystick.example/chain", clock=Clock())
        self.lost: set[str] = set()
        self.unheard: set[str] = set()

    def dispatch(self, request: Request) -> Accepted:
        """Decide and write, or lose it on the way there or back."""
        kind = request.command.TYPE.removeprefix("chainwrite.")
        if kind in self.lost:
            self.lost.remove(kind)
            raise StoreUnavailable
        accepted = self.memory.send(request)
        if kind in self.unheard:
            self.unheard.remove(kind)
            raise StoreUnavailable
        return accepted


class Yard:
    """A node that makes a block when told, and a worker that may die."""

    def __init__(self, node: AnvilNode, gateway: EvmGateway) -> None:
        self.node, self.gateway = node, gateway
        self.gate, self.raws, self.troubles = Gate(), Raws(), Troubles()
        self.rules = ChainRules(dry_run_seconds=0.0, resend_seconds=60.0, bump_blocks=3)
        self.others: list[EvmGateway] = []
        self.log = self.gate.memory.log
        opened = OpenLog(
            origin="tallystick.example/chain",
            keys=("key",),
            witnesses=(),
            chain_id=gateway.chain_id(),
            registry="0x" + "e1" * 20,
            owner=gateway.address(OWNER),
        )
        Sender(self.gate, "test").send(opened, "open")
        self.restart()

    def restart(self) -> None:
        """Begin anew with what is on the log, in the table and on the chain."""
        worker = ChainWorker(
            self.gateway,
            Sender(self.gate, "chain"),
            log=self.log,
            raws=self.raws,
            candidates=self._writes,
            rules=self.rules,
            ended=self._ended,
            others=self.others,
            troubles=self.troubles,
        )
        senders = [self.gateway.address(purpose) for purpose in (OWNER, STRANGER)]
        recovery = Recovery(
            self.gateway, log=self.log, raws=self.raws, senders=senders, check=worker.check
        )
        self.step = recovery.before(worker.step)

    def _ended(self, block: int) -> list[str]:
        planned = [each for each in self.log.events if each.envelope.type == "chainwrite.planned"]
        streams = [identity_of(each.stream) for each in planned]
        return [name for name in streams if self.state(name) in {"CONFIRMED", "FAILED"}]

    def _writes(self) -> list[str]:
        planned = [each for each in self.log.events if each.envelope.type == "chainwrite.planned"]
        streams = [identity_of(each.stream) for each in planned]
        return [name for name in streams if self.state(name) not in {"CONFIRMED", "FAILED"}]

    def plan(self, write: str, *, signer: str = OWNER, target: str | None = None) -> None:
        """Plan the registry, or a log that is to be registered in it."""
        log = "0x" + hashlib.sha256(write.encode()).hexdigest()
        owner = self.gateway.address(OWNER)
        command = commands.PlanChainWrite(
            write=write,
            purpose="test",
            reference=write,
            signer=signer,
            contract="AnchorRegistry",
            function="constructor" if target is None else "register",
            arguments=(owner,) if target is None else (log, owner),
            target=target,
        )
        Sender(self.gate, "test").send(command, f"plan {write}")

    def state(self, write: str) -> str:
        """Tell where a write stands."""
        events = self.log.read_stream(chainwrite_stream(write))
        return CHAINWRITE.fold(each.fact for each in events).state

    def work(self, *, rounds: int = 20) -> None:
        """Step and make blocks until nothing is open; a step may lose the store."""
        for _ in range(rounds):
            if not self._writes():
                return
            try:
                self.step()
            except StoreUnavailable:
                self.restart()
            self.node.mine(1)
        pytest.fail(f"still open: {[(name, self.state(name)) for name in self._writes()]}")

    def registry(self) -> str:
        """Stand a registry up and tell its address."""
        self.plan(REGISTRY)
        self.work()
        fact = self.log.events[-1].fact
        assert isinstance(fact, ChainWriteConfirmed)
        return fact.result["address"]

    def sent(self, purpose: str = OWNER) -> int:
        """Count the transactions of an account on the chain."""
        return self.gateway.nonce(self.gateway.address(purpose)).latest

    def count(self, kind: type) -> int:
        """Count the facts of a type."""
        return sum(isinstance(each.fact, kind) for each in self.log.events)


def _fund(node: AnvilNode, gateway: EvmGateway) -> None:
    for purpose in (OWNER, STRANGER):
        node.fund(gateway.address(purpose), 10**21)


@pytest.fixture
def yard() -> Iterator[Yard]:
    """Start a node for one test: a fraction of a second."""
    options = NodeOptions(block_seconds=None)
    with start_node(options) as node, EvmGateway(node.url, keys=private_key) as gateway:
        _fund(node, gateway)
        yield Yard(node, gateway)


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
    _fund(yard.node, yard.gateway)
    yard.work()
    assert yard.state("log") == "CONFIRMED"
    assert yard.sent() == 2


def test_what_a_crashed_node_forgot_is_given_back_in_order(tmp_path: Path) -> None:
    """The node's state is older than the log: the same addresses stand again."""
    options = NodeOptions(data_dir=tmp_path / "chain", block_seconds=None, state_seconds=3600)
    with start_node(options) as node, EvmGateway(node.url, keys=private_key) as gateway:
        _fund(node, gateway)
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
        _fund(other, gateway)
        assert not gateway.has_code(target)
        yard.node = other
        yard.step()
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
