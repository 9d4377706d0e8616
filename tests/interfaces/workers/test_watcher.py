"""The watch over a real chain: every event once, whatever dies, and taken back when it is gone."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec
import pytest

from application.ports.gate import Accepted, Request, StoreUnavailable
from domain.chainfact.events import ChainFactObserved, ChainFactRetracted
from domain.chainfact.state import CHAINFACT
from domain.chainwatch.events import ChainReorganised
from domain.chainwrite.commands import AssignNonce, PlanChainWrite
from domain.kernel.event import Event
from domain.kernel.ids import identity_of
from domain.log.commands import OpenLog
from interfaces.outbound.evm.calls import PlannedCall
from interfaces.outbound.evm.errors import ChainUnreachable
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.logs import ChainEvent, ChainLogs, Contract, RangeTooLarge
from interfaces.outbound.evm.node import AnvilNode, NodeOptions, start_node
from interfaces.outbound.evm.transactions import Block, SignedTransaction, Transaction
from interfaces.outbound.memory.gate import MemoryGate
from interfaces.outbound.postgres.chainwatch import SeenBlock
from interfaces.telemetry.metrics import CHAIN_EVENTS
from interfaces.workers.gateway import Sender
from interfaces.workers.watcher import ChainBehind, ChainMoved, ChainWatcher, ObservedFact
from tests.interfaces.workers.watchmemory import Memory

pytestmark = [pytest.mark.chain, pytest.mark.capability("FX10", part="watcher")]

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


@pytest.fixture
def lookout() -> Iterator[Lookout]:
    """Start a node for one test: a fraction of a second."""
    options = NodeOptions(block_seconds=None)
    with start_node(options) as node, EvmGateway(node.url, keys=private_key) as gateway:
        node.fund(gateway.address(OWNER), 10**21)
        made = Lookout(node, gateway)
        yield made
        made.chain.close()


def test_what_a_stranger_does_is_on_the_log_once_and_what_we_do_is_only_counted(
    lookout: Lookout,
) -> None:
    """The registry's own creation and one registration are ours, the other is not."""
    target = lookout.registry()
    ours = lookout.register(target, "ours")
    lookout.own(ours, "register/ours")
    theirs = lookout.register(target, "theirs")
    lookout.node.mine(CONFIRMATIONS)
    counted = CHAIN_EVENTS.labels("AnchorRegistry", "Registered", "own")._value.get()
    lookout.watch()
    lookout.restart()
    lookout.watch()
    (fact,) = lookout.observed()
    assert fact.transaction == theirs.transaction_hash
    assert (fact.kind, fact.event, fact.contract) == ("AnchorRegistry", "Registered", target)
    assert fact.arguments == {
        "log": "0x" + hashlib.sha256(b"theirs").hexdigest(),
        "anchorer": lookout.gateway.address(OWNER),
    }
    assert fact.token == f"token-at-{target}"
    own = CHAIN_EVENTS.labels("AnchorRegistry", "Registered", "own")._value.get()
    assert own == counted + 1


def test_a_row_beside_the_log_is_no_proof_that_a_write_is_ours(lookout: Lookout) -> None:
    """Whoever can write our tables, but not the log, does not hide behind them."""
    target = lookout.registry()
    theirs = lookout.register(target, "theirs")
    lookout.own(theirs, "register/made-up", on_log=False)
    lookout.node.mine(CONFIRMATIONS)
    lookout.watch()
    assert [fact.transaction for fact in lookout.observed()] == [theirs.transaction_hash]


def test_only_blocks_that_are_deep_enough_are_read(lookout: Lookout) -> None:
    target = lookout.registry()
    lookout.node.mine(CONFIRMATIONS)
    lookout.register(target, "theirs")
    lookout.node.mine(CONFIRMATIONS - 1)
    lookout.watch()
    assert lookout.observed() == []
    lookout.node.mine(1)
    lookout.watch()
    assert len(lookout.observed()) == 1


@pytest.mark.parametrize("heard", [True, False], ids=["lost on the way there", "on the way back"])
def test_a_watch_that_dies_between_fact_and_place_tells_it_once(
    lookout: Lookout, *, heard: bool
) -> None:
    target = lookout.registry()
    for name in ("one", "two"):
        lookout.register(target, name)
    lookout.node.mine(CONFIRMATIONS)
    lookout.gate.lost, lookout.gate.unheard = heard, not heard
    lookout.watch()
    assert len(lookout.observed()) == 2
    assert not lookout.gate.lost | lookout.gate.unheard
    assert lookout.memory.last() == SeenBlock(
        lookout.gateway.block_number() - CONFIRMATIONS + 1, lookout.memory.blocks()[0].block_hash
    )


def test_a_watch_that_forgot_everything_finds_the_same_facts_again(lookout: Lookout) -> None:
    """Its tables are a memory, not a source."""
    target = lookout.registry()
    lookout.register(target, "theirs")
    lookout.node.mine(CONFIRMATIONS)
    lookout.watch()
    before = len(lookout.log.events)
    own = lookout.memory.own
    lookout.memory = Memory()
    lookout.memory.own = own
    lookout.restart()
    lookout.watch()
    assert len(lookout.log.events) == before


def test_a_reorganisation_of_what_is_not_deep_enough_is_never_seen(lookout: Lookout) -> None:
    target = lookout.registry()
    lookout.node.mine(CONFIRMATIONS)
    lookout.watch()
    lookout.register(target, "theirs")
    lookout.node.mine(CONFIRMATIONS - 1)
    lookout.node.reorganise(CONFIRMATIONS - 1)
    lookout.node.mine(CONFIRMATIONS)
    lookout.watch()
    assert lookout.facts(ChainReorganised) == lookout.facts(ChainFactRetracted) == []
    assert len(lookout.observed()) <= 1


