"""What one turn of the writer works on: waiting commands, and what it decides about them."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

import msgspec

from application import envelopes
from application.dispatch import KeyReused, MissingStreams, first_streams
from application.draft import Streams
from application.ports.gate import Accepted, Request
from domain.kernel.refusal import Refused
from interfaces.outbound.deciding import Batch
from interfaces.outbound.postgres.appending import Appended, Found

BATCH_EVENTS_MAX: Final = 1_000
BATCH_BYTES_MAX: Final = 1_000_000
TURNS_MAX: Final = 64

_log = logging.getLogger("tallystick.writer")


class Counts(msgspec.Struct):
    """What a writer has done since it started."""

    turns: int = 0
    appends: int = 0
    events: int = 0
    replays: int = 0
    misses: int = 0
    losses: int = 0


class Pending:
    """A command that waits for its verdict."""

    __slots__ = (
        "alone",
        "command",
        "hash",
        "losses",
        "must_look",
        "request",
        "streams",
        "tried",
        "turns",
        "verdict",
    )

    def __init__(
        self, request: Request, *, command: str, wish: bytes, verdict: "asyncio.Future[Accepted]"
    ) -> None:
        self.request = request
        self.command = command
        self.hash = wish
        self.verdict = verdict
        self.streams: Streams | None = None
        self.alone = False
        self.must_look = False
        self.turns = 0
        self.losses = 0
        self.tried: tuple[bytes, ...] = ()
        """Chain values of the first events under which it was decided, sent or not."""

    @property
    def wanted(self) -> Streams:
        """The streams that its handler is known to ask for; found only when somebody looks."""
        if self.streams is None:
            self.streams = first_streams(self.request)
        return self.streams


class Turn:
    """What a turn has decided: nothing of it counts before it is written."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.verdicts: list[tuple[Pending, Accepted | Exception]] = []
        self.appended: list[Appended] = []
        self.postponed: list[Pending] = []
        self.events = 0
        self.bytes = 0

    @property
    def is_full(self) -> bool:
        """Whether no more commands should be added."""
        return self.events >= BATCH_EVENTS_MAX or self.bytes >= BATCH_BYTES_MAX


def decide_blindly(batch: Batch, taken: Sequence[Pending]) -> Turn | None:
    """Decide without a look, when all that is answered will be proved by the append.

    An append that gets through shows that our head was the last row, and the table's unique
    key that none of its commands was there before. Whatever adds no event has no such proof:
    it waits for the next turn, which looks first. Nothing when all of it must look.
    """
    if any(one.must_look for one in taken):
        return None
    turn = decide(batch, taken)
    if not turn.appended:
        return None
    proved: list[tuple[Pending, Accepted | Exception]] = []
    unproved: list[Pending] = []
    for pending, verdict in turn.verdicts:
        if isinstance(verdict, Accepted) and verdict.events:
            proved.append((pending, verdict))
        else:
            pending.must_look = True
            unproved.append(pending)
    turn.verdicts, turn.postponed = proved, unproved + turn.postponed
    return turn


def decide(batch: Batch, taken: Sequence[Pending]) -> Turn:
    """Decide commands one after the other; a handler that raises harms nobody else."""
    turn = Turn(batch)
    for pending in taken:
        if turn.is_full:
            turn.postponed.append(pending)
            continue
        try:
            _decide_one(pending, turn)
        except MissingStreams as missing:
            _postpone(pending, missing, turn)
        except Refused as refused:
            turn.verdicts.append((pending, refused))
        except Exception as defect:
            # Its text may quote the command: type and place are enough to find the defect.
            _log.error("%s failed: %s", pending.request.command.TYPE, type(defect).__name__)
            turn.verdicts.append((pending, defect))
    return turn


def _decide_one(pending: Pending, turn: Turn) -> None:
    decided = turn.batch.decide(pending.request, pending.command)
    if decided.events:
        turn.appended.append(Appended(decided.events, pending.hash))
        turn.events += len(decided.events)
        turn.bytes += sum(len(event.body) for event in decided.events)
        pending.tried += (decided.events[0].chain,)
    accepted = Accepted(command=pending.command, events=decided.events, position=decided.position)
    turn.verdicts.append((pending, accepted))


def _postpone(pending: Pending, missing: MissingStreams, turn: Turn) -> None:
    pending.turns += 1
    pending.streams = tuple(dict.fromkeys((*pending.wanted, *missing.streams)))
    pending.must_look = True  # only a look fetches them
    if pending.turns > TURNS_MAX:
        turn.verdicts.append((pending, RuntimeError("a command never stops asking")))
    else:
        turn.postponed.append(pending)


def replay(pending: Pending, found: Found) -> Accepted | Exception:
    """Answer a command that is on the log already, rebuilt from its events (FORMATS 9)."""
    if found.request_hash != pending.hash:
        return Refused(KeyReused())
    try:
        events = tuple(
            envelopes.read(event.position, event.body, event.chain) for event in found.events
        )
    except (LookupError, msgspec.ValidationError) as fault:
        return fault
    return Accepted(
        command=pending.command,
        events=events,
        position=events[-1].position,
        # After a lost connection it may be this very dispatch that finds its own events.
        replayed=found.events[0].chain not in pending.tried,
    )
