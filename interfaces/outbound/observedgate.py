"""The gate as doors and workers use it: each command counted, traced, and named in the logs."""

import contextlib
import logging
from collections.abc import Iterator

from application.ports.gate import Accepted, Gate, Request, StoreUnavailable
from domain.kernel.ids import command_id, correlation_id
from domain.kernel.refusal import Refused
from interfaces.outbound.postgres.metering import count_verdict
from interfaces.telemetry import traces
from interfaces.telemetry.context import working_on

_log = logging.getLogger("tallystick.gate")


class Observation:
    """One command on its way: what is dispatched, and what was answered."""

    def __init__(self, request: Request, span: traces.CommandSpan | None) -> None:
        self.request = request
        self._span = span

    def names(self) -> dict[str, str]:
        """Name the command for the logs."""
        command = command_id(self.request.actor, self.request.key)
        correlation = self.request.correlation or correlation_id(command)
        return {"command": command, "correlation": correlation}

    def answered(self, verdict: Accepted | BaseException) -> None:
        """Count and trace the answer."""
        count_verdict(self.request.command.TYPE, verdict)
        if self._span is not None:
            self._span.answered(verdict)


@contextlib.contextmanager
def observed(request: Request) -> Iterator[Observation]:
    """Observe a command from here to its answer; an exception is one."""
    tracer = traces.tracer()
    if tracer is None:
        yield from _observed(Observation(request, None))
    else:
        with tracer.dispatching(request) as span:
            yield from _observed(Observation(span.request, span))


def _observed(observation: Observation) -> Iterator[Observation]:
    with working_on(observation.names):
        try:
            yield observation
        except Exception as error:
            observation.answered(error)
            if not isinstance(error, Refused | StoreUnavailable):
                _log.error("%s failed", observation.request.command.TYPE, exc_info=error)
            raise


class ObservedGate:
    """A gate that observes what passes; it is a `Gate` itself."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def dispatch(self, request: Request) -> Accepted:
        """Decide and write; the port's `Gate` says what it raises."""
        with observed(request) as observation:
            accepted = await self._gate.dispatch(observation.request)
            observation.answered(accepted)
            return accepted
