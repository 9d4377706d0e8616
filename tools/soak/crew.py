"""The processes of a run: started quickly, asked over a socket, killed, stopped, continued.

A fork server keeps the imports, so that a process costs milliseconds; each one is a process of
its own for all that, with its own interpreter state, and dies by real signals.
"""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable
from itertools import count
from multiprocessing.process import BaseProcess
from typing import Any, Final

import msgspec

from tools.soak import consumer, node
from tools.soak.node import LINE_BYTES, Answer, Wish

CONTEXT: Final = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["tools.soak.node", "tools.soak.consumer", "tools.soak.chainhand", "__main__"]
)


class Dead(Exception):
    """The process ended before it answered: nobody knows what became of the command."""


class Being:
    """A process that can be hurt."""

    def __init__(self, main: Callable[..., None], *arguments: Any) -> None:
        self.process: BaseProcess = CONTEXT.Process(target=main, args=arguments, daemon=True)
        self.process.start()

    @property
    def pid(self) -> int:
        """Its number."""
        return self.process.pid or 0

    @property
    def is_alive(self) -> bool:
        """Whether it is there, running or stopped."""
        return self.process.is_alive()

    def send(self, number: int) -> None:
        """Send a signal; a process that is gone does not mind."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill with SIGKILL; returns at once."""
        self.send(signal.SIGKILL)

    async def gone(self) -> None:
        """Kill and wait for the end."""
        self.kill()
        await asyncio.to_thread(self.process.join)
        self.process.close()


class NodeProcess(Being):
    """A writer node and the line over which it is asked."""

    def __init__(self, wish: node.Node, near: socket.socket, far: socket.socket) -> None:
        super().__init__(node.main, wish, far)
        far.close()
        self._near = near
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._out: asyncio.StreamWriter | None = None
        self._hearing: asyncio.Task[None] | None = None
        self.lost = False
        self.is_buried = False

    @classmethod
    async def start(cls, wish: node.Node) -> "NodeProcess":
        """Start a node; it answers when it is ready."""
        near, far = socket.socketpair()
        self = cls(wish, near, far)
        answers, self._out = await asyncio.open_connection(sock=near, limit=LINE_BYTES)
        self._hearing = asyncio.create_task(self._hear(answers))
        return self

    async def ask(self, kind: str, data: dict[str, Any], *, actor: str, key: str) -> Answer:
        """Send a command and wait for the verdict. Raises Dead."""
        if self.lost or self._out is None:
            raise Dead
        number = next(self._numbers)
        verdict: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = verdict
        wish = Wish(number=number, kind=kind, data=data, actor=actor, key=key)
        self._out.write(msgspec.json.encode(wish) + b"\n")
        try:
            return await verdict
        finally:
            self._waiting.pop(number, None)

    async def end(self) -> int | None:
        """Let the node write what waits and stop; tell its exit code."""
        if self._out is not None:
            self._out.write_eof()
        await asyncio.to_thread(self.process.join, 10)
        return self.process.exitcode

    async def bury(self) -> None:
        """Kill it if it lives, and free what it held; once."""
        if self.is_buried:
            return
        self.is_buried = True
        await self.gone()
        if self._hearing is not None:
            await self._hearing
        if self._out is not None:
            self._out.close()

    async def _hear(self, answers: asyncio.StreamReader) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await answers.readline():
                if not line.endswith(b"\n"):
                    break  # it died in the middle of a word
                answer = msgspec.json.decode(line, type=Answer)
                verdict = self._waiting.get(answer.number)
                if verdict is not None and not verdict.done():
                    verdict.set_result(answer)
        self.lost = True
        for verdict in self._waiting.values():
            if not verdict.done():
                verdict.set_exception(Dead())


def start_consumer(wish: consumer.Consumer) -> Being:
    """Start a consumer."""
    return Being(consumer.main, wish)
