"""How workers and processes send commands: under their own names, refusals as answers."""

from typing import Protocol

from application.dispatch import InFlight
from application.ports.gate import Accepted, Request, StoreUnavailable
from domain.kernel.command import Command
from domain.kernel.event import Recorded
from domain.kernel.refusal import Refusal, Refused
from interfaces.telemetry.traces import following


class SyncGate(Protocol):
    """The gate for callers without an event loop."""

    def dispatch(self, request: Request) -> Accepted:
        """Decide and write; see `application.ports.gate.Gate.dispatch`."""
        ...


class Sender:
    """Sends commands of one process."""

    def __init__(self, gate: SyncGate, name: str) -> None:
        self._gate = gate
        self.actor = f"process:{name}"

    def send(self, command: Command, key: str, *, cause: Recorded | None = None) -> Accepted:
        """Send a command; raises Refused and StoreUnavailable.

        ``cause`` is the event that set it off: it shares that event's correlation (FORMATS 1).

        A command that is still being decided counts as not heard of yet: it is sent again.
        """
        request = Request(
            command=command,
            actor=self.actor,
            role="process",
            key=key[:255],
            correlation=None if cause is None else cause.envelope.correlation,
            cause=None if cause is None else cause.position,
        )
        try:
            with following(cause):
                return self._gate.dispatch(request)
        except Refused as refused:
            if isinstance(refused.refusal, InFlight):
                raise StoreUnavailable(refused.refusal.CODE) from refused
            raise

    def tell(
        self, command: Command, key: str, *, cause: Recorded | None = None
    ) -> Accepted | Refusal:
        """Send a command whose refusal is an answer like another; raises StoreUnavailable."""
        try:
            return self.send(command, key, cause=cause)
        except Refused as refused:
            return refused.refusal
