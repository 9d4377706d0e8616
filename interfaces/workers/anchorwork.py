"""Assembles what anchors the log, and what watches how late its anchors are."""

from collections.abc import Callable

from application.ports.world import ViewBehind
from interfaces.outbound.postgres.checkpoints import Checkpoints
from interfaces.outbound.postgres.gauges import first_without_anchor
from interfaces.outbound.postgres.questions import Questions
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.streammaps import StreamMapKeeper
from interfaces.outbound.postgres.tree import TreeKeeper
from interfaces.outbound.signer.keyring import checkpoint_signer
from interfaces.settings import Settings
from interfaces.wiring import clock_of, guard_of, log_of, ring_of, witnesses_of
from interfaces.workers.alarms import Look
from interfaces.workers.anchorbuilding import AnchorBuilder
from interfaces.workers.anchoring import AnchorWorker, LastAnchors, Pace
from interfaces.workers.gateway import Sender, SyncGate
from interfaces.workers.lateness import LatenessWorker, Waiting, frozen_log, stopped_anchors
from projections.anchors.project import VIEW as ANCHORS
from projections.anchors.queries import latest_confirmed_anchor, latest_planned_anchor

Step = Callable[[], float]


def anchor_step(settings: Settings, gate: SyncGate) -> tuple[Step, Look]:
    """Make the step of the worker that anchors the log, and the look at whether it stopped."""
    questions = _questions(settings, "anchors")
    checkpoints = Checkpoints(
        _session(settings, "checkpoints"),
        log=settings.log,
        signer=checkpoint_signer(ring_of(settings), settings.log),
        guard=guard_of(settings),
        witnesses=witnesses_of(settings),
    )

    def last() -> LastAnchors:
        planned = questions.one(latest_planned_anchor())
        return LastAnchors(_confirmed(questions), planned.size if planned is not None else 0)

    worker = AnchorWorker(
        Sender(gate, "anchoring"),
        log=log_of(settings),
        builder=AnchorBuilder(
            TreeKeeper(_session(settings, "tree")),
            StreamMapKeeper(_session(settings, "streams")),
        ),
        checkpoint=checkpoints.issue,
        anchors=last,
        pace=Pace(events=settings.anchor_events, seconds=settings.anchor_seconds),
    )
    return worker.step, stopped_anchors(lambda: worker.disagreement)


def lateness_step(settings: Settings, gate: SyncGate) -> tuple[Step, Look]:
    """Make the step of the worker that freezes the log for lateness, and the look at it."""
    questions, log = _questions(settings, "lateness"), log_of(settings)

    def waiting() -> Waiting | None:
        head = log.head().position
        # A view that is behind would make an anchored event look late.
        if questions.reached(ANCHORS) < head:
            raise ViewBehind(ANCHORS.name)
        first = questions.one(first_without_anchor(_confirmed(questions)))
        return None if first is None else Waiting(first.position, first.at)

    worker = LatenessWorker(
        Sender(gate, "lateness"),
        log=log,
        waiting=waiting,
        clock=clock_of(settings),
        limit_seconds=settings.anchor_freeze_seconds,
    )
    return worker.step, frozen_log(lambda: worker.frozen)


def _confirmed(questions: Questions) -> int:
    confirmed = questions.one(latest_confirmed_anchor())
    return confirmed.size if confirmed is not None else 0


def _questions(settings: Settings, name: str) -> Questions:
    return Questions(_session(settings, name))


def _session(settings: Settings, name: str) -> Session:
    return Session(settings.database_url, name)
