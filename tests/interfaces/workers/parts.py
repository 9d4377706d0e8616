"""Small parts that workers run on in tests: a log in a list, a gate with prepared answers."""

from collections.abc import Sequence
from hashlib import sha256

import msgspec
from typing_extensions import override

from application.ports.gate import Accepted, Request, StoreUnavailable
from application.ports.log import Head
from domain.kernel.event import Event, Recorded
from domain.kernel.refusal import Refusal, Refused
from tests.projections.support import Scribe


class Chronicler(Scribe):
    """A scribe whose events have names of their own, as chain values are."""

    @override
    def write(self, stream: str, *facts: Event, actor: str = "process:test") -> Recorded:
        """Record facts on a stream and give the last one."""
        for fact in facts:
            written = super().write(stream, fact, actor=actor)
            chain = sha256(b"%d" % written.position).digest()
            self.log[-1] = msgspec.structs.replace(written, chain=chain)
        return self.log[-1]


class ListLog:
    """A log that a scribe writes; waiting for more is noted and does not take time."""

    def __init__(self) -> None:
        self.scribe = Chronicler()
        self.waits: list[float] = []
        self.reads: list[int] = []
        self.down = False

    def head(self) -> Head:
        """Tell the last position."""
        events = self.scribe.log
        return Head(len(events), b"", events[-1].at if events else "")

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Read events behind a position in order."""
        if self.down:
            raise StoreUnavailable
        self.reads.append(after)
        return self.scribe.log[after : after + limit]

    def read_stream(self, stream: str, after_version: int = 0) -> Sequence[Recorded]:
        """Read a stream's events in order."""
        return [event for event in self.scribe.log if event.stream == stream][after_version:]

    def wait(self, after: int, timeout: float) -> bool:
        """Note for how long somebody would wait."""
        self.waits.append(timeout)
        return len(self.scribe.log) > after


class Places:
    """Places that only go forward, and all that was ever said."""

    def __init__(self, **known: int) -> None:
        self.known = known
        self.moves: list[int] = []
        self.down = False

    def place(self, name: str) -> int:
        """Tell the last position that a follower is done with."""
        return self.known.get(name, 0)

    def move(self, name: str, position: int) -> None:
        """Move a follower's place."""
        if self.down:
            raise StoreUnavailable
        self.moves.append(position)
        self.known[name] = position


class ScriptedGate:
    """Accepts everything once for each key, unless a test has prepared other answers."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: dict[str, list[Refusal | Exception]] = {}
        """By command type: what to say first, next, and so on."""
        self.accepted: dict[tuple[str, str], Request] = {}
        self.unheard: set[str] = set()
        """Command types whose next acceptance is written but not heard of."""

    def dispatch(self, request: Request) -> Accepted:
        """Answer as prepared."""
        self.requests.append(request)
        kind = request.command.TYPE
        if waiting := self.answers.get(kind):
            answer = waiting.pop(0)
            raise Refused(answer) if isinstance(answer, Refusal) else answer
        name = (request.actor, request.key)
        replayed = name in self.accepted
        self.accepted.setdefault(name, request)
        if kind in self.unheard:
            self.unheard.remove(kind)
            raise StoreUnavailable
        return Accepted(command=request.key, events=(), position=0, replayed=replayed)

    def kinds(self) -> list[str]:
        """Tell the types of the commands that were accepted, each once."""
        return [request.command.TYPE for request in self.accepted.values()]

    def data(self, kind: str) -> list[dict[str, object]]:
        """Tell the fields of the accepted commands of a type."""
        return [
            msgspec.to_builtins(request.command)
            for request in self.accepted.values()
            if kind == request.command.TYPE
        ]
