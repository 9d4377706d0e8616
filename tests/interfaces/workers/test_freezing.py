"""When the log freezes because its anchors stay away (FX13)."""

import msgspec
import pytest

from application.ports.gate import Accepted, Request
from domain.log.commands import FreezeLog
from domain.log.events import LogFrozenForLateness, LogThawed
from interfaces.workers.gateway import Sender
from interfaces.workers.lateness import LatenessWorker, Waiting, frozen_log
from tests.conformance.script import FixedClock
from tests.interfaces.workers.parts import ListLog

pytestmark = pytest.mark.capability("FX13")

SINCE, BEFORE, AFTER = (
    f"2026-05-20T{time}.000000Z" for time in ("09:00:00", "09:59:59", "10:00:00")
)


class Harbour:
    """A worker, the log that it watches, and the watch on the wall."""

    def __init__(self) -> None:
        self.log, self.clock = ListLog(), FixedClock(SINCE)
        self.waiting: Waiting | None = Waiting(7, SINCE)
        self.asked: list[FreezeLog] = []
        self.seconds = 0.0
        self.restart()

    def restart(self) -> None:
        """Begin anew."""
        self.worker = LatenessWorker(
            Sender(self, "lateness"),
            log=self.log,
            waiting=lambda: self.waiting,
            clock=self.clock,
            limit_seconds=3600,
            monotonic=lambda: self.seconds,
        )

    def dispatch(self, request: Request) -> Accepted:
        """Freeze as the log does."""
        command = msgspec.convert(request.command, FreezeLog, from_attributes=True)
        self.asked.append(command)
        fact = LogFrozenForLateness(position=7, since=SINCE, limit_seconds=3600)
        written = self.log.scribe.write("log:main", fact)
        return Accepted(command=request.key, events=(), position=written.position)

    def look(self, at: str, *, after: float = 0.0) -> None:
        """Let time go on and look."""
        self.clock.at, self.seconds = at, self.seconds + after
        self.worker.step()


def test_the_log_freezes_when_one_event_waits_for_an_hour() -> None:
    """Once; until it is thawed an alert says so."""
    harbour = Harbour()
    harbour.look(SINCE)
    harbour.look(BEFORE, after=3599)
    assert harbour.asked == []
    for _ in range(3):
        harbour.look(AFTER, after=1)
    assert harbour.asked == [FreezeLog(position=7, since=SINCE, limit_seconds=3600)]
    assert frozen_log(lambda: harbour.worker.frozen)()
    harbour.log.scribe.write("log:main", LogThawed(position=7, size=9))
    harbour.waiting = None
    harbour.look(AFTER, after=1)
    assert not frozen_log(lambda: harbour.worker.frozen)()


def test_a_clock_that_jumps_freezes_nothing_that_is_about_to_be_anchored() -> None:
    """Nor does a machine that comes back after hours, as long as anchors come again."""
    harbour = Harbour()
    harbour.look("2026-06-20T09:00:00.000000Z")
    harbour.waiting = Waiting(90, AFTER)
    harbour.look("2026-06-20T09:00:00.000000Z", after=29)
    assert harbour.asked == []
    harbour.look("2026-06-20T09:00:00.000000Z", after=30)
    assert [each.position for each in harbour.asked] == [90]


def test_a_restart_does_not_begin_the_hour_anew() -> None:
    harbour = Harbour()
    harbour.look(SINCE)
    harbour.restart()
    harbour.look(AFTER)
    harbour.look(AFTER, after=30)
    assert len(harbour.asked) == 1
    harbour.restart()
    harbour.look(AFTER)
    harbour.look(AFTER, after=60)
    assert len(harbour.asked) == 1
