"""Traces: from a request over its events to the views, by what the log keeps and nothing else."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import httpx
import msgspec
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import format_span_id, format_trace_id

from domain.kernel.event import Recorded
from domain.kernel.refusal import Refused
from domain.subject.commands import SubmitOnboarding
from domain.subject.events import SubjectCreated
from interfaces.inbound.http.app import create_app
from interfaces.inbound.http.observing import Observed
from interfaces.outbound.observedgate import ObservedGate
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.views import fold_all, prepared
from interfaces.outbound.postgres.writer import Writer
from interfaces.telemetry import traces
from interfaces.telemetry.otlp import OpenTelemetryTracer
from interfaces.telemetry.spanids import ByTrace, correlation_of, span_id_of, trace_id_of
from interfaces.workers.follower import Follower
from interfaces.workers.gateway import Sender
from projections.registry import VIEWS
from tests.conformance.script import LOG, FixedClock, create, opening
from tests.interfaces.inbound.http.house import House
from tests.interfaces.telemetry.collector import Collector, collecting
from tests.interfaces.workers.parts import Places

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
PERSON = "ann@acme.example"


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    """Switch traces on, into memory."""
    memory = InMemorySpanExporter()
    tracer = OpenTelemetryTracer("test", SimpleSpanProcessor(memory))
    traces.switch(tracer)
    yield memory
    traces.switch(None)
    tracer.stop()


def named(exporter: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    """List the spans of a name."""
    return [span for span in exporter.get_finished_spans() if span.name == name]


def is_beneath(below: ReadableSpan, above: ReadableSpan) -> bool:
    """Say whether a span is the other's child."""
    return (
        below.parent is not None
        and below.parent.span_id == above.context.span_id
        and below.context.trace_id == above.context.trace_id
    )


@pytest.mark.postgres
def test_a_trace_leads_from_the_request_to_the_views(
    exporter: InMemorySpanExporter, postgres_url: str, house: House
) -> None:
    """Caller, HTTP, dispatch, append, fold and a worker's next command: one trace."""
    asyncio.run(_post(postgres_url, house))
    [http] = named(exporter, "POST /api/v1/subjects")
    [dispatch] = named(exporter, "dispatch subject.create")
    append = next(each for each in named(exporter, "append") if is_beneath(each, dispatch))
    assert format_trace_id(http.context.trace_id) == CALLER.split("-")[1]
    assert http.parent is not None
    assert format_span_id(http.parent.span_id) == CALLER.split("-")[2]
    assert is_beneath(dispatch, http)
    _fold(postgres_url)
    folds = [
        span
        for span in exporter.get_finished_spans()
        if span.name.startswith("fold ")
        and (
            is_beneath(span, append)
            or any(link.context.span_id == append.context.span_id for link in span.links)
        )
    ]
    assert {"fold subjects", "fold audit", "fold changes"} <= {span.name for span in folds}
    _follow(postgres_url)
    [effect] = named(exporter, "effect welcome")
    [answer] = named(exporter, "dispatch subject.submit_onboarding")
    assert is_beneath(effect, append)
    assert is_beneath(answer, effect)
    log = PostgresLog(postgres_url, log=LOG)
    correlations = {event.envelope.correlation for event in log.read_stream("subject:acme")}
    log.close()
    assert correlations == {correlation_of(http.context.trace_id)}
    assert dispatch.attributes is not None
    assert dispatch.attributes["tallystick.correlation"] in correlations
    assert PERSON not in "".join(span.to_json() for span in exporter.get_finished_spans())


async def _post(url: str, house: House) -> None:
    migrate(url)
    async with Writer(url, log=LOG, clock=FixedClock()) as writer:
        await writer.dispatch(opening())
        services = msgspec.structs.replace(house.services(), gate=ObservedGate(writer))
        transport = httpx.ASGITransport(app=Observed(create_app(services)))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
            body = {
                "subject": "acme", "name": "Ann", "kind": "person", "country": "GB",
                "roles": ["seller"], "email": PERSON,
            }  # fmt: skip
            headers = {
                "Authorization": "Bearer secret-ada",
                "Idempotency-Key": "one",
                "traceparent": CALLER,
            }
            response = await client.post("/api/v1/subjects", json=body, headers=headers)
            assert response.status_code == 201, response.text