def test_a_deeper_reorganisation_takes_facts_back_and_reads_on(lookout: Lookout) -> None:
    """The fact's block is gone; the same transaction is mined again in another one."""
    target = lookout.registry()
    lookout.node.mine(CONFIRMATIONS)
    theirs = lookout.register(target, "theirs")
    lookout.node.mine(CONFIRMATIONS + 1)
    lookout.watch()
    (first,) = lookout.observed()
    lookout.node.reorganise(CONFIRMATIONS + 2)
    assert lookout.gateway.receipt(theirs.transaction_hash) is None
    lookout.node.mine(1)
    lookout.watch()
    (gone,) = lookout.facts(ChainReorganised)
    assert isinstance(gone, ChainReorganised)
    assert (gone.depth, gone.retracted) == (gone.block - gone.fork_block, 1)
    assert gone.fork_block < first.block
    (retracted,) = lookout.facts(ChainFactRetracted)
    assert isinstance(retracted, ChainFactRetracted)
    assert retracted.block_hash == first.block_hash
    lookout.gateway.broadcast(theirs.raw)
    lookout.node.mine(CONFIRMATIONS)
    lookout.watch()
    again = lookout.observed()[-1]
    assert again.transaction == theirs.transaction_hash
    assert again.block_hash != first.block_hash
    assert len(lookout.observed()) == 2


def test_a_chain_that_forgot_our_contracts_is_read_from_the_beginning(lookout: Lookout) -> None:
    """Every block that was remembered is gone; what was observed in them is retracted."""
    target = lookout.registry()
    lookout.register(target, "theirs")
    lookout.node.mine(CONFIRMATIONS)
    lookout.watch()
    assert len(lookout.observed()) == 1
    lookout.node.reorganise(lookout.gateway.block_number())
    lookout.node.mine(1)
    lookout.watch()
    assert len(lookout.facts(ChainFactRetracted)) == 1
    assert lookout.memory.last() is not None


@pytest.mark.parametrize("unheard", [True, False])
def test_a_watch_that_dies_while_it_goes_back_retracts_once(
    lookout: Lookout, *, unheard: bool
) -> None:
    target = lookout.registry()
    lookout.node.mine(CONFIRMATIONS)
    lookout.register(target, "theirs")
    lookout.node.mine(CONFIRMATIONS + 1)
    lookout.watch()
    lookout.node.reorganise(CONFIRMATIONS + 2)
    lookout.node.mine(1)
    lookout.gate.unheard, lookout.gate.lost = unheard, not unheard
    lookout.watch()
    assert len(lookout.facts(ChainFactRetracted)) == 1
    assert len(lookout.facts(ChainReorganised)) == 1


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


def test_a_node_that_lags_is_waited_for_and_takes_nothing_back(lookout: Lookout) -> None:
    target = lookout.registry()
    lookout.register(target, "theirs")
    lookout.node.mine(2 * CONFIRMATIONS)
    lookout.watch()
    lookout.restart(Shorter(lookout.chain, by=CONFIRMATIONS + 1))
    with pytest.raises(ChainBehind):
        lookout.watcher.step()
    assert lookout.facts(ChainFactRetracted) == []
    lookout.restart()
    lookout.watch()
    assert len(lookout.observed()) == 1


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


def test_a_range_that_moves_while_it_is_read_is_read_again(lookout: Lookout) -> None:
    """Nothing of it is told: events and blocks must be of one chain."""
    target = lookout.registry()
    lookout.register(target, "theirs")
    lookout.node.mine(CONFIRMATIONS)
    safe = lookout.gateway.block_number() - CONFIRMATIONS + 1
    lookout.restart(Restless(lookout.chain, safe))
    with pytest.raises(ChainMoved):
        lookout.watch()
    assert lookout.observed() == []
    lookout.restart()
    lookout.watch()
    assert len(lookout.observed()) == 1


def test_another_chain_is_not_read(lookout: Lookout) -> None:
    target = lookout.registry()
    lookout.register(target, "theirs")
    lookout.node.mine(CONFIRMATIONS)
    lookout.node.request("anvil_setChainId", 4711)
    with pytest.raises(ChainUnreachable, match="4711"):
        lookout.watcher.step()
    assert lookout.observed() == []


def test_a_node_that_answers_for_few_blocks_is_asked_for_fewer(lookout: Lookout) -> None:
    target = lookout.registry()
    lookout.register(target, "theirs")
    lookout.node.mine(150)
    lookout.restart(Sparse(lookout.chain, 7))
    lookout.watch()
    assert len(lookout.observed()) == 1
    last = lookout.memory.last()
    assert last is not None
    assert last.number == lookout.gateway.block_number() - CONFIRMATIONS + 1


def test_a_contract_that_the_log_hears_of_late_is_read_from_its_first_block(
    lookout: Lookout,
) -> None:
    first = lookout.registry()
    second = lookout.registry()
    late = lookout.roots.pop()
    lookout.register(second, "theirs")
    lookout.node.mine(5)
    lookout.watch()
    assert lookout.observed() == []
    lookout.roots.append(late)
    lookout.watch()
    assert [fact.contract for fact in lookout.observed()] == [second]
    assert {each.address for each in lookout.memory.contracts()} == {first, second}
