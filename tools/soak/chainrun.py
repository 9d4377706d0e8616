"""What a chain run stands on: a fresh log, a fresh node, two endpoints, the worker as a process."""

import os
import random
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec
import psycopg
from psycopg.rows import class_row

from application.ports.gate import Request
from domain.chainwrite import commands
from domain.chainwrite.state import CHAINWRITE, ChainWrite, chainwrite_stream
from interfaces.outbound.clock import SystemClock
from interfaces.outbound.evm.gateway import EvmGateway, transaction_hash
from interfaces.outbound.evm.node import LOCAL_CHAIN_ID, AnvilNode, NodeOptions, start_node
from interfaces.outbound.evm.transactions import Fees, Transaction
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.rawtransaction import RawTransaction
from interfaces.workers.chainparts import ChainRules
from interfaces.workers.gateway import Sender
from tools.bench.prepared import LOG
from tools.soak import chainhand
from tools.soak.chainground import Canon, ChainGround, Ledger, ViewKeeper
from tools.soak.chainhand import SIGNERS, Death, Hand, private_key
from tools.soak.chainproxy import Asked, RpcProxy
from tools.soak.crew import CONTEXT
from tools.soak.invariants import Violation

GWEI: Final = 10**9
ETHER: Final = 10**18
STRANGERS: Final = Fees(max_fee=450 * GWEI, max_priority_fee=45 * GWEI)

Course = Iterator[None]
"""A fault in progress; each step is a tick of the run."""


class ChainPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of run: what happens in it, and what it needs."""

    name: str
    inject: Callable[["ChainRun"], Course]
    watched: bool = False
    """Whether a second endpoint is asked."""
    keeps: bool = False
    """Whether the node keeps its state on disk."""
    forgets: bool = False
    """Whether the node loses everything, however deep it lies."""


class ChainOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a run."""

    fault: str
    seed: int
    seconds: float = 0.0
    writes: int = 0
    blocks: int = 0
    """Blocks that ever were on the chain."""
    sent: int = 0
    """Transactions that were signed."""
    deaths: int = 0
    struck: list[str] = []
    """Steps at which the worker died because it was told to."""
    bumped: int = 0
    replaced: int = 0
    reorganised: int = 0
    retracted: int = 0
    failed: int = 0
    violations: list[Violation] = []


