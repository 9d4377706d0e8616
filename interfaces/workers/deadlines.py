"""Tells which stages the clocks of the service levels have passed; each once (FX9).

The clocks are measured by the log: an instant is past when the log says so, and a clock that was
stopped too late was too late, although nobody looked. So a week without this worker changes when
a breach is told, not whether.
"""

from collections.abc import Callable, Sequence
from typing import Final

from application.ports.world import Clock
from domain.deadline.commands import PassStage
from domain.deadline.levels import Stage
from interfaces.workers.gateway import Sender
from projections.clocks.queries import DueClock

TICK_SECONDS: Final = 0.5

Due = Callable[[str], Sequence[DueClock]]
"""Answers which clocks have passed a stage up to an instant; nothing while its view is behind."""


class CaughtUp:
    """Answers what was due at an instant, once the view knows all that was on the log then.

    The event that stops a clock may be on the log before its view: who acted on a view that is
    behind would tell a breach that never was.
    """

    def __init__(self, *, head: Callable[[], int], reached: Callable[[], int], due: Due) -> None:
        self._head = head
        self._reached = reached
        self._due = due
        self._asked: tuple[int, str] | None = None

    def __call__(self, instant: str) -> Sequence[DueClock]:
        """Answer for the instant asked last, or nothing yet. Raises StoreUnavailable."""
        if self._asked is None:
            self._asked = (self._head(), instant)
        head, asked = self._asked
        if self._reached() < head:
            return ()
        self._asked = None
        return self._due(asked)


class DeadlineWorker:
    """Dispatches a stage of each due clock; its name makes a second one a repeat."""

    def __init__(self, sender: Sender, *, clock: Clock, due: Due) -> None:
        self._sender = sender
        self._clock = clock
        self._due = due
        self._sent: set[tuple[str, Stage]] = set()

    def step(self) -> float:
        """Tell what has passed; tells how long to wait."""
        due = self._due(self._clock.now())
        names = {(row.clock, row.next_stage) for row in due}
        for row in due:
            if (row.clock, row.next_stage) not in self._sent:
                self._sender.tell(_command(row), f"{row.next_stage}/{row.clock}")
        self._sent = names
        return TICK_SECONDS


def _command(row: DueClock) -> PassStage:
    return PassStage(
        clock=row.clock,
        level=row.level,
        target=row.target,
        stage=row.next_stage,
        started_at=row.started_at,
        due_at=row.next_at,
        stopped_at=row.stopped_at,
    )
