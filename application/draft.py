"""The working set of one decision: the states it read and the facts it adds, in order."""

from collections.abc import Callable, Generator, Mapping
from typing import Any, TypeVar, cast

from domain.kernel.aggregate import Aggregate
from domain.kernel.command import Command, Context
from domain.kernel.event import Event
from domain.kernel.refusal import Refusal, Refused

S = TypeVar("S")
Streams = tuple[str, ...]
States = Mapping[str, Any]
T = TypeVar("T")
Asking = Generator[Streams, States, T]
Loading = Generator[Streams, States, None]


class Draft:
    """Facts of one command over several streams, decided together or not at all.

    A handler asks for streams by ``yield from draft.load(...)``; whoever runs it answers with
    their states. Facts change the drafted state at once, so a later decision of the same
    command sees what an earlier one did.
    """

    def __init__(self) -> None:
        self._states: dict[str, Any] = {}
        self.facts: list[tuple[str, Event]] = []

    def load(self, *streams: str) -> Loading:
        """Ask for the states of streams that were not asked for before."""
        known = self._states
        if known or len(streams) > 1:
            streams = tuple(dict.fromkeys([name for name in streams if name not in known]))
        if streams:
            known.update((yield streams))

    def of(self, aggregate: Aggregate[S], stream: str) -> S:
        """Tell the drafted state of a stream; raises KeyError when it was not loaded."""
        return cast("S", self._states[stream])

    def state(self, stream: str) -> Any:
        """Tell the drafted state of a stream, whatever its aggregate; raises KeyError."""
        return self._states[stream]

    def add(
        self, aggregate: Aggregate[Any], stream: str, decision: list[Event] | Refusal
    ) -> list[Event]:
        """Take a decision's facts in; raises Refused when it is a refusal."""
        if isinstance(decision, Refusal):
            raise Refused(decision)
        state = self._states[stream]
        for fact in decision:
            state = aggregate.evolve(state, fact)
            self.facts.append((stream, fact))
        self._states[stream] = state
        return decision

    def absorb(self, other: "Draft") -> None:
        """Take in what another draft read and added: both become one decision."""
        self._states.update(other._states)  # noqa: SLF001 - a draft like this one
        self.facts.extend(other.facts)

    @staticmethod
    def demand(refusal: Refusal | None) -> None:
        """Go on only when there is no refusal; raises Refused."""
        if refusal is not None:
            raise Refused(refusal)


Handling = Generator[Streams, States, Draft]


C = TypeVar("C", bound=Command)


def single(
    aggregate: Aggregate[S],
    stream: Callable[[C], str],
    decide: Callable[[S, C], list[Event] | Refusal],
) -> Callable[[C, Context], Handling]:
    """Make the handler of a command that concerns one stream and needs nothing else."""

    def handle(command: C, _: Context) -> Handling:
        draft, name = Draft(), stream(command)
        yield from draft.load(name)
        draft.add(aggregate, name, decide(draft.of(aggregate, name), command))
        return draft

    return handle
