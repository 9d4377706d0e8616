"""A state machine that sends whatever in whatever order to the nodes of one log.

Beside it stands a pure model. After each step the log must hold exactly what the model says:
content, versions, gapless positions, a chain that recomputes; and each caller must have heard
what the model can explain by some order of the commands that were sent together.
"""

from collections.abc import Awaitable, Sequence
from typing import Any, Final, Protocol, TypeVar

import msgspec
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from typing_extensions import override

from application.authority import COMMAND_ROLES
from application.dispatch import HANDLERS, InFlight, KeyReused
from application.ports.gate import Accepted, Request
from application.ports.log import LogReader
from domain.account.state import ACCOUNT, Account
from domain.integrity.chain import extend, genesis
from domain.kernel.event import Recorded
from domain.kernel.ids import command_id
from domain.kernel.money import LARGEST
from domain.kernel.refusal import Refused
from tests.conformance.gate import check_log
from tests.conformance.ledger import ACCOUNTS, Fact, Ledger, Script, Step, play
from tests.conformance.script import LOG, FixedClock, opening, request

T = TypeVar("T")
Verdict = Accepted | BaseException

STEPS: Final = st.builds(
    Step,
    kind=st.sampled_from(("move", "hold", "post", "release")),
    account=st.sampled_from(ACCOUNTS),
    other=st.sampled_from(ACCOUNTS),
    name=st.sampled_from(("n", "m")),
    amount=st.one_of(st.integers(1, 30), st.sampled_from((0, LARGEST))),
)
SCRIPTS: Final = st.lists(STEPS, min_size=1, max_size=4).map(tuple)
NODES: Final = st.sampled_from((0, 1))
PHASES: Final = (Phase.explicit, Phase.reuse, Phase.generate)
"""No shrinking: each try is a real log, and a failing one is replayed by its seed."""
INSTANTS: Final = st.integers(0, 59).map(lambda minute: f"2026-05-22T09:{minute:02d}:00.000000Z")


class Nodes(Protocol):
    """What the machine drives: two nodes of one log, and ways to trouble them."""

    @property
    def reader(self) -> LogReader:
        """A reader of their log."""
        ...

    def run(self, work: Awaitable[T]) -> T:
        """Let something happen in the nodes' event loop."""
        ...

    async def dispatch_all(self, sent: Sequence[tuple[int, Request]]) -> list[Verdict]:
        """Send each request to its node, all at once, and tell the verdicts in this order."""
        ...

    def restart(self, node: int) -> None:
        """Let a node forget everything."""
        ...

    def cut(self, node: int) -> None:
        """End a node's session behind its back."""
        ...

    def lose_answer(self, node: int) -> None:
        """Let the next append be written and its answer be lost."""
        ...

    def append_stale(self, node: int) -> bool:
        """Append behind an event that is not the last one; tell whether it was written."""
        ...

    def close(self) -> None:
        """End everything."""
        ...


class Sent(msgspec.Struct, frozen=True):
    """A command on its way: through which node, under which key, what it wants."""

    node: int
    key: str
    script: Script

    @property
    def request(self) -> Request:
        """The request for the gate."""
        return request(self.script, self.key)


