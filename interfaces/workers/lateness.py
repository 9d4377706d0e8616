"""Watches how long events lie under no anchor, and freezes the log when it is too long (FX13).

Lateness is told by the instants on the log, so a restart does not begin it anew; but the same
event must also have been seen waiting for a while, so that neither a clock that jumps nor a
machine that comes back after hours freezes a log whose next anchor is on its way. The anchor that
covers the event thaws the log, with the decision that confirms it.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from application.ports.log import LogReader
from application.ports.world import Clock
from domain.kernel.calendar import later
from domain.kernel.refusal import Refusal
from domain.log.commands import FreezeLog
from domain.log.refusals import NotLate
from domain.log.state import LOG, LOG_STREAM, Log
from interfaces.workers.alarms import Finding, Look
from interfaces.workers.gateway import Sender

LOOK_SECONDS: Final = 1.0
SEEN_SECONDS: Final = 30.0
"""How long the same event must have been seen waiting before the log freezes for it."""

logger = logging.getLogger("tallystick.lateness")


class Waiting(msgspec.Struct, frozen=True):
    """The event that has waited longest for its anchor, and when it was written."""

    position: int
    at: str


class LatenessWorker:
    """Freezes the log for lateness."""

    def __init__(
        self,
        sender: Sender,
        *,
        log: LogReader,
        waiting: Callable[[], Waiting | None],
        clock: Clock,
        limit_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sender = sender
        self._log = log
        self._waiting = waiting
        self._clock = clock
        self._limit = limit_seconds
        self._monotonic = monotonic
        self._seen = 0
        self._since = 0.0
        self._version = 0
        self._state: Log = LOG.empty

    @property
    def frozen(self) -> bool:
        """Whether new obligations are refused, as of the last step."""
        return self._state.frozen is not None

    def step(self) -> float:
        """Look once; tells how long to wait. Raises StoreUnavailable, ViewBehind."""
        for each in self._log.read_stream(LOG_STREAM, self._version):
            self._state = LOG.evolve(self._state, each.fact)
            self._version = each.envelope.version
        waiting = self._waiting()
        if waiting is None:
            self._seen = 0
            return LOOK_SECONDS
        if waiting.position != self._seen:
            self._seen, self._since = waiting.position, self._monotonic()
        seen = self._monotonic() - self._since
        if not self.frozen and seen >= min(SEEN_SECONDS, self._limit):
            self._freeze(waiting)
        return LOOK_SECONDS

    def _freeze(self, waiting: Waiting) -> None:
        """Ask for it; whether it has waited too long is decided by the log's own clock."""
        if self._clock.now() < later(waiting.at, self._limit):
            return
        wish = FreezeLog(
            position=waiting.position, since=waiting.at, limit_seconds=int(self._limit)
        )
        answer = self._sender.tell(wish, f"freeze/{waiting.position}/{self._version}")
        if isinstance(answer, NotLate):
            return
        if isinstance(answer, Refusal):
            logger.error("the log was not frozen: %s", answer.CODE)
            return
        logger.critical("the log is frozen: position %d waits for its anchor", waiting.position)


def frozen_log(is_frozen: Callable[[], bool]) -> Look:
    """Look whether new obligations are refused."""
    text = "no anchor has come for too long: new obligations are refused until one does"
    finding = Finding(alert="log_frozen", cause="log", text=text)
    return lambda: (finding,) if is_frozen() else ()


def stopped_anchors(disagreement: Callable[[], str]) -> Look:
    """Look whether two builders of the tree have disagreed."""

    def look() -> Sequence[Finding]:
        text = disagreement()
        return [Finding(alert="anchor_disagreement", cause="tree", text=text)] if text else []

    return look
