"""Chain writes that a rotation consists of: planned once each, and waited for."""

import time
from collections.abc import Sequence
from typing import Final

from application.ports.log import LogReader
from domain.chainwrite.commands import PlanChainWrite
from domain.chainwrite.state import CHAINWRITE, chainwrite_stream
from interfaces.workers.gateway import Sender

AT_ONCE: Final = 256
"""So many writes are planned before anybody waits for them."""
LOOK_SECONDS: Final = 0.1


class RotationHeld(Exception):
    """The rotation cannot go on now; the text says what to do, then run it again."""


class Steps:
    """Plans writes and waits for their ends; ``seconds`` is how long for each of them."""

    def __init__(self, sender: Sender, log: LogReader, seconds: float) -> None:
        self._sender = sender
        self._log = log
        self._seconds = seconds

    def carry_out(self, plans: Sequence[PlanChainWrite]) -> None:
        """Plan writes, many at once, and wait until all are confirmed. Raises RotationHeld."""
        for start in range(0, len(plans), AT_ONCE):
            some = plans[start : start + AT_ONCE]
            for plan in some:
                self._sender.send(plan, f"plan/{plan.write}")
            self.confirm([plan.write for plan in some])

    def confirm(self, writes: Sequence[str]) -> None:
        """Wait until writes are confirmed; raises RotationHeld when one fails, or is too late."""
        for write in writes:
            if self.end(write) == "FAILED":
                message = f"{write} failed: 'tally chain open' says why; run this again after it"
                raise RotationHeld(message)

    def end(self, write: str) -> str:
        """Wait for a write's end, whichever it is. Raises RotationHeld."""
        until = time.monotonic() + self._seconds
        while time.monotonic() < until:
            facts = [each.fact for each in self._log.read_stream(chainwrite_stream(write))]
            state = CHAINWRITE.fold(facts).state
            if state in {"CONFIRMED", "FAILED"}:
                return state
            time.sleep(LOOK_SECONDS)
        message = f"{write} is not confirmed after {self._seconds:.0f} s: run this again"
        raise RotationHeld(message)
