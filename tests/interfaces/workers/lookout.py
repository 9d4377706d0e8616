"""What tests of the watch stand on: a node, a registry, a watcher that may die, odd nodes."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec
import pytest

from application.ports.gate import Accepted, Request, StoreUnavailable
from domain.chainfact.events import ChainFactObserved
from domain.chainfact.state import CHAINFACT
from domain.chainwrite.commands import AssignNonce, PlanChainWrite
from domain.kernel.event import Event
from domain.kernel.ids import identity_of
from domain.log.commands import OpenLog
from interfaces.outbound.evm.calls import PlannedCall
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.logs import ChainEvent, ChainLogs, Contract, RangeTooLarge
from interfaces.outbound.evm.node import AnvilNode
from interfaces.outbound.evm.transactions import Block, SignedTransaction, Transaction
from interfaces.outbound.memory.gate import MemoryGate
from interfaces.workers.gateway import Sender
from interfaces.workers.watcher import ChainWatcher, ObservedFact
from tests.interfaces.workers.watchmemory import Memory

OWNER, LOG = "registry_owner", "tallystick.example/watch"
CONFIRMATIONS = 3


def private_key(purpose: str) -> bytes:
    """Derive a key that holds nothing anywhere but on the test's own node."""
    return hashlib.sha256(b"watcher's test key " + purpose.encode()).digest()


class Clock:
    """Always the same instant."""

    def now(self) -> str:
        """Tell it."""
        return "2026-05-22T14:21:00.000000Z"


class Gate:
    """The real dispatch; a test lets it fail before or after a command is written."""

    def __init__(self) -> None:
        self.memory = MemoryGate(LOG, clock=Clock())
        self.lost = self.unheard = False

    def dispatch(self, request: Request) -> Accepted:
        """Decide and write, or lose it on the way there or back."""
        if self.lost:
            self.lost = False
            raise StoreUnavailable
        accepted = self.memory.send(request)
        if self.unheard:
            self.unheard = False
            raise StoreUnavailable
        return accepted


class Sparse:
    """A node that does not answer for more than a few blocks at once."""

    def __init__(self, chain: ChainLogs, limit: int) -> None:
        self._chain, self._limit = chain, limit
        self.chain_id, self.height, self.block = chain.chain_id, chain.height, chain.block

    def events(
        self, contracts: Iterable[Contract], *, first: int, last: int
    ) -> Iterator[ChainEvent]:
        """Refuse what is too large."""
        if last - first >= self._limit:
            raise RangeTooLarge("query exceeds max block range")
        return self._chain.events(contracts, first=first, last=last)


