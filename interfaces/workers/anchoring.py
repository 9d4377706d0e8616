"""Keeps the log anchored: when, at which size, with which proof (B1, FX13).

An anchor's own bookkeeping (its plan, its chain write, its confirmation, the commitment to the
streams) is no reason for another anchor, or an idle system would anchor for ever. What came
before is, at the latest after the configured time; so is an anchor that failed, because its events
still lie under none.
"""

import logging
import time
from collections.abc import Callable
from typing import Final

import msgspec

from application.ports.log import LogReader
from domain.anchor.commands import PlanAnchor
from domain.anchor.events import AnchorFailed
from domain.anchor.state import ANCHOR, Anchor, anchor_stream
from domain.kernel.event import Recorded
from domain.kernel.ids import aggregate_of, identity_of
from domain.log.events import StreamsCommitted
from domain.platform.state import PLATFORM_STREAM
from interfaces.workers.anchorbuilding import Agreed, AnchorBuilder, TreeDisagreement
from interfaces.workers.gateway import Sender

IDLE_SECONDS: Final = 0.25
STOPPED_SECONDS: Final = 60.0
BATCH: Final = 1000

logger = logging.getLogger("tallystick.anchoring")


class LastAnchors(msgspec.Struct, frozen=True):
    """The size that was anchored last, and the one planned last; 0 when there is none."""

    confirmed: int
    planned: int


Checkpoint = Callable[[int, bytes, bytes], str]
"""Signs (size, root, chain) as a checkpoint; sizes never go down."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """When an anchor is due: so many events wait for one, or one has waited so long."""

    events: int
    seconds: float


class AnchorWorker:
    """Plans anchors one after the other, and none any more once two builders disagreed."""

    def __init__(
        self,
        sender: Sender,
        *,
        log: LogReader,
        builder: AnchorBuilder,
        checkpoint: Checkpoint,
        anchors: Callable[[], LastAnchors],
        pace: Pace,
    ) -> None:
        self._sender = sender
        self._log = log
        self._builder = builder
        self._checkpoint = checkpoint
        self._anchors = anchors
        self._pace = pace
        self._seen = 0
        self._planned = 0
        self._deployed = False
        self._reasons = 0
        self._waiting_since = 0.0
        self.disagreement = ""
        """What two builders disagreed about; empty while they agree."""

    def step(self) -> float:
        """Plan an anchor when one is due; tells how long to wait."""
        if self.disagreement:
            return STOPPED_SECONDS
        self._look_for_reasons()
        if self._is_due() and self._registry_stands():
            latest, state = self._latest()
            if state.state != "PLANNED":
                confirmed = latest if state.state == "CONFIRMED" else self._anchors().confirmed
                self._anchor(confirmed, _agreed(latest, state))
        return IDLE_SECONDS

    def _look_for_reasons(self) -> None:
        if not self._seen:
            self._seen = self._anchors().planned
        while batch := self._log.read(self._seen, BATCH):
            found = sum(map(is_reason, batch))
            if found and not self._reasons:
                self._waiting_since = time.monotonic()
            self._reasons += found
            self._seen = batch[-1].position

    def _is_due(self) -> bool:
        waited = time.monotonic() - self._waiting_since
        return self._reasons > 0 and (
            self._reasons >= self._pace.events or waited >= self._pace.seconds
        )

    def _registry_stands(self) -> bool:
        # Before the platform is deployed there is nothing to anchor in.
        self._deployed = self._deployed or bool(self._log.read_stream(PLATFORM_STREAM))
        return self._deployed

    def _latest(self) -> tuple[int, Anchor]:
        """Tell size and state of the anchor planned last; the log knows before the view does."""
        size = self._planned = max(self._planned, self._anchors().planned)
        if not size:
            return 0, ANCHOR.empty
        return size, ANCHOR.fold([each.fact for each in self._log.read_stream(anchor_stream(size))])

    def _anchor(self, base: int, agreed: Agreed | None) -> None:
        head = self._log.head().position
        commitment = self._builder.commitment(head)
        size = self._sender.send(commitment, f"streams/{head}").position
        try:
            built = self._builder.build(size, base=base, agreed=agreed)
        except TreeDisagreement as error:
            self.disagreement = str(error)
            logger.critical("anchoring stops: %s", error)
            return
        # Nobody signs a smaller size any more, and this one has no other root.
        checkpoint = self._checkpoint(size, built.root, built.head)
        plan = PlanAnchor(
            size=size,
            root=built.root.hex(),
            head=built.head.hex(),
            checkpoint=checkpoint,
            path=built.path,
        )
        self._sender.send(plan, f"anchor/{size}")
        self._planned, self._reasons = size, 0
        logger.info("anchoring the log at size %d", size)
        self._builder.keep()


def _agreed(size: int, anchor: Anchor) -> Agreed | None:
    return None if anchor.plan is None else Agreed(size, bytes.fromhex(anchor.plan.root))


def is_reason(recorded: Recorded) -> bool:
    """Say whether an event wants an anchor: every one but a good anchor's own bookkeeping."""
    if isinstance(recorded.fact, AnchorFailed):
        return True
    kind = aggregate_of(recorded.stream)
    if kind == "anchor" or isinstance(recorded.fact, StreamsCommitted):
        return False
    return not (kind == "chainwrite" and identity_of(recorded.stream).startswith("anchor/"))
