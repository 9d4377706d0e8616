"""What one turn of the writer works on: waiting commands, and what it decides about them."""

import asyncio
from typing import Final

import msgspec

from application import envelopes
from application.dispatch import KeyReused, first_streams
from application.ports.gate import Accepted, Request
from domain.kernel.refusal import Refused
from interfaces.outbound.deciding import Batch
from interfaces.outbound.postgres.appending import Appended, Found

BATCH_EVENTS_MAX: Final = 1_000
BATCH_BYTES_MAX: Final = 1_000_000


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
        "tried",
        "turns",
        "verdict",
        "wanted",
    )

    def __init__(
        self, request: Request, *, command: str, wish: bytes, verdict: "asyncio.Future[Accepted]"
    ) -> None:
        self.request = request
        self.command = command
        self.hash = wish
        self.verdict = verdict
        self.wanted = first_streams(request)
        self.alone = False
        self.must_look = False
        self.turns = 0
        self.losses = 0
        self.tried: tuple[bytes, ...] = ()
        """Chain values of the first events under which it was sent, heard of or not."""


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
