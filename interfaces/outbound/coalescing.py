"""One answer for everybody who asks while it is being made."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

R = TypeVar("R")


class Shared(Generic[R]):
    """Makes an answer at most once at a time, and shares it.

    Whoever asks while one is being made gets the next one, so that an answer always knows of
    everything that had happened when it was asked for; but one whose making began at most
    ``reuse_seconds`` ago is told again.
    """

    def __init__(self, make: Callable[[], Awaitable[R]], reuse_seconds: float = 0.0) -> None:
        self._make = make
        self._reuse_seconds = reuse_seconds
        self._known: tuple[float, R] | None = None
        self._running: asyncio.Task[R] | None = None
        self._next: asyncio.Task[R] | None = None

    def remembered(self) -> R | None:
        """Tell the answer that would be told again; nothing when it is too old."""
        if self._known is None or time.monotonic() - self._known[0] >= self._reuse_seconds:
            return None
        return self._known[1]

    def forget(self) -> None:
        """Let nobody be told the last answer again."""
        self._known = None

    async def get(self, is_enough: Callable[[R], bool] = lambda _: True) -> R:
        """Tell an answer, an older one only if it is enough; raises what making it raises."""
        answer = self.remembered()
        if answer is not None and is_enough(answer):
            return answer
        if self._next is None:
            self._next = asyncio.ensure_future(self._turn(self._running))
        # One who gives up must not take the answer away from the others.
        return await asyncio.shield(self._next)

    async def _turn(self, before: "asyncio.Task[R] | None") -> R:
        if before is not None and not before.done():
            await asyncio.wait([before])
        self._running, self._next = self._next, None
        begun = time.monotonic()
        answer = await self._make()
        self._known = begun, answer
        return answer
