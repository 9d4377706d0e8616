"""Clients: seeded commands with idempotency keys, sent until each has a verdict, all remembered.

A client asks any node and asks again, under the same key, whenever it cannot know: the node died,
the store was away, no answer came. Of its own receipts and subject it knows what must come out,
so a command that was acted upon twice, or forgotten, shows at once.
"""

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Literal, Protocol

import msgspec

from domain.kernel.command import Command
from domain.kernel.ids import command_id
from domain.kernel.money import Money
from domain.receipt.commands import MatchReceipt, RecordReceipt
from domain.subject.commands import CreateSubject, FreezeSubject, UnfreezeSubject
from tools.soak.crew import Dead
from tools.soak.ground import subject_of
from tools.soak.node import Answer

RESOLVE_SECONDS: Final = 30.0
AGAIN_SECONDS: Final = 0.02
SHARED: Final = subject_of(0)

Expected = Literal["accepted", "refused", "either"]
Purpose = Literal["first", "repeat", "forgery"]


class Answers(Protocol):
    """Whoever takes commands: a node."""

    async def ask(self, kind: str, data: dict[str, Any], *, actor: str, key: str) -> Answer:
        """Send a command and wait for the verdict. Raises Dead."""
        ...


class Operation(msgspec.Struct, frozen=True):
    """A command under a key, and what must come of it."""

    command: Command
    key: str
    expected: Expected


class Heard(msgspec.Struct, kw_only=True):
    """A verdict that a client holds, with who asked for it how often and when it was told."""

    command: str
    key: str
    expected: Expected
    verdict: str
    code: str
    events: tuple[tuple[int, str], ...]
    replayed: bool
    heard: float
    asked: float = 0.0
    node: int = 0
    attempts: int = 1
    purpose: Purpose
    """A repeat and a forgery (another body) come after the key was accepted."""


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """How clients behave."""

    operations: int = 10
    patience_seconds: float = 6.0
    """After which a client asks again, perhaps another node."""
    pause_seconds: float = 0.008
    twins: float = 0.08
    """Share of commands that are sent twice at once."""
    repeats: float = 0.08
    """Share of commands that are followed by a repeat of an earlier one."""
    forgeries: float = 0.04
    """Share of commands that are followed by another body under an old key."""