def _fold(url: str) -> None:
    session, log = Session(url, "test"), PostgresLog(url, log=LOG)
    runners = prepared(session, log, VIEWS)
    while fold_all(session, log, runners):
        pass
    session.close()
    log.close()


def _follow(url: str) -> None:
    log = PostgresLog(url, log=LOG)
    with SyncGate(url, log=LOG, clock=FixedClock()) as gate:
        sender = Sender(gate, "welcome")

        def welcome(recorded: Recorded) -> None:
            sender.send(SubmitOnboarding(subject="acme"), "welcome", cause=recorded)

        Follower("welcome", {SubjectCreated: welcome}, log=log, places=Places()).step()
    log.close()


@pytest.mark.postgres
async def test_a_command_of_nobody_begins_the_trace_of_its_correlation(
    exporter: InMemorySpanExporter, postgres_url: str
) -> None:
    """A timer's command has no request behind it; a refusal is told by its code."""
    migrate(postgres_url)
    async with Writer(postgres_url, log=LOG, clock=FixedClock()) as writer:
        gate = ObservedGate(writer)
        accepted = await gate.dispatch(opening())
        created = create("acme", "first")
        await gate.dispatch(created)
        again = msgspec.structs.replace(created, key="again")
        with pytest.raises(Refused):
            await gate.dispatch(again)
    envelope = accepted.events[0].envelope
    [span] = named(exporter, "dispatch log.open")
    assert span.parent is None
    assert span.context.trace_id == trace_id_of(envelope.correlation)
    [append] = [each for each in named(exporter, "append") if is_beneath(each, span)]
    assert append.context.span_id == span_id_of(envelope.command)
    _, refused = named(exporter, "dispatch subject.create")
    assert refused.attributes is not None
    assert refused.attributes["tallystick.refusal"]
    assert len(named(exporter, "append")) == 2


def test_all_processes_keep_the_same_traces() -> None:
    """The share is decided by the trace's id alone."""
    correlations = [correlation_of(each << 112 | 1) for each in range(0, 2**16, 64)]
    kept = [trace for trace in map(trace_id_of, correlations) if ByTrace(0.25).keeps(trace)]
    assert len(kept) == len(correlations) // 4
    assert all(ByTrace(0.5).keeps(trace) for trace in kept)
    assert not any(ByTrace(0.0).keeps(trace) for trace in kept)


@pytest.mark.parametrize("sent", ["", "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
async def test_a_bad_traceparent_begins_a_new_trace(
    exporter: InMemorySpanExporter, house: House, sent: str
) -> None:
    transport = httpx.ASGITransport(app=Observed(create_app(house.services())))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
        await client.get("/health/live", headers={"traceparent": sent})
    [span] = named(exporter, "GET /health/live")
    assert span.parent is None


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Run a collector."""
    with collecting() as server:
        yield server


async def test_traces_reach_a_collector(collector: Collector, house: House) -> None:
    """Sent as OTLP while the process works, the rest when it stops."""
    with traces.tracing("api", collector.url, share=1.0):
        app = Observed(create_app(house.services()))
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
            await client.get("/health/live")
    assert collector.names() == {"tallystick-api": {"GET /health/live"}}
    assert traces.tracer() is None


async def test_a_collector_that_is_away_harms_nobody(house: House) -> None:
    with traces.tracing("api", "http://127.0.0.1:9/v1/traces", share=1.0):
        transport = httpx.ASGITransport(app=Observed(create_app(house.services())))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
            assert (await client.get("/health/live")).status_code == 200


def test_without_an_address_nothing_of_the_sdk_is_loaded() -> None:
    """Off means off: no import, no thread, no span."""
    program = (
        "import sys, interfaces.app, interfaces.workers.main\n"
        "from interfaces.telemetry import traces\n"
        "with traces.tracing('api', '', share=1.0):\n"
        "    assert traces.tracer() is None\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry.sdk')]\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
