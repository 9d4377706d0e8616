"""Lanes: a few sessions side by side, each with what was made for it and one caller at a time."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from interfaces.outbound.postgres.sessions import Session

T = TypeVar("T")
R = TypeVar("R")


class Lanes(Generic[T]):
    """Carries synchronous work out on threads, as many pieces at a time as there are lanes.

    The lane used last is used next, so that an idle process holds one session, not all.
    """

    def __init__(self, url: str, name: str, make: Callable[[Session], T], *, count: int) -> None:
        self._sessions = [Session(url, name) for _ in range(count)]
        self._free: asyncio.LifoQueue[T] = asyncio.LifoQueue()
        for session in reversed(self._sessions):
            self._free.put_nowait(make(session))

    async def run(self, work: Callable[[T], R]) -> R:
        """Do work on a free lane; waits for one. What the work raises comes through."""
        lane = await self._free.get()
        task = asyncio.ensure_future(asyncio.to_thread(work, lane))
        # A caller who gives up leaves its thread at work: only the thread's end frees the lane.
        task.add_done_callback(lambda _: self._free.put_nowait(lane))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Close all sessions."""
        for session in self._sessions:
            await asyncio.to_thread(session.close)
