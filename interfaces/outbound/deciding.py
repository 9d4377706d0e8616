"""The working memory of whoever writes a log: its head, the states of streams, a draft batch.

A `Desk` stands at one position of the log: every state that it keeps is the state at its head.
A `Batch` decides commands behind the head, each seeing what the ones before it decided; nothing
of it counts until `settle`, so a batch that could not be written is simply forgotten.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

import msgspec
from typing_extensions import override

from application import envelopes
from application.dispatch import decide
from application.envelopes import Body, Entropy, Provenance
from application.ports.gate import Request
from application.ports.log import Head
from application.ports.world import Clock
from domain.catalogue import UnknownEventError, aggregate_for
from domain.integrity import chain
from domain.integrity.canonical import NotCanonicalError
from domain.kernel.event import Envelope, Event, Recorded
from domain.kernel.ids import correlation_id
from domain.kernel.refusal import InvalidField, NotFound, Refusal, Refused
from domain.log.events import LogOpened
from interfaces.outbound.snapshotting import Base

STREAMS_MAX: Final = 100_000
"""States that a desk keeps between batches, by default."""

_read_envelope = msgspec.json.Decoder(Envelope).decode


class Logged(msgspec.Struct, frozen=True):
    """An event as bytes, as a store gives it back."""

    position: int
    stream: str
    version: int
    body: bytes
    chain: bytes


class Standing(msgspec.Struct, frozen=True):
    """A stream's state and its last version; or why its events cannot be read."""

    state: Any
    version: int
    fault: Exception | None = None


class Decided(msgspec.Struct, frozen=True):
    """What a command adds to the log: the events as they will lie there, and where it stood."""

    events: tuple[Recorded, ...]
    position: int


def open_head(log: str) -> Head:
    """Give the head of a log that holds nothing yet."""
    return Head(0, chain.genesis(log), "")


def last_head(event: Logged) -> Head:
    """Give the head of a log that ends with this event."""
    return Head(event.position, event.chain, _read_envelope(event.body).at)


class Desk:
    """Head and states of one log, with the clock and the entropy of its writer."""

    def __init__(
        self, log: str, clock: Clock, entropy: Entropy, *, streams_max: int = STREAMS_MAX
    ) -> None:
        self.log = log
        self.clock = clock
        self.entropy = entropy
        self.head = open_head(log)
        self._standings: dict[str, Standing] = {}
        self._streams_max = streams_max

    def knows(self, stream: str) -> bool:
        """Say whether the desk keeps this stream's state."""
        return stream in self._standings

    def standing(self, stream: str) -> Standing:
        """Tell a stream's state; raises KeyError when it is not kept."""
        return self._standings[stream]

    def jump(self, head: Head) -> None:
        """Stand at another position of the log and forget all states."""
        self._standings.clear()
        self.head = head

    def install(self, stream: str, events: list[Logged], base: Base | None = None) -> None:
        """Keep a stream's state, from all its events up to the head, or all behind a base."""
        self._standings.pop(stream, None)
        version = len(events) + (base.version if base else 0)
        try:
            recorded = [_recorded(event) for event in events]
            aggregate = aggregate_for(stream)
            start = base.state if base else aggregate.empty
            state = aggregate.fold((event.fact for event in recorded), start)
        except (UnknownEventError, msgspec.ValidationError, KeyError, TypeError) as fault:
            # Kept as a fault: whoever asks for the stream is told, nobody else is harmed.
            self._standings[stream] = Standing(None, version, fault)
        else:
            self._standings[stream] = Standing(state, version)

    def follow(self, events: list[Logged]) -> None:
        """Move the head over events that somebody else has written, in order."""
        for event in events:
            standing = self._standings.pop(event.stream, None)
            if standing is not None and standing.version + 1 == event.version:
                self._advance(event, standing)
        if events:
            self.head = last_head(events[-1])

    def _advance(self, event: Logged, standing: Standing) -> None:
        # Whatever cannot be folded stays forgotten; who asks for it gets it by `install`.
        try:
            state = aggregate_for(event.stream).evolve(standing.state, _recorded(event).fact)
        except (UnknownEventError, msgspec.ValidationError, KeyError, TypeError):
            return
        self._standings[event.stream] = Standing(state, event.version)

    def settle(self, batch: "Batch") -> None:
        """Take over what a batch decided, now that it is written."""
        self.head = batch.head
        for stream, standing in batch.changed.items():
            self._standings.pop(stream, None)  # so that the stream counts as recently used
            self._standings[stream] = standing

    def trim(self) -> None:
        """Forget the states that were not changed for longest, beyond the limit."""
        beyond = max(0, len(self._standings) - self._streams_max)
        for stream in list(islice(self._standings, beyond)):
            del self._standings[stream]


