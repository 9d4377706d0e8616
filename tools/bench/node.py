"""A writer node with clients, as a child process: the real dispatch and the real writer.

Each client has a subject of its own and freezes and unfreezes it in turn: a command with one
event, decided by role, idempotency key, workflow and version, acknowledged after the commit.
"""

import asyncio
import sys
import time
from typing import Final

import msgspec
import uvloop

from application.ports.gate import Accepted, Request
from domain.kernel.command import Command
from domain.kernel.refusal import Refused
from domain.log.commands import OpenLog
from domain.subject.commands import (
    ActivateSubject,
    CreateSubject,
    FreezeSubject,
    PassKyc,
    PassRisk,
    PassScreening,
    SubmitOnboarding,
    UnfreezeSubject,
)
from interfaces.outbound.clock import SystemClock
from interfaces.outbound.postgres.snapshots import Snapshots
from interfaces.outbound.postgres.writer import Writer
from interfaces.runtime import settle
from tools.bench.children import Ready, answer
from tools.bench.figures import percentile
from tools.bench.prepared import ACTOR, LOG, opening

SAMPLES: Final = 20_000
SNAPSHOT_KEY: Final = b"b" * 32


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """Which log to write, and under which name; no other node may have the name."""

    url: str
    name: str
    clients: int


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """How long to send commands, and whether to tell when each position was acknowledged."""

    seconds: float
    positions: bool = False


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it; instants are those of the monotonic clock."""

    commands: int
    seconds: float
    p99_ms: float
    longest_ms: float
    acknowledged: list[tuple[int, float]]

    @property
    def rate(self) -> float:
        """Commands a second."""
        return self.commands / self.seconds


class Clients:
    """The callers of one writer."""

    def __init__(self, writer: Writer, node: Node) -> None:
        self._writer = writer
        self._subjects = [f"{node.name}-{number}" for number in range(node.clients)]
        self._counts = [0] * node.clients

    async def send(self, command: Command, key: str) -> Accepted:
        """Send a command as a process."""
        return await self._writer.dispatch(
            Request(command=command, actor=ACTOR, role="process", key=key)
        )

    async def prepare(self) -> None:
        """Open the log where it is not, and let all subjects become active."""
        await open_log(self._writer)
        await asyncio.gather(*map(self._activate, self._subjects))

    async def _activate(self, subject: str) -> None:
        for command in entering(subject):
            await self.send(command, f"{subject} {command.TYPE}")

    async def run(self, load: Load) -> Sent:
        """Let every client send one command after the other until the time is over."""
        waits: list[float] = []
        acknowledged: list[tuple[int, float]] = []
        begin = time.perf_counter()
        end = begin + load.seconds

        async def client(number: int) -> None:
            subject = self._subjects[number]
            now = time.perf_counter()
            while now < end:
                self._counts[number] += 1
                count = self._counts[number]
                kind = FreezeSubject if count % 2 else UnfreezeSubject
                done = await self.send(kind(subject=subject), f"{subject} {count}")
                before, now = now, time.perf_counter()
                waits.append(now - before)
                if load.positions:
                    acknowledged.append((done.position, now))

        await asyncio.gather(*map(client, range(len(self._subjects))))
        return Sent(
            commands=len(waits),
            seconds=time.perf_counter() - begin,
            p99_ms=percentile(waits) * 1000,
            longest_ms=max(waits) * 1000,
            acknowledged=acknowledged[:: 1 + len(acknowledged) // SAMPLES],
        )


def entering(subject: str) -> tuple[Command, ...]:
    """Give the commands that make an active subject."""
    return (
        CreateSubject(
            subject=subject, name=subject, kind="institution", country="GB", roles=("compliance",)
        ),
        SubmitOnboarding(subject=subject),
        PassKyc(subject=subject, evidence="bench"),
        PassScreening(subject=subject, evidence="bench"),
        PassRisk(subject=subject, evidence="bench"),
        ActivateSubject(subject=subject),
    )


async def open_log(writer: Writer) -> None:
    """Write position 1 unless the log is open already."""
    fields = msgspec.structs.asdict(opening())
    wish = Request(command=OpenLog(**fields), actor=ACTOR, role="process", key="open")
    try:
        await writer.dispatch(wish)
    except Refused as refused:
        if refused.refusal.CODE != "already_exists":
            raise


async def serve(node: Node) -> None:
    """Write as long as somebody asks."""
    asks = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(asks), sys.stdin)
    snapshots = Snapshots(node.url, SNAPSHOT_KEY)
    async with Writer(node.url, log=LOG, clock=SystemClock(), snapshots=snapshots) as writer:
        clients = Clients(writer, node)
        await clients.prepare()
        settle()
        answer(Ready())
        while line := await asks.readline():
            answer(await clients.run(msgspec.json.decode(line, type=Load)))


def main() -> None:
    """Run the process."""
    node = msgspec.json.decode(sys.stdin.buffer.raw.readline(), type=Node)  # type: ignore[union-attr]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(node))


if __name__ == "__main__":
    main()
