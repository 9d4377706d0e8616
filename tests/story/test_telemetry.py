"""What the stack told about itself while the story ran: metrics, traces, logs; nobody's data."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from interfaces.telemetry.snapshots import folder_of
from tests.story.conftest import Told
from tools.mailbox import read_mailbox
from tools.story import cast

pytestmark = [pytest.mark.postgres, pytest.mark.chain, pytest.mark.slow]

LINK = re.compile(r"token=([\w.~-]+)")
PATIENCE_SECONDS = 15.0


def private_words(told: Told) -> set[str]:
    """List everything of the story that nobody may find in a log, a metric or a span."""
    people = {*cast.EIGHT, *cast.CREATED}
    words = {persona.email for persona in people} | {persona.name for persona in people}
    words |= {persona.account for persona in people if persona.account}
    words.add(told.settings.collections_account)
    words |= {
        api._http.headers["Authorization"].removeprefix("Bearer ")
        for api in told.stage.keys.values()
    }
    words |= {path.read_text().strip() for path in told.settings.keys.glob("*.key")}
    mails = read_mailbox(told.stack.mailbox)
    links = {token for mail in mails for token in LINK.findall(mail.text)}
    assert links
    assert len(words) > 30
    return words | links


def scrape(told: Told) -> dict[str, Metric]:
    """Scrape as Prometheus does, with a key."""
    text = told.stage.api(cast.ADMIN).raw("/metrics").decode()
    return {family.name: family for family in text_string_to_metric_families(text)}


def log_files(told: Told) -> list[Path]:
    """List whatever the stack wrote for people who run it: processes, store, node, bank."""
    return [path for path in told.settings.data.rglob("*.log") if path.is_file()]


def eventually(good: Callable[[], bool]) -> None:
    """Wait until something holds: metrics and spans are told every second or two."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not good():
        assert time.monotonic() < until
        time.sleep(0.2)


def test_no_log_tells_about_a_person(told: Told) -> None:
    """No address, name, account, key, secret or link of the story is in any log file."""
    files = log_files(told)
    assert {"api.log", "worker.log", "chain.log"} <= {path.name for path in files}
    words = private_words(told)
    for path in files:
        text = path.read_text(errors="replace")
        assert [word for word in words if word in text] == [], path.name


def test_each_line_of_our_processes_is_an_object(told: Told) -> None:
    for process in ("api", "worker", "chain"):
        lines = (told.settings.data / "logs" / f"{process}.log").read_text().splitlines()
        assert lines
        for line in lines:
            found = msgspec.json.decode(line)
            assert found["process"] == process
            assert {"at", "level", "logger", "message"} <= set(found)
            assert found["level"] in {"INFO", "WARNING", "ERROR"}
            assert "correlation" in found or found["logger"] != "tallystick.chain"


def test_one_scrape_tells_of_all_processes_and_of_the_store(told: Told) -> None:
    """Each process's metrics, the store's positions, no lag that stays, no alert."""
    eventually(lambda: _processes(scrape(told)) >= {"api", "worker", "chain", "supervisor"})
    eventually(
        lambda: all(
            sample.value == 0 for sample in scrape(told)["tallystick_view_lag_events"].samples
        )
    )
    found = scrape(told)
    [head] = found["tallystick_log_position"].samples
    assert head.value >= len(told.records)
    assert {sample.labels["view"] for sample in found["tallystick_view_position"].samples} >= {
        "accounts",
        "invoices",
    }
    [confirmed] = [
        sample.value
        for sample in found["tallystick_chain_writes"].samples
        if sample.labels["state"] == "CONFIRMED"
    ]
    assert confirmed > 20
    accepted = {
        sample.labels["process"]
        for sample in found["tallystick_commands"].samples
        if sample.labels["outcome"] == "accepted" and sample.value > 0
    }
    assert {"api", "worker", "chain"} <= accepted
    routes = {sample.labels["route"] for sample in found["tallystick_http_requests"].samples}
    assert "/api/v1/invoices/{invoice}/fund" in routes
    assert not [route for route in routes if cast.INVOICE in route]
    assert [sample for sample in found["tallystick_alert_active"].samples if sample.value] == []
    assert found["tallystick_anchor_position"].samples[0].value > 0


def _processes(found: dict[str, Metric]) -> set[str]:
    return {sample.labels["process"] for sample in found["tallystick_commands"].samples} | {
        sample.labels["process"] for sample in found["process_resident_memory_bytes"].samples
    }


def test_no_metric_tells_about_a_person(told: Told) -> None:
    """Neither a scrape nor the files that processes share; and there are not too many series."""
    text = told.stage.api(cast.ADMIN).raw("/metrics").decode()
    shared = b"".join(path.read_bytes() for path in folder_of(told.settings.data).iterdir())
    for word in private_words(told):
        assert word not in text
        assert word.encode() not in shared
    assert text.count("\n") < 4000


def test_the_trace_of_a_request_leads_through_all_processes(told: Told) -> None:
    """One trace: the seller's request, its events, the views, the workers, the chain."""
    eventually(lambda: {service for service, _ in told.collector.spans()} >= _SERVICES)
    found = told.collector.spans()
    invoice = f"invoice:{cast.INVOICE}"
    [event] = [each for each in told.of("invoice.submitted") if each["stream"] == invoice]
    correlation = msgspec.json.decode(event["body"])["correlation"]
    [submitted] = [
        span
        for service, span in found
        if service == "tallystick-api"
        and span.name == "dispatch invoice.submit"
        and span.trace_id.hex() == correlation.replace("-", "")
    ]
    assert _attribute(submitted, "tallystick.correlation") == correlation
    trace = [(service, span) for service, span in found if span.trace_id == submitted.trace_id]
    names = {span.name for _, span in trace}
    assert {service for service, _ in trace} >= {"tallystick-api", "tallystick-worker"}
    assert {
        "POST /api/v1/invoices",
        "append",
        "fold invoices",
        "dispatch invoice.start_verification",
        "effect documents",
        "dispatch invoice.record_verification",
    } <= names
    spans = {span.span_id: span for _, span in trace}
    [http] = [span for _, span in trace if span.name == "POST /api/v1/invoices"]
    for _, span in trace:
        assert not span.parent_span_id or span.parent_span_id in spans, span.name
    assert submitted.parent_span_id == http.span_id


_SERVICES = {"tallystick-api", "tallystick-worker", "tallystick-chain"}


def _attribute(span: Span, name: str) -> str:
    [value] = [each.value.string_value for each in span.attributes if each.key == name]
    return str(value)


def test_no_span_tells_about_a_person(told: Told) -> None:
    eventually(lambda: {service for service, _ in told.collector.spans()} >= _SERVICES)
    text = "".join(str(span) for _, span in told.collector.spans())
    assert [word for word in private_words(told) if word in text] == []
