"""The one gate for commands, as doors, workers and the story see it."""

from typing import Protocol

import msgspec

from domain.kernel.command import Command
from domain.kernel.event import Authorisation, Recorded
from domain.kernel.roles import Role


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A command with who sends it, in which role, under which idempotency key.

    ``authorisation`` is the sender's own signature over it, and is kept in its events.
    """

    command: Command
    actor: str
    role: Role
    key: str
    correlation: str | None = None
    cause: int | None = None
    authorisation: Authorisation | None = None


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """A command's events as they lie on the log; empty when nothing had to change.

    ``position`` is the last position written (or, for an empty answer, decided upon);
    ``replayed`` tells that an earlier dispatch of the same command wrote them.
    """

    command: str
    events: tuple[Recorded, ...]
    position: int
    replayed: bool = False


class Gate(Protocol):
    """Decides commands and writes their events."""

    async def dispatch(self, request: Request) -> Accepted:
        """Decide and write; returns when the events are durable.

        Raises Refused (a decision, nothing was written; also for a role that may not, for an
        idempotency key of another request and for one still in flight), StoreUnavailable
        (nothing was written, or it will be found under the same key).
        """
        ...


class StoreUnavailable(Exception):
    """The log cannot be reached now; the same request may be sent again."""


class LogRegressed(StoreUnavailable):
    """The log is shorter than, or another than, what this node has signed: nothing is written.

    ``kept`` is the size of the checkpoint that was signed, ``size`` that of the log now.
    """

    def __init__(self, *, kept: int, size: int) -> None:
        super().__init__(f"the log of {size} events is not the one signed at {kept} events")
        self.kept = kept
        self.size = size
