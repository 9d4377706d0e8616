"""Dispatches what falls due by the clock: reminders, expiries, facts at their end (FX2, FX6)."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from application.ports.world import Clock
from domain.invoice.commands import ExpireInvoice, RemindBuyer
from domain.kernel.command import Command
from domain.request.commands import ExpireRequest
from domain.subject.commands import LapseFacts
from interfaces.workers.gateway import Sender

TICK_SECONDS: Final = 0.25


class Due(msgspec.Struct, frozen=True):
    """A deadline that has come."""

    key: str
    kind: str
    target: str
    detail: str


Deadlines = Callable[[str], Sequence[Due]]
"""Answers what is due and not done at an instant."""


class TimerWorker:
    """Asks for due deadlines and dispatches their commands.

    A command that was dispatched is not sent again by this worker; the deadline disappears
    when its view has seen the outcome. A refusal means that the facts have moved on.
    """

    def __init__(self, sender: Sender, *, clock: Clock, deadlines: Deadlines) -> None:
        self._sender = sender
        self._clock = clock
        self._deadlines = deadlines
        self._sent: set[str] = set()

    def step(self) -> float:
        """Dispatch what is due; tells how long to wait."""
        due = self._deadlines(self._clock.now())
        for deadline in due:
            if deadline.key not in self._sent:
                self._sender.tell(_command(deadline), f"deadline/{deadline.key}")
                self._sent.add(deadline.key)
        self._sent &= {deadline.key for deadline in due}
        return TICK_SECONDS


def _command(deadline: Due) -> Command:
    if deadline.kind == "lapse":
        return LapseFacts(subject=deadline.target)
    if deadline.kind == "request":
        return ExpireRequest(request=deadline.target)
    if deadline.kind == "reminder":
        return RemindBuyer(invoice=deadline.target, kind=deadline.detail)
    return ExpireInvoice(invoice=deadline.target)
