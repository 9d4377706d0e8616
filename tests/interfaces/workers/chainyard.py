"""A node that makes a block when told, a worker that may die, and what lies between them."""

import hashlib
from collections.abc import Iterator, Sequence

import pytest

from application.ports.gate import Accepted, Request, StoreUnavailable
from domain.chainwrite import commands
from domain.chainwrite.events import ChainWriteConfirmed
from domain.chainwrite.state import CHAINWRITE, ChainWrite, chainwrite_stream
from domain.kernel.ids import identity_of
from domain.log.commands import OpenLog
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.node import AnvilNode, NodeOptions, start_node
from interfaces.outbound.memory.gate import MemoryGate
from interfaces.outbound.rawtransaction import RawTransaction
from interfaces.workers.chain import ChainWorker
from interfaces.workers.chainparts import ChainRules
from interfaces.workers.chaintroubles import Troubles
from interfaces.workers.gateway import Sender
from interfaces.workers.recovery import Recovery

REGISTRY, OWNER, STRANGER = "registry", "registry_owner", "stranger"


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
        self.rules = ChainRules(
            dry_run_seconds=0.0, resend_seconds=60.0, bump_blocks=3, idle_seconds=0.0
        )
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

    def write(self, write: str) -> ChainWrite:
        """Tell a write."""
        events = self.log.read_stream(chainwrite_stream(write))
        return CHAINWRITE.fold(each.fact for each in events)

    def state(self, write: str) -> str:
        """Tell where a write stands."""
        return self.write(write).state

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

    def rounds(self, count: int) -> None:
        """Step and make a block, so many times."""
        for _ in range(count):
            self.step()
            self.node.mine(1)

    def sent(self, purpose: str = OWNER) -> int:
        """Count the transactions of an account on the chain."""
        return self.gateway.nonce(self.gateway.address(purpose)).latest

    def count(self, kind: type) -> int:
        """Count the facts of a type."""
        return sum(isinstance(each.fact, kind) for each in self.log.events)


def fund(node: AnvilNode, gateway: EvmGateway) -> None:
    """Give the keys of the tests some ether."""
    for purpose in (OWNER, STRANGER):
        node.fund(gateway.address(purpose), 10**21)


@pytest.fixture(name="yard")
def fixture_yard() -> Iterator[Yard]:
    """Start a node for one test: a fraction of a second."""
    options = NodeOptions(block_seconds=None)
    with start_node(options) as node, EvmGateway(node.url, keys=private_key) as gateway:
        fund(node, gateway)
        yield Yard(node, gateway)
