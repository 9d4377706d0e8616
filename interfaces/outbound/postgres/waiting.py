"""The commands that wait for their verdicts, in order."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Final

from application.ports.gate import Accepted, Request
from interfaces.outbound.postgres.turns import Pending

WAITING_MAX: Final = 10_000
BATCH_COMMANDS_MAX: Final = 1_000

SPLIT_FROM: Final = 32
"""So many callers are answered in two groups by turns: one is decided while one is written."""


class Waiting:
    """A queue of commands; whoever was taken out of it stays known until it is answered."""

    def __init__(self) -> None:
        self._queue: deque[Pending] = deque()
        self._open: dict[str, Pending] = {}

    def __len__(self) -> int:
        return len(self._queue)

    def __contains__(self, command: str) -> bool:
        return command in self._open

    @property
    def is_full(self) -> bool:
        """Whether no more commands should be let in."""
        return len(self._open) >= WAITING_MAX

    def add(self, request: Request, command: str, wish: bytes) -> "asyncio.Future[Accepted]":
        """Let a command wait, and give what it waits for."""
        verdict: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        pending = Pending(request, command=command, wish=wish, verdict=verdict)
        self._open[command] = pending
        self._queue.append(pending)
        return verdict

    def take(self, *, by_halves: bool) -> list[Pending]:
        """Take what is decided together: at most half of all callers, where there are many.

        The other half is then taken while the first one's append is on its way. Raises
        IndexError when nobody waits.
        """
        queue = self._queue
        callers = len(self._open)
        most = (callers + 1) // 2 if by_halves and callers >= SPLIT_FROM else callers
        most = min(most, BATCH_COMMANDS_MAX)
        taken = [queue.popleft()]
        while queue and len(taken) < most:
            if taken[0].alone or queue[0].alone:
                break
            taken.append(queue.popleft())
        return taken

    def put_back(self, taken: Iterable[Pending]) -> None:
        """Let those of them who have no answer yet wait again, before all others."""
        self._queue.extendleft(reversed(self.still_open(taken)))

    def still_open(self, taken: Iterable[Pending]) -> list[Pending]:
        """Tell who of them has no answer yet."""
        return [one for one in taken if self._open.get(one.command) is one]

    def answer(self, pending: Pending, verdict: Accepted | Exception) -> None:
        """Give a command its verdict."""
        self._open.pop(pending.command, None)
        if pending.verdict.done():
            return  # the caller went away; the command stands all the same
        if isinstance(verdict, Accepted):
            pending.verdict.set_result(verdict)
        else:
            pending.verdict.set_exception(verdict)

    def answer_all(self, verdict: Exception) -> None:
        """Give everybody who waits the same verdict."""
        while self._queue:
            self.answer(self._queue.popleft(), verdict)
