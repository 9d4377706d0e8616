"""The load generator as a child process: a lean HTTP/1.1 client, one request at a time on each
of many connections. It reads of an answer what it needs, so that it takes little of the machine
that it shares with the server.
"""

import asyncio
import sys
import time
from typing import Final, cast

import msgspec
import uvloop
from typing_extensions import override

from tools.bench.children import Ready, answer
from tools.bench.figures import percentile

SUCCESS: Final = b"HTTP/1.1 2"
END: Final = b"\r\n\r\n"
LENGTH: Final = b"content-length: "
BODIES: Final = tuple(
    f'{{"investor_class":"{name}","evidence":"bench"}}' for name in ("retail", "professional")
)


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to ask, with which key, and the subject of each connection."""

    host: str
    port: int
    authorization: str
    subjects: list[str]


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """How long to ask."""

    seconds: float


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered, and the first answer that was no success."""

    requests: int
    seconds: float
    p99_ms: float
    refused: str

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


class Caller(asyncio.Protocol):
    """One connection that puts one subject into two classes in turn, each under its own key.

    Lifting a pause takes two persons, so that a pause is nothing that one caller can toggle.
    """

    def __init__(self, target: Target, subject: str) -> None:
        self._headers = (
            f"POST /api/v1/subjects/{subject}/class HTTP/1.1\r\n"
            f"Host: {target.host}:{target.port}\r\nAuthorization: {target.authorization}\r\n"
            f"Content-Type: application/json\r\nIdempotency-Key: {subject} "
        )
        self._count = 0
        self._begin = self._end = 0.0
        self._received = b""
        self._transport: asyncio.WriteTransport | None = None
        self._done: asyncio.Future[None] | None = None
        self.waits: list[float] = []
        self.refused = ""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast("asyncio.WriteTransport", transport)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Say so when somebody waits."""
        if self._done is not None and not self._done.done():
            self._done.set_exception(exc or ConnectionError("the server hung up"))

    async def call(self, until: float) -> None:
        """Send one request after the other until the time is over."""
        self.waits.clear()
        self._end = until
        self._done = asyncio.get_running_loop().create_future()
        self._ask()
        await self._done

    def _ask(self) -> None:
        self._count += 1
        body = BODIES[self._count % 2]
        self._begin = time.perf_counter()
        if self._transport is not None:
            length = f"\r\nContent-Length: {len(body)}\r\n\r\n"
            request = f"{self._headers}{self._count}{length}{body}"
            self._transport.write(request.encode())

    @override
    def data_received(self, data: bytes) -> None:
        """Take an answer, and ask again when it is whole."""
        self._received += data
        head, end, body = self._received.partition(END)
        if not end or len(body) < _length(head):
            return
        now = time.perf_counter()
        self.waits.append(now - self._begin)
        if not head.startswith(SUCCESS):
            self.refused = self.refused or self._received.decode(errors="replace")
        self._received = b""
        if now < self._end and not self.refused:
            self._ask()
        elif self._done is not None and not self._done.done():
            self._done.set_result(None)


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(LENGTH)
    return int(rest.partition(b"\r\n")[0] or 0)


async def serve(target: Target) -> None:
    """Ask as long as somebody wants it."""
    loop, wishes = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(wishes), sys.stdin)
    callers: list[Caller] = []
    for subject in target.subjects:
        caller = Caller(target, subject)
        await loop.create_connection(lambda each=caller: each, target.host, target.port)  # type: ignore[misc]
        callers.append(caller)
    answer(Ready())
    while line := await wishes.readline():
        hit = msgspec.json.decode(line, type=Hit)
        begin = time.perf_counter()
        await asyncio.gather(*(caller.call(begin + hit.seconds) for caller in callers))
        waits = [wait for caller in callers for wait in caller.waits]
        answer(
            Answered(
                requests=len(waits),
                seconds=time.perf_counter() - begin,
                p99_ms=percentile(waits) * 1000,
                refused=next((caller.refused for caller in callers if caller.refused), ""),
            )
        )


def main() -> None:
    """Run the process."""
    target = msgspec.json.decode(sys.stdin.buffer.raw.readline(), type=Target)  # type: ignore[union-attr]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(target))


if __name__ == "__main__":
    main()
