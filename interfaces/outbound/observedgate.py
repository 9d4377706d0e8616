"""The gate as doors and workers use it: each command counted, traced, and named in the logs."""

import contextlib
from collections.abc import Iterator

from application.ports.gate import Accepted, Gate, Request
from domain.kernel.ids import command_id, correlation_id
from interfaces.outbound.postgres.metering import count_verdict
from interfaces.telemetry import traces
from interfaces.telemetry.context import working_on


class Observation:
    """One command on its way: what is dispatched, and what was answered."""

    def __init__(self, request: Request, span: traces.CommandSpan | None) -> None:
        self.request = request
        self._span = span

    def answered(self, verdict: Accepted | BaseException) -> None:
        """Count and trace the answer."""
        count_verdict(self.request.command.TYPE, verdict)
        if self._span is not None:
            self._span.answered(verdict)


@contextlib.contextmanager
def observed(request: Request) -> Iterator[Observation]:
    """Observe a command from here to its answer; an exception is one."""
    with contextlib.ExitStack() as stack:
        tracer = traces.tracer()
        span = stack.enter_context(tracer.dispatching(request)) if tracer is not None else None
        observation = Observation(span.request if span is not None else request, span)
        command = command_id(request.actor, request.key)
        correlation = observation.request.correlation or correlation_id(command)
        stack.enter_context(working_on(command=command, correlation=correlation))
        try:
            yield observation
        except Exception as error:
            observation.answered(error)
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
