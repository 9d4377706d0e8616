"""The open writes as the worker knows them, and how what it saw gets on the log.

Only the worker adds to the stream of an open write, so each stream is read once and then follows
from the answers to its own commands. Whatever an answer leaves in doubt is read anew.
"""

import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from application.ports.log import LogReader
from domain.chainwrite.commands import PlanChainWrite
from domain.chainwrite.state import CHAINWRITE, chainwrite_stream
from domain.kernel.command import Command
from domain.kernel.refusal import Refusal
from interfaces.telemetry.context import because_of
from interfaces.workers.chainparts import OpenWrite
from interfaces.workers.gateway import Sender

CLOSED_SECONDS: Final = 0.25
"""For so long a write at its end is not read anew though a view calls it open: views are behind."""

Report = tuple[OpenWrite, Command]

logger = logging.getLogger("tallystick.chain")


class Writes:
    """Streams of writes, folded."""

    def __init__(self, log: LogReader, sender: Sender, *, lanes: int) -> None:
        self._log = log
        self._sender = sender
        self._lanes = lanes
        self._pool = ThreadPoolExecutor(lanes, "chain") if lanes > 1 else None
        self._known: dict[str, OpenWrite] = {}
        self._closed: dict[str, float] = {}
        self.just_ended: list[OpenWrite] = []
        """Writes that were found at their end and nobody has taken note of yet."""

    def open(self, names: Sequence[str]) -> list[OpenWrite]:
        """Tell the open ones of these writes, in the order of their names."""
        now = time.monotonic()
        for name in [name for name, at in self._closed.items() if now - at >= CLOSED_SECONDS]:
            del self._closed[name]
            self._known.pop(name, None)
        found = [self._known.get(name) or self.read(name) for name in names]
        return [write for write in found if write is not None and not write.ended]

    def read(self, name: str) -> OpenWrite | None:
        """Read a write from the log."""
        events = self._log.read_stream(chainwrite_stream(name))
        if not events:
            return None
        state = CHAINWRITE.fold(each.fact for each in events)
        write = OpenWrite(name, state, events[-1], events[0].position)
        self._keep(write)
        return write

    def current(self, write: OpenWrite) -> OpenWrite:
        """Tell a write as it is known now."""
        return self._known.get(write.name, write)

    def plan(self, command: PlanChainWrite) -> None:
        """Plan a write of the worker's own; raises StoreUnavailable."""
        self._sender.tell(command, f"plan/{command.write}")

    def tell(self, *reports: Report) -> list[OpenWrite]:
        """Put reports on the log, together; tells their writes as they are then.

        Raises StoreUnavailable when one was not heard; the others may have been.
        """
        if self._pool is None or len(reports) < 2:
            return [self._tell(report) for report in reports]
        asked = [self._pool.submit(self._tell, report) for report in reports]
        errors = [each.exception() for each in asked]
        for error in errors:
            if error is not None:
                raise error
        return [each.result() for each in asked]

    def _tell(self, report: Report) -> OpenWrite:
        write, command = report
        # The version in the key: a write that is reorganised is mined again, even in one block.
        key = f"{write.name}/{command.TYPE}/{write.version}"
        self._known.pop(write.name, None)
        with because_of(write.cause):
            answer = self._sender.tell(command, key, cause=write.cause)
        if isinstance(answer, Refusal):
            logger.warning("%s: %s was refused: %s", write.name, command.TYPE, answer.sentence())
            return write
        stream = chainwrite_stream(write.name)
        own = [each for each in answer.events if each.stream == stream]
        if not own or own[0].envelope.version != write.version + 1:
            return write
        state = write.state
        for each in own:
            state = CHAINWRITE.evolve(state, each.fact)
        after = OpenWrite(write.name, state, own[-1], write.planned_at)
        self._keep(after)
        return after

    def _keep(self, write: OpenWrite) -> None:
        self._known[write.name] = write
        if write.ended:
            self._closed[write.name] = time.monotonic()
            self.just_ended.append(write)
        else:
            self._closed.pop(write.name, None)