class Client:
    """One caller; `run` works until the operations are done and ``settled`` says so."""

    def __init__(
        self,
        number: int,
        seed: str,
        nodes: Callable[[], Sequence[tuple[int, Answers]]],
        habits: Habits,
    ) -> None:
        self.actor = f"process:client-{number}"
        self.heard: list[Heard] = []
        self.unresolved: list[str] = []
        self.turned_away = 0
        self.longest: tuple[float, float] = (0.0, 0.0)
        """When the command was first sent whose verdict took longest, and when it was told."""
        self.waits: list[tuple[int, float, float]] = []
        """Of each attempt: the node, when it was asked, when it answered or was given up."""
        self._number = number
        self._random = random.Random(f"{seed}/{number}")  # noqa: S311 - to be repeated
        self._nodes = nodes
        self._habits = habits
        self._accepted: list[Operation] = []

    async def run(self, settled: Callable[[], bool]) -> None:
        """Send one command after the other."""
        script = _script(self._number, self._random)
        count = 0
        while count < self._habits.operations or not settled():
            await self._carry_out(next(script))
            count += 1
            chance = self._random.random()
            if self._accepted and chance < self._habits.repeats:
                await self._send(self._random.choice(self._accepted), "repeat")
            elif self._accepted and chance < self._habits.repeats + self._habits.forgeries:
                await self._forge(self._random.choice(self._accepted))
            await asyncio.sleep(self._habits.pause_seconds * self._random.uniform(0.2, 1.8))

    async def repeat_some(self, count: int) -> None:
        """Repeat some of what was accepted: the same events must be told."""
        for operation in self._random.sample(self._accepted, min(count, len(self._accepted))):
            await self._send(operation, "repeat")

    async def _carry_out(self, operation: Operation) -> None:
        if self._random.random() < self._habits.twins:
            twins = asyncio.gather(self._send(operation), self._send(operation))
            verdicts = list(await twins)
        else:
            verdicts = [await self._send(operation)]
        if "accepted" in verdicts:
            self._accepted.append(operation)

    async def _forge(self, operation: Operation) -> None:
        other = CreateSubject(
            subject=f"forged-{self._number}", name="F", kind="person", country="GB", roles=()
        )
        await self._send(Operation(other, operation.key, "refused"), "forgery")

    async def _send(self, operation: Operation, purpose: Purpose = "first") -> str:
        """Ask until there is a verdict, and tell it."""
        begin, attempts = time.monotonic(), 0
        while time.monotonic() < begin + RESOLVE_SECONDS:
            if nodes := list(self._nodes()):
                number, node = self._random.choice(nodes)
                attempts += 1
                asked = time.monotonic()
                answer = await self._ask(node, operation)
                self.waits.append((number, asked, time.monotonic()))
                self.turned_away += answer is not None and answer.verdict == "unavailable"
                if answer is not None and _is_verdict(answer):
                    told = self._heard(operation, answer, purpose)
                    told.node, told.asked, told.attempts = number, asked, attempts
                    self.heard.append(told)
                    if told.heard - begin > self.longest[1] - self.longest[0]:
                        self.longest = (begin, told.heard)
                    return answer.verdict
            await asyncio.sleep(AGAIN_SECONDS * self._random.uniform(0.5, 1.5))
        self.unresolved.append(operation.key)
        return "unresolved"

    async def _ask(self, node: Answers, operation: Operation) -> Answer | None:
        data = msgspec.to_builtins(operation.command)
        try:
            async with asyncio.timeout(self._habits.patience_seconds):
                return await node.ask(
                    operation.command.TYPE, data, actor=self.actor, key=operation.key
                )
        except (Dead, TimeoutError):
            return None

    def _heard(self, operation: Operation, answer: Answer, purpose: Purpose) -> Heard:
        return Heard(
            command=command_id(self.actor, operation.key),
            key=operation.key,
            expected=operation.expected,
            verdict=answer.verdict,
            code=answer.code,
            events=answer.events,
            replayed=answer.replayed,
            heard=time.monotonic(),
            purpose=purpose,
        )


def _is_verdict(answer: Answer) -> bool:
    return answer.verdict != "unavailable" and answer.code != "in_flight"


def _script(number: int, chance: random.Random) -> Iterator[Operation]:
    """Give a client's commands without end; its own subject and receipts are nobody else's."""
    own, frozen, unmatched, turn = subject_of(1 + number), False, [], 0
    while True:
        turn += 1
        key = f"{turn}"
        receipt = f"r-{number}-{turn}"
        match chance.randrange(10):
            case 0 | 1 | 2 | 3:
                unmatched.append(receipt)
                yield Operation(_receipt(receipt, own, chance), key, "accepted")
            case 4 | 5 if unmatched:
                name = unmatched.pop(chance.randrange(len(unmatched)))
                yield Operation(MatchReceipt(receipt=name), key, "accepted")
            case 6 | 7:
                kind = UnfreezeSubject if frozen else FreezeSubject
                frozen = not frozen
                yield Operation(kind(subject=own), key, "accepted")
            case 8:
                kind = chance.choice((FreezeSubject, UnfreezeSubject))
                yield Operation(kind(subject=SHARED), key, "either")
            case _:
                never = MatchReceipt(receipt=f"never-{number}-{turn}")
                yield Operation(chance.choice((never, _again())), key, "refused")


def _again() -> CreateSubject:
    return CreateSubject(subject=SHARED, name="A", kind="person", country="GB", roles=())


def _receipt(name: str, subject: str, chance: random.Random) -> RecordReceipt:
    return RecordReceipt(
        receipt=name,
        amount=Money(chance.randint(1, 100_000), "GBP"),
        narration=f"DEPOSIT {subject}",
        counterparty="GB82WEST12345698765432",
        booked_at="2026-05-22T09:00:00Z",
    )
