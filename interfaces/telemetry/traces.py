"""Traces from a request to its events and to the views, off unless they are switched on.

The id of a trace *is* the correlation that the log keeps, and the span that wrote a command's
events has an id that follows from the command's id. So whoever reads an event, in any process
and at any time, knows the span that wrote it, and nothing but the log carries the trace along.

This module is what the processes call; without a tracer each call looks at one variable.
"""

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final, Protocol

from application.ports.gate import Accepted, Request
from domain.kernel.event import Recorded


class RequestSpan(Protocol):
    """The span of one HTTP request."""

    def answered(self, method: str, route: str, status: int) -> None:
        """Say what was answered: the template of the route, never the address."""
        ...


class CommandSpan(Protocol):
    """The span of one command."""

    @property
    def request(self) -> Request:
        """The request as it should be dispatched: with the correlation of its trace."""
        ...

    def answered(self, verdict: Accepted | BaseException) -> None:
        """Say what came of the command."""
        ...


class Tracer(Protocol):
    """Makes spans."""

    def serving(self, headers: Mapping[str, str]) -> AbstractContextManager[RequestSpan]:
        """Span an HTTP request, under the caller's ``traceparent`` where it sent one."""
        ...

    def dispatching(self, request: Request) -> AbstractContextManager[CommandSpan]:
        """Span a command from the door to its answer."""
        ...

    def following(self, recorded: Recorded) -> AbstractContextManager[None]:
        """Let what happens because of an event belong to the command that wrote it."""
        ...

    def working(self, name: str, recorded: Recorded) -> AbstractContextManager[None]:
        """Span what a worker does because of an event."""
        ...

    def folding(
        self, view: str, events: Sequence[Recorded], types: Collection[str]
    ) -> AbstractContextManager[None]:
        """Span the folding of events of these types, beneath the commands that wrote them."""
        ...

    def appended(self, batch: Sequence[Sequence[Recorded]], *, began: int, ended: int) -> None:
        """Span the writing of a batch for each of its commands; instants in nanoseconds."""
        ...


_tracers: Final[list[Tracer]] = []
"""At most one: the tracer of this process."""


def tracer() -> Tracer | None:
    """Tell this process's tracer, nothing while traces are off."""
    return _tracers[0] if _tracers else None


def switch(on: Tracer | None) -> None:
    """Use a tracer from now on, or none."""
    _tracers[:] = [] if on is None else [on]


def following(cause: Recorded | None) -> AbstractContextManager[None]:
    """Let what happens because of an event belong to the command that wrote it."""
    if cause is None or not _tracers:
        return contextlib.nullcontext()
    return _tracers[0].following(cause)


def working(name: str, recorded: Recorded) -> AbstractContextManager[None]:
    """Span what a worker does because of an event."""
    return _tracers[0].working(name, recorded) if _tracers else contextlib.nullcontext()


def folding(
    view: str, events: Sequence[Recorded], types: Collection[str]
) -> AbstractContextManager[None]:
    """Span the folding of events by a view."""
    return _tracers[0].folding(view, events, types) if _tracers else contextlib.nullcontext()


@contextlib.contextmanager
def tracing(process: str, url: str, *, share: float) -> Iterator[None]:
    """Send this process's traces to a collector while in here; without an address to nobody."""
    if not url:
        yield
        return
    # Loaded only where it is used: the SDK and the exporter take a tenth of a second.
    from interfaces.telemetry.otlp import exporting  # noqa: PLC0415

    sending = exporting(process, url, share=share)
    switch(sending)
    try:
        yield
    finally:
        switch(None)
        sending.stop()
