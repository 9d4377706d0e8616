"""What the store tells a scrape: head, views, anchors, chain writes, and what a batch counts."""

import asyncio
import os
import signal

import psycopg
import pytest
from prometheus_client.core import Metric

from application.ports.gate import Request
from domain.kernel.refusal import Refused
from interfaces.outbound.observedgate import ObservedGate
from interfaces.outbound.postgres.gauges import StoreGauges, first_without_anchor, stopped_views
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.questions import Questions
from interfaces.outbound.postgres.reader import Reader
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.views import fold_all, prepared
from interfaces.outbound.postgres.writer import Writer
from interfaces.telemetry.metrics import REGISTRY
from projections.registry import VIEWS
from tests.conformance.script import LOG, FixedClock, create, opening

pytestmark = pytest.mark.postgres

NOW = "2027-01-01T00:00:00.000000Z"


def scraped(database: str, clock: FixedClock) -> dict[str, Metric]:
    """Gather once."""

    async def gather() -> list[Metric]:
        async with Reader(database) as reader:
            return await StoreGauges(reader, clock).collect()

    return {metric.name: metric for metric in asyncio.run(gather())}


def value(found: dict[str, Metric], name: str, **labels: str) -> float:
    """Tell the value of one sample."""
    [sample] = [one for one in found[f"tallystick_{name}"].samples if one.labels == labels]
    return sample.value


def test_lag_is_told_in_events_and_in_the_age_of_the_oldest(told: str) -> None:
    """Views that have not begun lag behind the whole log; folded ones not at all."""
    clock = FixedClock()
    clock.at = NOW
    session, log = Session(told, "test"), PostgresLog(told, log=LOG)
    runners = prepared(session, log, VIEWS)
    found = scraped(told, clock)
    head = value(found, "log_position")
    assert head > 10
    assert value(found, "view_lag_events", view="accounts") == head
    assert value(found, "view_lag_seconds", view="accounts") > 86_400
    assert value(found, "anchor_lag_events") == head
    assert value(found, "anchor_lag_seconds") > 86_400
    while fold_all(session, log, runners):
        pass
    found = scraped(told, clock)
    for view in VIEWS:
        assert value(found, "view_position", view=view.name) == head
        assert value(found, "view_lag_events", view=view.name) == 0
        assert value(found, "view_lag_seconds", view=view.name) == 0
        assert value(found, "view_stopped", view=view.name) == 0
    assert value(found, "store_up") == 1
    session.close()
    log.close()


def test_a_stopped_view_is_told_with_its_position(told: str, admin: psycopg.Connection) -> None:
    session, log = Session(told, "test"), PostgresLog(told, log=LOG)
    runners = prepared(session, log, VIEWS)
    while fold_all(session, log, runners):
        pass
    admin.execute(
        "UPDATE view_checkpoints SET position = 4, stopped_at = 5, stopped_since = now(),"
        " error = 'ValueError' WHERE view = 'accounts'"
    )
    found = scraped(told, FixedClock())
    assert value(found, "view_stopped", view="accounts") == 1
    assert value(found, "view_stopped_position", view="accounts") == 5
    assert value(found, "view_stopped", view="invoices") == 0
    assert len(found["tallystick_view_stopped_position"].samples) == 1
    questions = Questions(session)
    [stopped] = questions.fetch(stopped_views())
    assert (stopped.view, stopped.stopped_at, stopped.error) == ("accounts", 5, "ValueError")
    [first] = questions.fetch(first_without_anchor(0))
    assert first.position == 1
    session.close()
    log.close()


def test_a_store_that_is_away_is_said(database: str) -> None:
    """The scrape still comes, without what only the store knows."""
    away = f"{database.rpartition('/')[0]}/nothing"
    found = scraped(away, FixedClock())
    assert list(found) == ["tallystick_store_up"]
    assert value(found, "store_up") == 0


def test_a_store_that_is_frozen_is_said_in_time(told: str, admin: psycopg.Connection) -> None:
    """The backends stand still: the scrape comes all the same, and the next one is whole."""
    session, log = Session(told, "test"), PostgresLog(told, log=LOG)
    prepared(session, log, VIEWS)
    session.close()
    log.close()

    def backends() -> list[int]:
        query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'tallystick reader'"
        return [pid for (pid,) in admin.execute(query).fetchall()]

    async def gather() -> tuple[list[Metric], list[Metric]]:
        async with Reader(told, sessions_max=1) as reader:
            gauges = StoreGauges(reader, FixedClock(), seconds=0.5)
            await gauges.collect()
            stopped = backends()
            assert stopped
            for pid in stopped:
                os.kill(pid, signal.SIGSTOP)
            try:
                frozen = await gauges.collect()
            finally:
                for pid in stopped:
                    os.kill(pid, signal.SIGCONT)
            await asyncio.sleep(0.2)
            return frozen, await gauges.collect()

    frozen, after = asyncio.run(gather())
    assert [metric.name for metric in frozen] == ["tallystick_store_up"]
    assert frozen[0].samples[0].value == 0
    assert len(after) > 10


def test_a_command_is_counted_by_type_and_outcome(database: str) -> None:
    """At the gate each answer, in the writer each batch."""

    def counted(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(f"tallystick_{name}", labels) or 0.0

    outcomes = ("accepted", "replayed", "refused")

    def answers() -> list[float]:
        return [
            counted("commands_total", command="subject.create", outcome=each) for each in outcomes
        ]

    async def work() -> str:
        async with Writer(database, log=LOG, clock=FixedClock()) as writer:
            gate = ObservedGate(writer)
            await gate.dispatch(opening())
            await gate.dispatch(first)
            await gate.dispatch(first)
            with pytest.raises(Refused) as refused:
                await gate.dispatch(again)
            return refused.value.refusal.CODE

    first = create("acme", "first")
    again = Request(command=first.command, actor=first.actor, role=first.role, key="again")
    before, events = answers(), counted("writer_events_total")
    batches = counted("writer_append_seconds_count")
    code = asyncio.run(work())
    assert [new - old for new, old in zip(answers(), before, strict=True)] == [1, 1, 1]
    assert counted("refusals_total", code=code) >= 1
    assert counted("writer_events_total") >= events + 2
    assert counted("writer_append_seconds_count") == batches + 2
