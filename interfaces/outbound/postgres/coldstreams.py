"""Long streams that a writer does not keep: folded aside while their commands wait.

A turn of the writer folds short streams itself. Whoever asks for a long one without a snapshot
leaves the queue until it was folded on a thread, so that nobody else waits for it, and comes
back when its snapshot is there.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import psycopg

from application.ports.gate import StoreUnavailable
from interfaces.outbound.deciding import Desk
from interfaces.outbound.postgres.appending import Look
from interfaces.outbound.postgres.sessions import unavailable
from interfaces.outbound.postgres.snapshots import Snapshots
from interfaces.outbound.postgres.turns import Pending, Turn

LOADS_MAX: Final = 1_000


class ColdStreams:
    """What waits for long streams: put back into the queue later, or answered why it cannot go on.

    Without snapshots nothing ever waits: a turn folds every stream from its first event.
    """

    def __init__(
        self,
        snapshots: Snapshots | None,
        put_back: Callable[[list[Pending]], None],
        answer: Callable[[Pending, Exception], None],
    ) -> None:
        self._snapshots = snapshots
        self._put_back = put_back
        self._answer = answer
        self._loads: dict[str, asyncio.Task[None]] = {}
        self._parked: list[tuple[Pending, str]] = []

    def looked(self, look: Look, desk: Desk) -> None:
        """Take note of what a look has found: keep what was long to fold, begin what is longer."""
        if self._snapshots is None:
            return
        for stream, events in look.streams.items():
            if events:
                self._snapshots.offer({stream: desk.standing(stream)}, events[-1:])
        for stream in look.long:
            if stream not in self._loads and len(self._loads) < LOADS_MAX:
                load = asyncio.create_task(self._load(stream, self._snapshots), name="cold stream")
                self._loads[stream] = load

    def sift(self, postponed: list[Pending]) -> list[Pending]:
        """Keep aside what waits for a long stream, and give back the others."""
        if not self._loads:
            return postponed
        others = []
        for pending in postponed:
            awaited = next((each for each in pending.wanted if each in self._loads), None)
            if awaited is None:
                others.append(pending)
            else:
                self._parked.append((pending, awaited))
        return others

    def written(self, turn: Turn) -> None:
        """Take note of states that are on the log now."""
        if self._snapshots is not None:
            events = (event for command in turn.appended for event in command.events)
            self._snapshots.offer(turn.batch.changed, events)

    async def close(self) -> None:
        """Send away what still waits, and finish what is under way."""
        parked, self._parked = self._parked, []
        for pending, _ in parked:
            self._answer(pending, StoreUnavailable("closing"))
        await asyncio.gather(*self._loads.values())
        if self._snapshots is not None:
            await self._snapshots.close()

    async def _load(self, stream: str, snapshots: Snapshots) -> None:
        fault: Exception | None = None
        try:
            await snapshots.load(stream)
        except psycopg.Error as error:
            fault = unavailable(error)
        except Exception as error:
            # An event that cannot be read: whoever asks for the stream is told, nobody else.
            fault = error
        del self._loads[stream]
        waited = [pending for pending, awaited in self._parked if awaited == stream]
        self._parked = [(each, awaited) for each, awaited in self._parked if awaited != stream]
        if fault is None:
            self._put_back(waited)
            return
        for pending in waited:
            self._answer(pending, fault)