class Lookout:
    """A node that makes a block when told, a registry on it, and a watcher that may die."""

    def __init__(self, node: AnvilNode, gateway: EvmGateway) -> None:
        self.node, self.gateway = node, gateway
        self.gate, self.memory = Gate(), Memory()
        self.log = self.gate.memory.log
        self.roots: list[Contract] = []
        opened = OpenLog(
            origin=LOG,
            keys=("key",),
            witnesses=(),
            chain_id=gateway.chain_id(),
            registry="0x" + "e1" * 20,
            owner=gateway.address(OWNER),
        )
        Sender(self.gate, "test").send(opened, "open")
        self.chain = ChainLogs(node.url, blocks=gateway, artifacts=gateway.artifacts)
        self.restart()

    def restart(self, chain: object | None = None) -> None:
        """Begin anew with what is on the log and in the table."""
        self.watcher = ChainWatcher(
            chain or self.chain,  # type: ignore[arg-type]
            Sender(self.gate, "chain_watch"),
            log=self.log,
            store=self.memory,
            knowledge=self,
            confirmations=CONFIRMATIONS,
        )

    def created(self) -> Sequence[Contract]:
        """List the contracts that our writes have created."""
        return self.roots

    def token_at(self, address: str) -> str | None:
        """Tell the token at an address."""
        return f"token-at-{address}"

    def observed_behind(self, chain_id: int, block: int) -> Sequence[ObservedFact]:
        """List the observed facts of later blocks."""
        assert chain_id == self.gateway.chain_id()
        found = [
            (stream, CHAINFACT.fold(each.fact for each in self.log.read_stream(stream)))
            for stream in {each.stream for each in self.log.events}
            if stream.startswith("chainfact:")
        ]
        return [
            ObservedFact(identity_of(stream), fact.observed.block, fact.observed.block_hash)
            for stream, fact in found
            if fact.state == "OBSERVED" and fact.observed and fact.observed.block > block
        ]

    def registry(self) -> str:
        """Stand a registry up that is ours, and watch it."""
        signed = self.signed(
            PlannedCall(contract="AnchorRegistry", arguments=(self.gateway.address(OWNER),))
        )
        self.own(signed, f"registry/{len(self.roots)}")
        self.gateway.broadcast(signed.raw)
        self.node.mine(1)
        receipt = self.gateway.receipt(signed.transaction_hash)
        assert receipt is not None
        assert receipt.contract_address is not None
        self.roots.append(
            Contract(receipt.contract_address, "AnchorRegistry", receipt.block_number)
        )
        return receipt.contract_address

    def signed(self, call: PlannedCall) -> SignedTransaction:
        """Sign a call with the owner's key."""
        sender = self.gateway.address(OWNER)
        transaction = Transaction(
            chain_id=self.gateway.chain_id(),
            nonce=self.gateway.nonce(sender).pending,
            to=call.target,
            data=self.gateway.calldata(call),
            gas=3_000_000,
            fees=self.gateway.fees(),
        )
        return self.gateway.sign(OWNER, transaction)

    def register(self, target: str, name: str) -> SignedTransaction:
        """Register a log, behind our back unless a test owns up to it."""
        log = "0x" + hashlib.sha256(name.encode()).hexdigest()
        call = PlannedCall(
            contract="AnchorRegistry",
            function="register",
            target=target,
            arguments=(log, self.gateway.address(OWNER)),
        )
        signed = self.signed(call)
        self.gateway.broadcast(signed.raw)
        return signed

    def own(self, signed: SignedTransaction, write: str, *, on_log: bool = True) -> None:
        """Say that a chain write of ours signed this."""
        self.memory.own[signed.transaction_hash] = write
        if not on_log:
            return
        sender = Sender(self.gate, "test")
        plan = PlanChainWrite(
            write=write,
            purpose="test",
            reference=write,
            signer=OWNER,
            contract="AnchorRegistry",
            function="register",
            arguments=(),
        )
        nonce = AssignNonce(
            write=write,
            sender="0x01",
            nonce=0,
            value="0",
            gas_limit=1,
            max_fee_per_gas="1",
            max_priority_fee_per_gas="1",
            calldata_hash="0a",
            transaction=signed.transaction_hash,
        )
        sender.send(plan, f"plan {write}")
        sender.send(nonce, f"nonce {write}")

    def watch(self, *, rounds: int = 200) -> None:
        """Step until nothing is new; a step may lose the store."""
        for _ in range(rounds):
            try:
                if self.watcher.step():
                    return
            except StoreUnavailable:
                self.restart()
        pytest.fail("the watch does not come to rest")

    def facts(self, kind: type[Event]) -> list[Event]:
        """List the facts of a type on the log."""
        return [each.fact for each in self.log.events if isinstance(each.fact, kind)]

    def observed(self) -> list[ChainFactObserved]:
        """List what was observed."""
        found = [each.fact for each in self.log.events]
        return [fact for fact in found if isinstance(fact, ChainFactObserved)]


class Shorter:
    """A node that is some blocks behind the others."""

    def __init__(self, chain: ChainLogs, *, by: int) -> None:
        self._chain, self._by = chain, by
        self.chain_id, self.events = chain.chain_id, chain.events

    def height(self) -> int:
        """Tell the height that it knows."""
        return self._chain.height() - self._by

    def block(self, number: int) -> Block | None:
        """Tell a block that it knows."""
        return self._chain.block(number) if number <= self.height() else None


class Restless:
    """A node whose last block is another one each time that it is asked."""

    def __init__(self, chain: ChainLogs, number: int) -> None:
        self._chain, self._number, self._times = chain, number, 0
        self.chain_id, self.height, self.events = chain.chain_id, chain.height, chain.events

    def block(self, number: int) -> Block | None:
        """Tell a block."""
        found = self._chain.block(number)
        if number != self._number or found is None:
            return found
        self._times += 1
        return msgspec.structs.replace(found, block_hash=f"0x{self._times:064x}")
