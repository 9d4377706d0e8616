"""A writer node as a process: the real writer, asked over a socket by clients outside.

The clients live elsewhere so that they, and what was acknowledged to them, outlive the node.
"""

import asyncio
import random
import socket
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import msgspec
import uvloop

from application.dispatch import HANDLERS
from application.ports.gate import Accepted, Request, StoreUnavailable
from application.ports.world import Clock
from domain.kernel.command import Command
from domain.kernel.refusal import Refused
from interfaces.outbound.clock import SystemClock
from interfaces.outbound.postgres.writer import Writer
from tools.bench.prepared import LOG

COMMANDS: Final[dict[str, type[Command]]] = {command.TYPE: command for command in HANDLERS}
LINE_BYTES: Final = 2**20
JUMP_SECONDS: Final = 86_400.0


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """Which log to write; ``jumps`` seeds a clock that is set back and forth."""

    url: str
    streams_max: int
    jumps: str | None = None


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A command as a client sends it; ``number`` names the answer."""

    number: int
    kind: str
    data: dict[str, Any]
    actor: str
    key: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict; events are (position, chain in hex)."""

    number: int
    verdict: Literal["accepted", "refused", "unavailable", "failed"]
    code: str = ""
    events: tuple[tuple[int, str], ...] = ()
    replayed: bool = False


class JumpingClock:
    """A clock that somebody sets back and forth by up to a day, now and then."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
        self._offset = timedelta()

    def now(self) -> str:
        """Tell the time: RFC 3339, UTC, six decimals, Z."""
        if self._random.random() < 0.3:
            jump = self._random.uniform(-JUMP_SECONDS, JUMP_SECONDS)
            self._offset = timedelta(seconds=jump)
        instant = datetime.now(UTC) + self._offset
        return instant.isoformat(timespec="microseconds").replace("+00:00", "Z")


def main(node: Node, line: socket.socket) -> None:
    """Run the process."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(node, line))


async def _serve(node: Node, line: socket.socket) -> None:
    clock: Clock = SystemClock() if node.jumps is None else JumpingClock(node.jumps)
    wishes, answers = await asyncio.open_connection(sock=line, limit=LINE_BYTES)
    keeper = Writer(node.url, log=LOG, clock=clock, streams_max=node.streams_max)
    async with keeper as writer, asyncio.TaskGroup() as tasks:
        while text := await wishes.readline():
            wish = msgspec.json.decode(text, type=Wish)
            tasks.create_task(_answer(writer, wish, answers))
    answers.close()


async def _answer(writer: Writer, wish: Wish, answers: asyncio.StreamWriter) -> None:
    answers.write(msgspec.json.encode(await _dispatch(writer, wish)) + b"\n")


async def _dispatch(writer: Writer, wish: Wish) -> Answer:
    command = msgspec.convert(wish.data, COMMANDS[wish.kind])
    request = Request(command=command, actor=wish.actor, role="process", key=wish.key)
    try:
        accepted = await writer.dispatch(request)
    except Refused as refused:
        return Answer(number=wish.number, verdict="refused", code=refused.refusal.CODE)
    except StoreUnavailable as error:
        return Answer(number=wish.number, verdict="unavailable", code=str(error))
    except Exception as error:
        # A verdict as well: whoever checks the run says that no command may fail.
        return Answer(number=wish.number, verdict="failed", code=repr(error))
    return _told(wish, accepted)


def _told(wish: Wish, accepted: Accepted) -> Answer:
    return Answer(
        number=wish.number,
        verdict="accepted",
        events=tuple((event.position, event.chain.hex()) for event in accepted.events),
        replayed=accepted.replayed,
    )
