"""The tracer over OpenTelemetry's SDK, and its export to a collector as OTLP over HTTP.

Imported only where traces are switched on. Which traces are kept follows from the trace's id
alone, so all processes agree; a caller's wish in its ``traceparent`` is not asked. Spans carry
ids, types, codes and positions, never a person, a key, an amount, an address or a text.
"""

import contextlib
import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AnyValue, Attributes

from application.ports.gate import Accepted, Request
from domain.kernel.event import Recorded
from domain.kernel.ids import command_id, correlation_id
from domain.kernel.refusal import Refused
from interfaces.telemetry.spanids import (
    ByTrace,
    Ids,
    chosen,
    correlation_of,
    span_id_of,
    trace_id_of,
)

LINKS_MAX: Final = 64
"""How many commands a span of a batch names at most."""

EXPORT_SECONDS: Final = 1.0
ANSWER_SECONDS: Final = 2.0


class _RequestSpan:
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def answered(self, method: str, route: str, status: int) -> None:
        """Say what was answered."""
        self._span.update_name(f"{method} {route}")
        self._span.set_attributes(
            {
                "http.request.method": method,
                "http.route": route,
                "http.response.status_code": status,
            }
        )
        if status >= 500 or not status:
            self._span.set_status(Status(StatusCode.ERROR))


class _CommandSpan:
    def __init__(self, span: trace.Span, request: Request) -> None:
        self._span = span
        self.request = request

    def answered(self, verdict: Accepted | BaseException) -> None:
        """Say what came of the command."""
        if isinstance(verdict, Accepted):
            self._span.set_attribute("tallystick.position", verdict.position)
            self._span.set_attribute("tallystick.events", len(verdict.events))
            self._span.set_attribute("tallystick.replayed", verdict.replayed)
        elif isinstance(verdict, Refused):
            self._span.set_attribute("tallystick.refusal", verdict.refusal.CODE)
        else:
            self._span.set_status(Status(StatusCode.ERROR, type(verdict).__name__))