class ChainRun:
    """What faults see of a run."""

    def __init__(self, ground: ChainGround, plan: ChainPlan, seed: int) -> None:
        self.ground = ground
        self.plan = plan
        self.seed = seed
        self.random = random.Random(f"{plan.name}/{seed}")  # noqa: S311 - to be repeated
        self.rules = self._rules()
        self.canon = Canon()
        self.expected: dict[str, str] = {}
        self.strangers: dict[str, str] = {}
        self.unknown_sent: list[str] = []
        self.died: list[int] = []
        self.deaths = 0
        self.struck: list[str] = []
        self.looks = 0
        """How often the worker looked at the newest block."""
        self.asked = 0
        """How often it asked anything."""
        self.mining = True
        self.target = ""
        self._stack = ExitStack()
        self._process: BaseProcess | None = None
        self._death: Death | None = None

    def _rules(self) -> ChainRules:
        return ChainRules(
            confirmations=self.random.randint(1, 4),
            # Deeper than anything that the faults take back, and else soon reached.
            horizon=1000 if self.plan.forgets else 16,
            bump_blocks=self.random.randint(2, 4),
            resend_seconds=0.1,
            dry_run_seconds=0.01,
            pipeline=self.random.choice((1, 3, 64)),
            lanes=self.random.choice((1, 4)),
            shorter_seconds=0.4,
            key_low_wei=ETHER,
            idle_seconds=0.02,
            balance_seconds=0.2,
        )

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self._stack.close()
            raise
        return self

    def _open(self) -> None:
        enter = self._stack.enter_context
        self.folder = Path(enter(tempfile.TemporaryDirectory(prefix="tallystick-chainsoak-")))
        self.url = self.ground.create()
        self._stack.callback(self.ground.drop, self.url)
        self.node = self._start_node()
        self._stack.callback(self._stop_node)
        self.main = enter(RpcProxy(self.node.url, f"{self.plan.name} main"))
        self.other = enter(RpcProxy(self.node.url, f"{self.plan.name} other"))
        self.gateway = enter(EvmGateway(self.node.url, keys=private_key))
        self.addresses = {purpose: self.gateway.address(purpose) for purpose in SIGNERS}
        self.fund()
        self.gate = enter(SyncGate(self.url, log=LOG, clock=SystemClock()))
        self.log = PostgresLog(self.url, log=LOG)
        self._stack.callback(self.log.close)
        views = ViewKeeper(self.url)
        self._stack.callback(views.stop)
        ledger = Ledger(self.url)
        self._stack.callback(ledger.close)
        self.main.seen = self._witness(ledger)
        self._stack.callback(self.kill)
        self.canon.look(self.node)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _witness(self, ledger: Ledger) -> Callable[[Asked], None]:
        def look(asked: Asked) -> None:
            self.asked += 1
            self.looks += asked.method == "eth_getBlockByNumber" and asked.params[0] == "latest"
            if asked.method == "eth_sendRawTransaction":
                sent = transaction_hash(bytes.fromhex(asked.params[0][2:]))
                if not ledger.knows(sent):
                    self.unknown_sent.append(sent)

        return look

    # The node.

    def _start_node(self, chain_id: int = LOCAL_CHAIN_ID) -> AnvilNode:
        kept = self.folder / "chain" if self.plan.keeps else None
        return start_node(NodeOptions(block_seconds=None, data_dir=kept, chain_id=chain_id))

    def _stop_node(self) -> None:
        # The one that is there in the end, not the one of the beginning.
        self.node.stop()

    def other_chain(self) -> AnvilNode:
        """Start a node of another chain."""
        return start_node(NodeOptions(block_seconds=None, chain_id=LOCAL_CHAIN_ID + 1))

    def fund(self) -> None:
        """Give every key ether."""
        for address in self.addresses.values():
            self.node.fund(address, 1000 * ETHER)

    def restart_node(self) -> None:
        """Stop the node and start it again, with the state it kept or with none."""
        self.node.stop()
        self.node = self._start_node()
        self.gateway.close()
        self.gateway = EvmGateway(self.node.url, keys=private_key)
        self.main.node_url = self.other.node_url = self.node.url
        if not self.plan.keeps:
            self.fund()
        self.canon.look(self.node)

    def mine(self, blocks: int = 1) -> None:
        """Add blocks."""
        for _ in range(blocks):
            self.node.mine(1)
        self.canon.look(self.node)

    def reorganise(self, depth: int, again: list[list[object]]) -> None:
        """Replace the newest blocks; some transactions may lie in the new ones."""
        depth = min(depth, len(self.canon.blocks) - 2)
        if depth > 0:
            self.node.request("anvil_reorg", depth, again)
            self.canon.look(self.node)

    def roll_back(self, depth: int) -> None:
        """Take the newest blocks away."""
        depth = min(depth, len(self.canon.blocks) - 2)
        if depth > 0:
            self.node.request("anvil_rollback", depth)
            self.canon.look(self.node)

    def squat(self, purpose: str) -> None:
        """Use the next nonce of a key, as somebody would who stole it."""
        address = self.addresses[purpose]
        transaction = Transaction(
            chain_id=LOCAL_CHAIN_ID,
            nonce=self.gateway.nonce(address).latest,
            to=address,
            data=b"",
            gas=21_000,
            fees=STRANGERS,
            value=1,
        )
        signed = self.gateway.sign(purpose, transaction)
        self.strangers[signed.transaction_hash] = address
        self.gateway.broadcast(signed.raw)

    # The worker.

    def hire(self, death: Death | None = None) -> None:
        """Start a worker in the place of the last one, which is killed if it lives."""
        self.kill()
        others = (self.other.url,) if self.plan.watched else ()
        words = str(self.folder / "worker.log")
        hand = Hand(
            url=self.url,
            endpoint=self.main.url,
            others=others,
            rules=self.rules,
            death=death,
            words=words,
        )
        self._death = death
        self._process = CONTEXT.Process(target=chainhand.main, args=(hand,), daemon=True)
        self._process.start()

    def kill(self) -> None:
        """Kill the worker with SIGKILL."""
        process, self._process = self._process, None
        if process is None:
            return
        self.deaths += 1
        if process.is_alive():
            os.kill(process.pid or 0, signal.SIGKILL)
        elif self._death is not None:
            self.struck.append(self._death.step)
        process.join()
        if process.exitcode != -signal.SIGKILL:
            self.died.append(process.exitcode or 0)
        process.close()

    @property
    def is_dead(self) -> bool:
        """Whether the worker has died."""
        return self._process is None or not self._process.is_alive()

    def tend(self) -> None:
        """Put a new worker where one has died."""
        if self.is_dead:
            self.hire()

    # The log.

    def plan_write(
        self,
        name: str,
        *,
        signer: str,
        function: str,
        arguments: tuple[object, ...],
        state: str = "CONFIRMED",
    ) -> None:
        """Plan a call of the ledger contract, or its creation."""
        command = commands.PlanChainWrite(
            write=name,
            purpose="soak",
            reference=name,
            signer=signer,
            contract="Identity",
            function=function,
            arguments=arguments,
            target=None if function == "constructor" else self.target,
        )
        Sender(self.gate, "soak").send(command, f"plan {name}")
        self.expected[name] = state

    def plan_some(self, count: int) -> None:
        """Plan calls that leave their name on the chain, and now and then one that must fail."""
        for _ in range(count):
            number = len(self.expected)
            signer = self.random.choice(SIGNERS)
            if self.random.random() < 0.08:
                key = "0x" + f"{number:064x}"
                self.plan_write(
                    f"never{number}",
                    signer="settlement_operator",
                    function="addKey",
                    arguments=(key, "1", "1"),
                    state="FAILED",
                )
                continue
            name = f"write{number}"
            nobody = "0x" + "0a" * 20
            arguments = (nobody, "0", "0x" + name.encode().hex())
            self.plan_write(name, signer=signer, function="execute", arguments=arguments)

    def write(self, name: str) -> ChainWrite:
        """Fold a write."""
        return CHAINWRITE.fold(each.fact for each in self.log.read_stream(chainwrite_stream(name)))

    def open(self) -> list[str]:
        """Tell the writes that are not at their ends."""
        ends = {"CONFIRMED", "FAILED"}
        return [name for name in self.expected if self.write(name).state not in ends]

    def highest_told(self) -> int:
        """Tell the highest block that the log says anything of."""
        return max((self.write(name).block or 0 for name in self.expected), default=0)

    def raws(self) -> list[RawTransaction]:
        """Tell everything that was signed."""
        statement = (
            "SELECT write, sender, nonce, transaction, raw, gas_limit,"
            " max_fee_per_gas::bigint AS max_fee_per_gas,"
            " max_priority_fee_per_gas::bigint AS max_priority_fee_per_gas"
            " FROM chain_raw ORDER BY sender, nonce, chain_raw.max_fee_per_gas"
        )
        with psycopg.connect(self.url) as connection:
            cursor = connection.cursor(row_factory=class_row(RawTransaction))
            return cursor.execute(statement).fetchall()

    def retry_failed(self) -> int:
        """Try what should not have failed once more, as an admin does."""
        failed = [
            name
            for name, state in self.expected.items()
            if state == "CONFIRMED" and self.write(name).state == "FAILED"
        ]
        for name in failed:
            failures = self.write(name).failures
            self.gate.dispatch(
                Request(
                    command=commands.RetryChainWrite(write=name),
                    actor="subject:admin",
                    role="admin",
                    key=f"retry {name} {failures}",
                )
            )
        return len(failed)