class Batch:
    """Commands decided one after the other behind a desk's head, or behind another batch.

    What stands behind a batch that was not written counts for nothing.
    """

    def __init__(self, desk: Desk, behind: "Batch | None" = None) -> None:
        self._desk = desk
        self._base: Desk | Batch = behind or desk
        self._now = desk.clock.now()
        self._states = _States(self)
        self.built_on: Head = self._base.head
        self.head: Head = self.built_on
        self.changed: dict[str, Standing] = {}

    def land(self) -> None:
        """Stand on the desk, now that it took over the batch before this one."""
        self._base = self._desk

    def standing(self, stream: str) -> Standing:
        """Tell a stream's state behind this batch; raises KeyError when it is not kept."""
        changed = self.changed.get(stream)
        return self._base.standing(stream) if changed is None else changed

    def knows(self, stream: str) -> bool:
        """Say whether the stream's state is kept."""
        return stream in self.changed or self._base.knows(stream)

    def decide(self, request: Request, command: str) -> Decided:
        """Decide one command; raises Refused, MissingStreams, or whatever a defect raises.

        After an exception the batch is as if the command had never been there.
        """
        at = max(self._now, self.head.at)
        draft = decide(request, at, self._states)
        facts = draft.facts
        if not facts:
            return Decided((), self.head.position)
        if not self.head.position and (refusal := self._refuse_opening(facts[0][1])):
            raise Refused(refusal)
        provenance = Provenance(
            log=self._desk.log,
            at=at,
            actor=request.actor,
            command=command,
            correlation=request.correlation or correlation_id(command),
            cause=request.cause,
            authorisation=request.authorisation,
        )
        versions = {stream: self.standing(stream).version for stream, _ in facts}
        try:
            bodies = envelopes.seal(facts, provenance, versions, self._desk.entropy)
        except NotCanonicalError as error:
            raise Refused(InvalidField(field="body", reason=str(error))) from error
        events = self._chained(bodies)
        versions.update((body.stream, body.version) for body in bodies)
        for stream, version in versions.items():
            self.changed[stream] = Standing(draft.state(stream), version)
        last = events[-1]
        self.head = Head(last.position, last.chain, at)
        return Decided(events, last.position)

    def _chained(self, bodies: list[Body]) -> tuple[Recorded, ...]:
        position, link = self.head.position, self.head.chain
        events = []
        for body in bodies:
            position += 1
            link = chain.extend(position, link, body.bytes)
            # Read back before it is written: a body that cannot be read never gets there.
            events.append(envelopes.read(position, body.bytes, link))
        return tuple(events)

    def _refuse_opening(self, first: Event) -> Refusal | None:
        """Position 1 of every log opens it under its own name (FORMATS 1)."""
        if not isinstance(first, LogOpened):
            return NotFound(kind="opened log", identity=self._desk.log)
        if first.origin != self._desk.log:
            return InvalidField(field="origin", reason=f"this log is {self._desk.log}")
        return None


class _States(Mapping[str, Any]):
    """The states behind a batch, as handlers ask for them."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    @override
    def __getitem__(self, stream: str) -> Any:
        standing = self._batch.standing(stream)
        if standing.fault is not None:
            raise standing.fault
        return standing.state

    @override
    def __contains__(self, stream: object) -> bool:
        return isinstance(stream, str) and self._batch.knows(stream)

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._batch.changed)

    @override
    def __len__(self) -> int:
        return len(self._batch.changed)


def _recorded(event: Logged) -> Recorded:
    return envelopes.read(event.position, event.body, event.chain)