class OpenTelemetryTracer:
    """A `traces.Tracer`; ``stop`` sends what is left."""

    def __init__(self, process: str, processor: SpanProcessor, *, share: float = 1.0) -> None:
        self._sampler = ByTrace(share)
        self._provider = TracerProvider(
            sampler=self._sampler,
            resource=Resource({"service.name": f"tallystick-{process}"}),
            shutdown_on_exit=False,
            id_generator=Ids(),
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("tallystick")
        self._propagator = TraceContextTextMapPropagator()
        self._dispatched: dict[str, SpanContext] = {}

    def stop(self) -> None:
        """Send what is left, and nothing more."""
        self._provider.shutdown()

    @contextlib.contextmanager
    def serving(self, headers: Mapping[str, str]) -> Iterator[_RequestSpan]:
        """Span an HTTP request, under the caller's ``traceparent`` where it sent one."""
        parent = self._propagator.extract(headers, context=Context())
        with self._span("HTTP", parent, kind=SpanKind.SERVER) as span:
            yield _RequestSpan(span)

    @contextlib.contextmanager
    def dispatching(self, request: Request) -> Iterator[_CommandSpan]:
        """Span a command from the door to its answer.

        In the trace of the request or event behind it; the correlation on the log becomes the
        id of that trace. A command that nothing is behind begins the trace of its correlation.
        """
        command = command_id(request.actor, request.key)
        around = trace.get_current_span().get_span_context()
        correlation = request.correlation
        if correlation is None and around.is_valid:
            correlation = correlation_of(around.trace_id)
        correlation = correlation or correlation_id(command)
        names = {"tallystick.command": command, "tallystick.correlation": correlation}
        trace_id = trace_id_of(correlation)
        parent = None if around.trace_id == trace_id else Context()
        with chosen(trace_id, random.getrandbits(64) or 1):
            span = self._tracer.start_span(
                f"dispatch {request.command.TYPE}", parent, attributes=names
            )
        with trace.use_span(span, end_on_exit=True, **_QUIET):
            own = self._dispatched.setdefault(command, span.get_span_context())
            try:
                yield _CommandSpan(span, msgspec.structs.replace(request, correlation=correlation))
            finally:
                if own is span.get_span_context():
                    del self._dispatched[command]

    @contextlib.contextmanager
    def following(self, recorded: Recorded) -> Iterator[None]:
        """Let what happens because of an event belong to the command that wrote it."""
        above = self._written_by(recorded)
        if trace.get_current_span().get_span_context().trace_id == above.trace_id:
            yield  # a worker's own span is above already
            return
        with trace.use_span(NonRecordingSpan(above), **_QUIET):
            yield

    @contextlib.contextmanager
    def working(self, name: str, recorded: Recorded) -> Iterator[None]:
        """Span what a worker does because of an event."""
        with self._span(name, self._beneath(recorded), attributes=_names(recorded)):
            yield

    @contextlib.contextmanager
    def folding(
        self, view: str, events: Sequence[Recorded], types: Collection[str]
    ) -> Iterator[None]:
        """Span the folding of events of these types: beneath the first command that wrote some,
        linked with the others.
        """
        commands = {
            event.envelope.command: event for event in events if event.envelope.type in types
        }
        kept = [
            event
            for event in commands.values()
            if self._sampler.keeps(trace_id_of(event.envelope.correlation))
        ]
        if not kept:
            yield
            return
        links = [Link(self._written_by(event)) for event in kept[1 : LINKS_MAX + 1]]
        attributes: dict[str, AnyValue] = {
            **_names(kept[0]),
            "tallystick.view": view,
            "tallystick.events": len(events),
            "tallystick.last_position": events[-1].position,
        }
        parent = self._beneath(kept[0])
        with self._span(f"fold {view}", parent, attributes=attributes, links=links):
            yield

    def appended(self, batch: Sequence[Sequence[Recorded]], *, began: int, ended: int) -> None:
        """Span the writing of a batch for each of its commands; instants in nanoseconds."""
        for events in batch:
            last = events[-1]
            command, trace_id = last.envelope.command, trace_id_of(last.envelope.correlation)
            if not self._sampler.keeps(trace_id):
                continue
            above = self._dispatched.get(command)
            parent = Context() if above is None else _under(above)
            attributes: dict[str, AnyValue] = {
                **_names(last),
                "tallystick.batch": len(batch),
                "tallystick.events": len(events),
                "tallystick.position": last.position,
            }
            with chosen(trace_id, span_id_of(command)):
                span = self._tracer.start_span(
                    "append", parent, attributes=attributes, start_time=began
                )
            span.end(ended)

    def _written_by(self, recorded: Recorded) -> SpanContext:
        trace_id = trace_id_of(recorded.envelope.correlation)
        flags = trace.TraceFlags.SAMPLED if self._sampler.keeps(trace_id) else 0
        return SpanContext(
            trace_id,
            span_id_of(recorded.envelope.command),
            is_remote=True,
            trace_flags=trace.TraceFlags(flags),
        )

    def _beneath(self, recorded: Recorded) -> Context:
        return _under(self._written_by(recorded))

    @contextlib.contextmanager
    def _span(
        self,
        name: str,
        parent: Context,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes = None,
        links: Sequence[Link] = (),
    ) -> Iterator[trace.Span]:
        with self._tracer.start_as_current_span(
            name, parent, kind=kind, attributes=attributes, links=links, **_QUIET
        ) as span:
            try:
                yield span
            except Exception as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise


_QUIET: Final = {"record_exception": False, "set_status_on_exception": False}
"""The SDK would write an exception's text into the span; the text may quote a person."""


def _under(above: SpanContext) -> Context:
    return trace.set_span_in_context(NonRecordingSpan(above), Context())


def _names(recorded: Recorded) -> dict[str, str]:
    envelope = recorded.envelope
    return {"tallystick.command": envelope.command, "tallystick.correlation": envelope.correlation}


def exporting(process: str, url: str, *, share: float) -> OpenTelemetryTracer:
    """Make a tracer that sends to a collector, in the background; what it cannot take is lost."""
    exporter = OTLPSpanExporter(endpoint=url, timeout=ANSWER_SECONDS)
    processor = BatchSpanProcessor(
        exporter,
        schedule_delay_millis=EXPORT_SECONDS * 1000,
        export_timeout_millis=ANSWER_SECONDS * 1000,
    )
    return OpenTelemetryTracer(process, processor, share=share)
