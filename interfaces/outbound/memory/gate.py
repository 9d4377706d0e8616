"""The gate over a list: the real dispatch and desk, nothing behind them."""

import os
import threading
from collections.abc import Sequence

from application.dispatch import InFlight, KeyReused, MissingStreams, admit
from application.envelopes import Entropy
from application.ports.gate import Accepted, Request
from application.ports.log import Head
from application.ports.world import Clock
from domain.kernel.event import Recorded
from domain.kernel.ids import command_id
from domain.kernel.refusal import Refused
from interfaces.outbound.deciding import Batch, Decided, Desk, open_head


class MemoryLog:
    """A log in memory; satisfies `LogReader`."""

    def __init__(self, log: str) -> None:
        self.log = log
        self.events: list[Recorded] = []
        self.grown = threading.Condition()

    def head(self) -> Head:
        """Tell the last position."""
        if not self.events:
            return open_head(self.log)
        last = self.events[-1]
        return Head(last.position, last.chain, last.at)

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Read events behind a position in order."""
        return self.events[after : after + limit]

    def read_stream(self, stream: str, after_version: int = 0) -> Sequence[Recorded]:
        """Read a stream's events in order."""
        return [event for event in self.events if event.stream == stream][after_version:]

    def wait(self, after: int, timeout: float) -> bool:
        """Wait until the log is longer than ``after`` or the seconds are over."""
        with self.grown:
            return self.grown.wait_for(lambda: len(self.events) > after, timeout)


class MemoryGate:
    """Decides commands and writes their events to a `MemoryLog`; satisfies `Gate`."""

    def __init__(
        self,
        log: str,
        *,
        clock: Clock,
        entropy: Entropy = os.urandom,
        reader: MemoryLog | None = None,
    ) -> None:
        self.log = reader or MemoryLog(log)
        self._desk = Desk(log, clock, entropy)
        self._written: dict[str, tuple[bytes, Accepted]] = {}
        self._deciding: set[str] = set()

    async def dispatch(self, request: Request) -> Accepted:
        """Decide and write; the port's `Gate` says what it raises."""
        return self.send(request)

    def send(self, request: Request) -> Accepted:
        """Decide and write, for callers without an event loop."""
        wish = admit(request)
        command = command_id(request.actor, request.key)
        if command in self._deciding:
            raise Refused(InFlight())
        if command in self._written:
            return self._replayed(command, wish)
        self._deciding.add(command)
        try:
            decided = self._decide(request, command)
        finally:
            self._deciding.remove(command)
        accepted = Accepted(command=command, events=decided.events, position=decided.position)
        if decided.events:
            self._written[command] = wish, accepted
        return accepted

    def _replayed(self, command: str, wish: bytes) -> Accepted:
        first, accepted = self._written[command]
        if first != wish:
            raise Refused(KeyReused())
        return Accepted(
            command=command, events=accepted.events, position=accepted.position, replayed=True
        )

    def _decide(self, request: Request, command: str) -> Decided:
        while True:
            batch = Batch(self._desk)
            try:
                decided = batch.decide(request, command)
            except MissingStreams as missing:
                for stream in missing.streams:
                    self._desk.install(stream, [])  # what the log has, the desk knows already
                continue
            self._desk.settle(batch)
            with self.log.grown:
                self.log.events.extend(decided.events)
                self.log.grown.notify_all()
            return decided
