"""Assembles the watch over the chain: reader of blocks, memory, knowledge, reconciliation."""

from collections.abc import Callable, Iterator
from typing import Final

from application.ports.log import LogReader
from application.ports.world import ViewBehind
from domain.integrity.checkpoint import VerifierKey
from domain.log.state import LOG, LOG_STREAM
from interfaces.outbound.evm.logs import ChainLogs, Contract
from interfaces.outbound.postgres.chainwatch import PostgresWatchStore, created_contracts
from interfaces.outbound.postgres.documents import PostgresDocuments
from interfaces.outbound.postgres.holders import PostgresHolders
from interfaces.outbound.postgres.questions import Questions
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.signer.keyring import CheckpointKey, checkpoint_signer
from interfaces.settings import Settings
from interfaces.wiring import clock_of, gateway_of, log_of, ring_of
from interfaces.workers.gateway import Sender, SyncGate
from interfaces.workers.reconciler import Moment, Parts, Reconciler
from interfaces.workers.watcher import IDLE_SECONDS, ChainWatcher, ObservedFact
from projections.chain_facts.project import VIEW as CHAIN_FACTS
from projections.chain_facts.queries import observed_behind
from projections.reconciliations.queries import (
    ReconciledTokenRow,
    due_tokens,
    token_at,
    tokens_on_chain,
)
from projections.select import PAGE_MAX, ROWS_MAX

NAME: Final = "chain_watch"


class Views:
    """What the log knows of the chain, as the views tell it; satisfies ``Knowledge``."""

    def __init__(self, questions: Questions, log: LogReader) -> None:
        self._questions = questions
        self._log = log

    def created(self) -> list[Contract]:
        """List the contracts that chain writes of ours have created."""
        return self._questions.fetch(created_contracts())

    def token_at(self, address: str) -> str | None:
        """Tell the token whose contract stands at an address."""
        row = self._questions.one(token_at(address))
        return row.token if row is not None else None

    def observed_behind(self, chain_id: int, block: int) -> list[ObservedFact]:
        """List the facts of later blocks; raises ViewBehind while the view is not at the head."""
        head, reached = self._log.head().position, self._questions.reached(CHAIN_FACTS)
        if reached < head:
            message = f"the chain facts stand at {reached}, not yet at {head}"
            raise ViewBehind(message)
        found: list[ObservedFact] = []
        after: int | None = None
        while True:
            page = self._questions.fetch(
                observed_behind(chain_id, block, after=after, limit=PAGE_MAX)
            )
            found.extend(ObservedFact(row.fact, row.block, row.block_hash) for row in page)
            if len(page) < PAGE_MAX:
                return found
            after = page[-1].position

    def due(self) -> list[ReconciledTokenRow]:
        """List tokens of which somebody wants a statement."""
        return self._questions.fetch(due_tokens())

    def tokens(self) -> Iterator[ReconciledTokenRow]:
        """List all tokens that stand on the chain."""
        after: str | None = None
        while True:
            page = self._questions.fetch(tokens_on_chain(after=after))
            yield from page
            if len(page) < ROWS_MAX:
                return
            after = page[-1].token


class InForce:
    """Signs statements with the key that the log names at the moment."""

    def __init__(self, signer: CheckpointKey, log: LogReader) -> None:
        self._signer = signer
        self._log = log
        self._state = LOG.empty
        self._version = 0
        self._now = signer

    @property
    def key(self) -> VerifierKey:
        """The public half; what is signed next is signed with it."""
        for recorded in self._log.read_stream(LOG_STREAM, self._version):
            self._version = recorded.envelope.version
            self._state = LOG.evolve(self._state, recorded.fact)
        keys = self._state.checkpoint_keys
        self._now = self._signer.named(keys[-1]) if keys else self._signer
        return self._now.key

    def sign(self, message: bytes) -> bytes:
        """Sign the lines above the blank one. Raises KeyRotated."""
        return self._now.sign(message)


class ChainWatch:
    """Reads the chain first, then compares: a statement speaks of blocks that were read."""

    def __init__(
        self, watcher: ChainWatcher, log: LogReader, reconciler: Callable[[], Reconciler | None]
    ) -> None:
        self._watcher = watcher
        self._log = log
        self._make = reconciler
        self._reconciler: Reconciler | None = None

    def step(self) -> float:
        """Read what is new, or compare when nothing is; tells how long to wait."""
        # The head before the chain's height: every outcome in the books lies in a block that is
        # deep enough by the time the chain is asked.
        position = self._log.head().position
        pause = self._watcher.step()
        if not pause:
            return 0.0
        self._reconciler = self._reconciler or self._make()
        place = self._watcher.place()
        if self._reconciler is None or place is None:
            return IDLE_SECONDS
        return min(pause, self._reconciler.step(Moment(position, place)))


def chain_watch_step(settings: Settings, gate: SyncGate) -> Callable[[], float]:
    """Make the step of the worker that watches the chain and reconciles it with the books."""
    gateway, log = gateway_of(settings), log_of(settings)
    store = PostgresWatchStore(Session(settings.database_url, NAME))
    views = Views(Questions(Session(settings.database_url, f"{NAME} views")), log)
    watcher = ChainWatcher(
        ChainLogs(settings.chain_url, blocks=gateway, artifacts=gateway.artifacts),
        Sender(gate, NAME),
        log=log,
        store=store,
        knowledge=views,
        confirmations=settings.confirmations,
    )

    def reconciler() -> Reconciler | None:
        opened = LOG.fold(each.fact for each in log.read_stream(LOG_STREAM)).opened
        if opened is None:
            return None
        parts = Parts(
            log=log,
            gateway=gateway,
            seen=store,
            holders=PostgresHolders(settings.database_url),
            documents=PostgresDocuments(settings.database_url),
            signer=InForce(checkpoint_signer(ring_of(settings), settings.log), log),
            clock=clock_of(settings),
            origin=settings.log,
            chain_id=opened.chain_id,
        )
        return Reconciler(
            parts,
            Sender(gate, "reconciliation"),
            due=views.due,
            tokens=views.tokens,
            seconds=settings.reconcile_seconds,
        )

    return ChainWatch(watcher, log, reconciler).step
