"""`chain`: token transfers of one key through the real chain worker on a local node.

A transfer counts when its write is confirmed on the log. "One at a time" plans the next when the
last one is confirmed; the pipeline has many nonces on their way; a batch moves for many
references in one transaction. At the end the buyer's balance on chain is counted.
"""

import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from typing import Final

import msgspec

from domain.chainwrite.commands import PlanChainWrite
from domain.chainwrite.state import CHAINWRITE, chainwrite_stream
from domain.log.commands import OpenLog
from interfaces.outbound.clock import SystemClock
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.questions import Questions
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.workers import PostgresRawStore
from interfaces.settings import Settings
from interfaces.wiring import prepare_store
from interfaces.workers.chain import AWAY, ChainWorker
from interfaces.workers.chainparts import ChainRules
from interfaces.workers.chainwork import LANES
from interfaces.workers.gateway import Sender
from interfaces.workers.loop import run
from projections.chain_writes.queries import open_names
from tools.bench.chainground import Ground, ground
from tools.bench.children import Child, Ready
from tools.bench.figures import Figure, Floor, Run, figure
from tools.bench.folding import Fold
from tools.bench.prepared import LOG, opening
from tools.bench.stage import Stage

BENCH: Final = "chain"
UNITS: Final = 3
BATCH: Final = 25
LOOK_SECONDS: Final = 0.02
LONGEST_SECONDS: Final = 120.0


class WritesLost(Exception):
    """Not every planned transfer was confirmed, or the chain says another number."""


class Desk:
    """Plans transfers and waits until they are confirmed."""

    def __init__(self, place: Ground, sender: Sender, log: PostgresLog) -> None:
        self._place = place
        self._sender = sender
        self._log = log
        self._numbers = count(1)
        self.transfers = 0

    def single(self, amount: int) -> list[str]:
        """Plan transfers, each a transaction of its own."""
        return [self._plan("settle", self._moves(1)[0]) for _ in range(amount)]

    def batches(self, amount: int) -> list[str]:
        """Plan transfers, so many to a transaction."""
        return [
            self._plan("settleBatch", (self._moves(BATCH),)) for _ in range(-(-amount // BATCH))
        ]

    def wait(self, names: Sequence[str]) -> None:
        """Wait until all of these are confirmed. Raises WritesLost."""
        left, until = list(names), time.monotonic() + LONGEST_SECONDS
        while left:
            facts = [each.fact for each in self._log.read_stream(chainwrite_stream(left[0]))]
            state = CHAINWRITE.fold(facts).state
            if state == "CONFIRMED":
                left.pop(0)
            elif state == "FAILED" or time.monotonic() > until:
                message = f"{left[0]} is {state}, {len(left)} are left"
                raise WritesLost(message)
            else:
                time.sleep(LOOK_SECONDS)

    def _moves(self, amount: int) -> list[tuple[str, ...]]:
        self.transfers += amount
        place = self._place
        return [
            (place.token, place.seller, place.buyer, str(UNITS), _reference(next(self._numbers)))
            for _ in range(amount)
        ]

    def _plan(self, function: str, arguments: tuple[object, ...]) -> str:
        name = f"transfer/BENCH/{function}/{self.transfers}"
        command = PlanChainWrite(
            write=name,
            purpose="transfer",
            reference=name,
            signer="settlement_operator",
            contract="SettlementAgent",
            function=function,
            target=self._place.agent,
            arguments=arguments,
        )
        self._sender.send(command, name)
        return name


def chaining(stage: Stage) -> list[Figure]:
    """Measure the pipeline, with and without batches, against one at a time, in turn."""
    sizes = stage.sizes
    alone: list[float] = []
    piped: list[Run] = []
    batched: list[Run] = []
    with stage.database() as url, ground() as place, _working(stage, url, place) as desk:
        desk.wait(desk.single(2))
        for _ in range(sizes.runs):
            alone.append(_timed(desk, sizes.alone_transfers, one_at_a_time=True))
            piped.append(Run(_timed(desk, sizes.transfers)))
            began, before = time.monotonic(), desk.transfers
            desk.wait(desk.batches(sizes.transfers * 4))
            batched.append(Run((desk.transfers - before) / (time.monotonic() - began)))
        if place.delivered() != desk.transfers * UNITS:
            message = f"{place.delivered()} units arrived of {desk.transfers * UNITS}"
            raise WritesLost(message)
    beside = ("one at a time", alone)
    return [
        figure(
            BENCH, "transfers of one key", "transfers/s", piped, floor=Floor(value=50), peer=beside
        ),
        figure(
            BENCH,
            f"in batches of {BATCH}",
            "transfers/s",
            batched,
            floor=Floor(value=50),
            peer=beside,
        ),
        figure(BENCH, "transactions of one key", "transactions/s", piped),
    ]


def _timed(desk: Desk, transfers: int, *, one_at_a_time: bool = False) -> float:
    began = time.monotonic()
    if one_at_a_time:
        for _ in range(transfers):
            desk.wait(desk.single(1))
    else:
        desk.wait(desk.single(transfers))
    return transfers / (time.monotonic() - began)


@contextmanager
def _working(stage: Stage, url: str, place: Ground) -> Iterator[Desk]:
    """Run the chain worker on a log, with the views kept beside it."""
    with ExitStack() as stack:
        folder = stack.enter_context(stage.scratch())
        prepare_store(Settings(data=folder, log=LOG, database_url=url))
        gate = stack.enter_context(SyncGate(url, log=LOG, clock=SystemClock()))
        views = stack.enter_context(Child("folding", Fold(url), stage.logs))
        views.hear(Ready)
        sender = Sender(gate, "bench")
        sender.send(OpenLog(**msgspec.structs.asdict(opening())), "open")
        log = stack.enter_context(closing(PostgresLog(url, log=LOG)))
        stop = threading.Event()
        worker = _worker(url, gate, place, stack)
        thread = threading.Thread(
            target=run, args=("chain", worker.step, stop), kwargs={"away": AWAY}, daemon=True
        )
        thread.start()
        try:
            yield Desk(place, sender, log)
        finally:
            stop.set()
            thread.join()


def _worker(url: str, gate: SyncGate, place: Ground, stack: ExitStack) -> ChainWorker:
    asking, keeping = (
        stack.enter_context(closing(Session(url, name)))
        for name in ("bench questions", "bench chain")
    )
    questions = Questions(asking)
    return ChainWorker(
        place.gateway,
        Sender(gate, "chain"),
        log=stack.enter_context(closing(PostgresLog(url, log=LOG))),
        raws=PostgresRawStore(keeping),
        candidates=lambda: [row.write for row in questions.fetch(open_names())],
        rules=ChainRules(lanes=LANES),
    )


def _reference(number: int) -> str:
    return "0x" + hashlib.sha256(b"bench %d" % number).hexdigest()