class LogMachine(RuleBasedStateMachine):
    """Subclasses say by `nodes` what is driven."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FixedClock()
        self.driven = self.nodes()
        self.ledger = Ledger()
        self.expected: list[Fact] = []
        self.answers: dict[str, tuple[Script, Accepted]] = {}
        self.sent: list[Sent] = []
        self.read: list[Recorded] = []
        self.link = genesis(LOG)
        self.versions: dict[str, int] = {}
        self.count = 0

    def nodes(self) -> Nodes:
        """Start two nodes on an empty log."""
        raise NotImplementedError

    @initialize()
    def open(self) -> None:
        """Open the log, the accounts and give everybody something to move."""
        [opened] = self.driven.run(self.driven.dispatch_all([(0, opening())]))
        assert isinstance(opened, Accepted)
        [first] = opened.events
        self.read.append(first)
        self.link, self.versions = extend(1, self.link, first.body), {first.stream: 1}
        self.expected.append((first.stream, first.envelope.type, {}))
        steps = [Step("open", stream) for stream in ACCOUNTS]
        steps += [Step("move", ACCOUNTS[0], stream, amount=100) for stream in ACCOUNTS[1:4]]
        self._send([self._new(0, tuple(steps))])

    @rule(node=NODES, steps=SCRIPTS, fails=st.sampled_from((False, False, False, True)))
    def one(self, node: int, steps: tuple[Step, ...], fails: bool) -> None:
        self._send([self._new(node, steps, fails=fails)])

    @rule(wanted=st.lists(st.tuples(NODES, SCRIPTS), min_size=2, max_size=6))
    def several_at_once(self, wanted: list[tuple[int, tuple[Step, ...]]]) -> None:
        self._send([self._new(node, steps) for node, steps in wanted])

    @rule(node=NODES, which=st.integers(0), twice=st.booleans(), steps=SCRIPTS)
    def repeat(self, node: int, which: int, twice: bool, steps: tuple[Step, ...]) -> None:
        """Send an earlier request again, perhaps twice at once, beside a new one."""
        earlier = self.sent[which % len(self.sent)]
        again = Sent(node, earlier.key, earlier.script)
        other = Sent(1 - node, earlier.key, earlier.script)
        self._send([again, *([other] if twice else []), self._new(node, steps)])

    @rule(node=NODES, which=st.integers(0), steps=SCRIPTS)
    def reuse_a_key(self, node: int, which: int, steps: tuple[Step, ...]) -> None:
        """Send another request under an earlier key."""
        self._send([Sent(node, self.sent[which % len(self.sent)].key, Script(steps=steps))])

    @rule(node=NODES)
    def restart(self, node: int) -> None:
        self.driven.restart(node)

    @rule(node=NODES)
    def cut(self, node: int) -> None:
        self.driven.cut(node)

    @rule(node=NODES, wanted=st.lists(SCRIPTS, min_size=1, max_size=3))
    def lose_the_answer(self, node: int, wanted: list[tuple[Step, ...]]) -> None:
        """The commit gets through and nobody hears of it: ambiguous until it is looked up."""
        self.driven.lose_answer(node)
        self._send([self._new(node, steps) for steps in wanted])

    @rule(node=NODES)
    def append_behind_an_old_head(self, node: int) -> None:
        assert not self.driven.append_stale(node)

    @rule(instant=INSTANTS)
    def set_the_clock(self, instant: str) -> None:
        """Forwards or backwards."""
        self.clock.at = instant

    @invariant()
    def the_log_is_what_the_model_says(self) -> None:
        for event in self.driven.reader.read(len(self.read), 10_000):
            position = len(self.read) + 1
            stream, kind, data = self.expected[position - 1]
            self.link = extend(position, self.link, event.body)
            self.versions[stream] = self.versions.get(stream, 0) + 1
            assert (event.position, event.stream, event.fact.TYPE) == (position, stream, kind)
            assert msgspec.structs.asdict(event.fact) == data
            assert event.envelope.version == self.versions[stream]
            assert event.chain == self.link
            assert event.at >= self.read[-1].at
            self.read.append(event)
        assert len(self.read) == len(self.expected)

    @override
    def teardown(self) -> None:
        try:
            if self.read:
                assert check_log(self.driven.reader) == len(self.expected)
                self._repeat_everything()
                self._compare_books()
        finally:
            self.driven.close()

    def _new(self, node: int, steps: tuple[Step, ...], *, fails: bool = False) -> Sent:
        self.count += 1
        return Sent(node, f"key-{self.count}", Script(steps=steps, fails=fails))

    def _send(self, sent: list[Sent]) -> None:
        wanted = [(one.node, one.request) for one in sent]
        verdicts = self.driven.run(self.driven.dispatch_all(wanted))
        self.sent += sent
        self._explain(list(zip(sent, verdicts, strict=True)))

    def _explain(self, heard: list[tuple[Sent, Verdict]]) -> None:
        """Find the order in which the commands were decided, and hold the verdicts against it."""
        before = len(self.expected)
        moments = [self.ledger]
        for one, accepted in sorted(_fresh(heard), key=lambda pair: pair[1].position):
            assert one.key not in self.answers
            outcome = self.ledger.after(one.script)
            assert not isinstance(outcome, str), outcome
            self.ledger, facts = outcome
            moments.append(self.ledger)
            first = len(self.expected) + 1
            assert facts
            assert [event.position for event in accepted.events] == list(
                range(first, first + len(facts))
            )
            assert {event.envelope.command for event in accepted.events} == {
                command_id("process:test", one.key)
            }
            self.expected += facts
            self.answers[one.key] = one.script, accepted
        for one, verdict in heard:
            self._judge(one, verdict, moments)
            if isinstance(verdict, Accepted):
                assert before <= verdict.position <= len(self.expected) or verdict.replayed

    def _judge(self, one: Sent, verdict: Verdict, moments: list[Ledger]) -> None:
        known = self.answers.get(one.key)
        match verdict:
            case Accepted(events=()):
                assert known is None
                assert [] in [_facts(one.script, moment) for moment in moments]
            case Accepted():
                assert known is not None
                assert known[0] == one.script
                assert verdict.events == known[1].events
                assert verdict.position == known[1].position
            case Refused(refusal=KeyReused()):
                assert known is not None
                assert known[0] != one.script
            case Refused(refusal=InFlight()):
                assert sum(each.key == one.key for each in self.sent) > 1
            case Refused():
                assert known is None
                codes = [_facts(one.script, moment) for moment in moments]
                assert verdict.refusal.CODE in codes
            case ZeroDivisionError():
                assert one.script.fails
            case _:
                raise verdict

    def _repeat_everything(self) -> None:
        """Each key that acted is answered as at first, by a node that remembers nothing."""
        self.driven.restart(0)
        for key, (script, accepted) in self.answers.items():
            [again] = self.driven.run(self.driven.dispatch_all([(0, request(script, key))]))
            assert isinstance(again, Accepted)
            assert again.replayed
            assert (again.events, again.position) == (accepted.events, accepted.position)
        assert self.driven.reader.head().position == len(self.expected)

    def _compare_books(self) -> None:
        books = self.ledger.books
        for stream, book in books.items():
            events = self.driven.reader.read_stream(stream)
            state: Account = ACCOUNT.fold(event.fact for event in events)
            assert (state.balance, state.held, state.holds) == (book.balance, book.held, book.holds)
        assert sum(book.balance for book in books.values()) == 0


def _fresh(heard: list[tuple[Sent, Verdict]]) -> list[tuple[Sent, Accepted]]:
    return [
        (one, verdict)
        for one, verdict in heard
        if isinstance(verdict, Accepted) and verdict.events and not verdict.replayed
    ]


def _facts(script: Script, ledger: Ledger) -> list[Fact] | str:
    outcome = ledger.after(script)
    return outcome if isinstance(outcome, str) else outcome[1]


def run_machine(machine: type[LogMachine], monkeypatch: pytest.MonkeyPatch) -> None:
    """Try a machine as hard as the profile says; each of its examples is a log of its own."""
    roles: dict[Any, Any] = COMMAND_ROLES
    handlers: dict[Any, Any] = HANDLERS
    monkeypatch.setitem(roles, Script, {"process": "all"})
    monkeypatch.setitem(handlers, Script, play)
    tries = max(10, settings().max_examples // 8)
    limits = settings(
        max_examples=tries, stateful_step_count=25, phases=PHASES, report_multiple_bugs=False
    )
    run_state_machine_as_test(machine, settings=limits)
