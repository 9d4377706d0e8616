"""The chain worker as a process that dies where it is told: put together as in production.

Only its gateway, its table and its gate are wrapped: each counts the steps that come by, and at
the chosen one the process kills itself with SIGKILL, as a machine would.
"""

import hashlib
import logging
import os
import random
import signal
import sys
import time
from typing import Final

import msgspec
from typing_extensions import override

from application.ports.gate import Accepted, Request
from interfaces.outbound.clock import SystemClock
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.transactions import Broadcast
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.questions import Questions
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.workers import PostgresRawStore
from interfaces.outbound.rawtransaction import RawTransaction
from interfaces.workers.chain import AWAY, ChainWorker
from interfaces.workers.chainparts import ChainRules
from interfaces.workers.gateway import Sender
from interfaces.workers.loop import AWAY as WORLD_AWAY
from interfaces.workers.recovery import Recovery
from projections.chain_writes.queries import ended_names, open_names
from tools.bench.prepared import LOG

AWAY_SECONDS: Final = 0.03
PASSING: Final[tuple[type[Exception], ...]] = (*WORLD_AWAY, *AWAY)
TIMEOUT_SECONDS: Final = 0.4
SIGNERS: Final = ("registry_owner", "token_agent", "settlement_operator")
TOLD: Final = (
    "assign_nonce",
    "record_broadcast",
    "bump_fees",
    "record_mined",
    "record_confirmed",
    "record_reorganised",
    "record_retracted",
    "record_replaced",
)
STEPS: Final = tuple(
    f"{when} {what}" for what in ("put", "send", *TOLD) for when in ("before", "after")
)
"""Every step at which a worker can die between two things that last."""


class Death(msgspec.Struct, frozen=True):
    """Where to die: at a step, when it comes by for this time."""

    step: str
    turn: int = 1


class Hand(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker is started with."""

    url: str
    endpoint: str
    others: tuple[str, ...] = ()
    rules: ChainRules
    death: Death | None = None
    words: str


def private_key(purpose: str) -> bytes:
    """Derive a key that holds nothing anywhere but on the node of a run."""
    return hashlib.sha256(b"chain soak " + purpose.encode()).digest()


class Fate:
    """Counts the steps until the one at which to die."""

    def __init__(self, death: Death | None) -> None:
        self._death = death
        self._turns = 0

    def comes(self, step: str) -> None:
        """Pass a step by, or do not."""
        if self._death is None or step != self._death.step:
            return
        self._turns += 1
        if self._turns == self._death.turn:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalGateway(EvmGateway):
    """A gateway that may die around a broadcast."""

    fate: Fate

    @override
    def broadcast(self, raw: bytes) -> Broadcast:
        self.fate.comes("before send")
        answer = super().broadcast(raw)
        self.fate.comes("after send")
        return answer


class MortalRaws(PostgresRawStore):
    """A table that may die around a commit."""

    fate: Fate

    @override
    def put(self, *raws: RawTransaction) -> None:
        if raws:
            self.fate.comes("before put")
        super().put(*raws)
        if raws:
            self.fate.comes("after put")


class MortalGate:
    """A gate that may die around an append."""

    def __init__(self, gate: SyncGate, fate: Fate) -> None:
        self._gate = gate
        self._fate = fate

    def dispatch(self, request: Request) -> Accepted:
        """Decide and write."""
        kind = request.command.TYPE.removeprefix("chainwrite.")
        self._fate.comes(f"before {kind}")
        accepted = self._gate.dispatch(request)
        self._fate.comes(f"after {kind}")
        return accepted


def main(hand: Hand) -> None:
    """Run the worker until it is killed: there is no other way to end it."""
    logging.basicConfig(
        filename=hand.words, level=logging.INFO, force=True, format="%(asctime)s %(message)s"
    )
    fate = Fate(hand.death)
    gate = SyncGate(hand.url, log=LOG, clock=SystemClock())
    with gate:
        work(hand, MortalGate(gate, fate), fate)


def work(hand: Hand, gate: MortalGate, fate: Fate) -> None:
    """Put the worker together as `interfaces.workers.chainwork` does, and let it step."""
    gateway = MortalGateway(hand.endpoint, keys=private_key, timeout_seconds=TIMEOUT_SECONDS)
    raws = MortalRaws(Session(hand.url, "chain"))
    gateway.fate = raws.fate = fate
    questions = Questions(Session(hand.url, "chain questions"))
    log = PostgresLog(hand.url, log=LOG)
    worker = ChainWorker(
        gateway,
        Sender(gate, "chain"),
        log=log,
        raws=raws,
        candidates=lambda: [row.write for row in questions.fetch(open_names())],
        rules=hand.rules,
        ended=lambda block: [row.write for row in questions.fetch(ended_names(block))],
        others=[
            EvmGateway(url, keys=private_key, timeout_seconds=TIMEOUT_SECONDS)
            for url in hand.others
        ],
        signers=SIGNERS,
    )
    recovery = Recovery(
        gateway,
        log=PostgresLog(hand.url, log=LOG),
        raws=raws,
        senders=[gateway.address(purpose) for purpose in SIGNERS],
        check=worker.check,
    )
    step = recovery.before(worker.step)
    while True:
        try:
            pause = min(step(), AWAY_SECONDS)
        except PASSING as error:
            logging.getLogger("tallystick.chain").warning("away: %s", error)
            pause = AWAY_SECONDS * (0.5 + random.random())  # noqa: S311 - jitter
        except Exception:
            logging.getLogger("tallystick.chain").exception("the worker failed")
            sys.exit(3)
        time.sleep(pause)
