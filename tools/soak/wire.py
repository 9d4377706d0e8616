"""A line between a process and Postgres that can be cut at a chosen message.

The proxy reads as much of Postgres' protocol (version 3) as it takes to know where an append
stands: the Bind of the writer's prepared ``append_events``, its Sync, which commits, and the
answer. So a process dies at a chosen step without any hook in its own code.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, Literal, Self
from urllib.parse import urlsplit, urlunsplit

Step = Literal["before_insert", "torn", "before_commit", "after_commit", "before_answer"]
STEPS: Final[tuple[Step, ...]] = (
    "before_insert",
    "torn",
    "before_commit",
    "after_commit",
    "before_answer",
)

FLUSH: Final = b"H\x00\x00\x00\x04"
APPEND: Final = b"append_events("


class Cut(Exception):
    """The line ends here."""


class Trap:
    """Springs at a step of the ``count``-th append from now; ``goes_on`` lets it pass then."""

    def __init__(
        self,
        step: Step,
        count: int,
        action: Callable[[], Awaitable[None]],
        *,
        goes_on: bool = False,
    ) -> None:
        self.step = step
        self.left = count
        self.goes_on = goes_on
        self.sprung = asyncio.Event()
        self._action = action

    async def spring(self) -> None:
        """Act, and end the line unless it goes on."""
        self.sprung.set()
        await self._action()
        if not self.goes_on:
            raise Cut


class Wire:
    """A proxy on a port of its own: ``async with Wire(url)``; ``url`` leads through it."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._trap: Trap | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.messages = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        """The database's URL by way of this line."""
        parts = urlsplit(self._target)
        port = self._server.sockets[0].getsockname()[1] if self._server else 0
        user = parts.netloc.rpartition("@")[0]
        plain = "sslmode=disable&gssencmode=disable"
        return urlunsplit((parts.scheme, f"{user}@127.0.0.1:{port}", parts.path, plain, ""))

    def set(self, trap: Trap) -> None:
        """Lay a trap; there is one at a time."""
        self._trap = trap

    def trapped(self) -> Trap | None:
        """Count an append and give the trap that it runs into."""
        trap = self._trap
        if trap is None:
            return None
        trap.left -= 1
        if trap.left > 0:
            return None
        self._trap = None
        return trap

    def cut(self) -> None:
        """End all lines at once."""
        for task in self._tasks:
            task.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        parts = urlsplit(self._target)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            try:
                far_reader, far_writer = await asyncio.open_connection(parts.hostname, parts.port)
            except OSError:
                writer.close()
                return
            await _Line(self, (reader, writer), (far_reader, far_writer)).run()


class _Line:
    def __init__(
        self,
        wire: Wire,
        near: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        far: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self._wire = wire
        self._from_node, self._to_node = near
        self._from_store, self._to_store = far
        self._appends: set[bytes] = set()
        self._trap: Trap | None = None
        self._inserted = asyncio.Event()

    async def run(self) -> None:
        """Carry messages until an end hangs up or a trap cuts the line."""
        ways = [asyncio.create_task(self._up()), asyncio.create_task(self._down())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            self._to_store.close()
            self._to_node.close()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _up(self) -> None:
        start = await self._from_node.readexactly(4)
        self._to_store.write(start + await self._from_node.readexactly(int.from_bytes(start) - 4))
        async for kind, raw in _messages(self._from_node):
            self._wire.messages += 1
            await self._send(kind, raw)
            await self._to_store.drain()

    async def _send(self, kind: bytes, raw: bytes) -> None:
        if kind == b"P" and APPEND in raw:
            self._appends.add(raw[5 : raw.index(b"\0", 5)])
        elif kind == b"B" and self._is_append(raw):
            self._trap = self._wire.trapped()
            if self._trap is not None:
                await self._bind(self._trap, raw)
        elif kind == b"S" and self._trap is not None and self._trap.step == "before_commit":
            self._to_store.write(FLUSH)
            await self._inserted.wait()
            await self._spring(self._trap)
        self._to_store.write(raw)

    async def _bind(self, trap: Trap, raw: bytes) -> None:
        if trap.step == "torn":
            self._to_store.write(raw[: len(raw) // 2])
            await self._to_store.drain()
        if trap.step in {"before_insert", "torn"}:
            await self._spring(trap)
            if trap.step == "torn":
                raise Cut  # half a message cannot go on

    def _is_append(self, raw: bytes) -> bool:
        portal = raw.index(b"\0", 5)
        return raw[portal + 1 : raw.index(b"\0", portal + 1)] in self._appends

    async def _down(self) -> None:
        held = b""
        async for kind, raw in _messages(self._from_store):
            trap = self._trap
            if trap is None:
                self._to_node.write(raw)
                continue
            if kind in {b"C", b"E"}:
                self._inserted.set()
            if trap.step == "after_commit":
                held += raw
                if kind == b"Z":
                    await self._spring(trap)
                    self._to_node.write(held)
                continue
            self._to_node.write(raw)
            if kind == b"Z" and trap.step == "before_answer":
                await self._spring(trap)

    async def _spring(self, trap: Trap) -> None:
        await trap.spring()
        self._trap = None


async def _messages(reader: asyncio.StreamReader) -> AsyncIterator[tuple[bytes, bytes]]:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readexactly(5)
            size = int.from_bytes(head[1:]) - 4
            yield head[:1], head + (await reader.readexactly(size) if size else b"")
