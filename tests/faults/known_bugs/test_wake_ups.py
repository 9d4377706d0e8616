"""Wake-ups and views: lost notifications, dead listeners, doubled folds, poison."""

import asyncio
import threading
import time
from collections.abc import Callable

import psycopg
import pytest
from typing_extensions import override

from application.ports.gate import StoreUnavailable
from application.ports.log import Head
from interfaces.outbound.postgres import feed, log
from interfaces.outbound.postgres.feed import PostgresFeed
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.rebuild import Rebuild
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.viewrunner import ViewRunner
from interfaces.outbound.postgres.views import fold_all, prepared
from interfaces.outbound.postgres.writer import Writer
from projections.audit.project import VIEW as AUDIT
from projections.registry import VIEWS
from tests.conformance.script import LOG, FixedClock, create, opening

pytestmark = pytest.mark.postgres

END_LISTENERS = """
SELECT count(pg_terminate_backend(pid, 2000)) FROM pg_stat_activity
WHERE application_name LIKE 'tallystick % listener' AND datname = current_database()
"""


def test_eventsourcing_an_event_between_the_look_and_the_wait_wakes(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It pulled before it listened: what came in between was delivered with the next event.

    The event comes at the worst moment, after the look and before the wait; polling is off.
    """
    monkeypatch.setattr(log, "POLL_SECONDS", 60.0)
    with SyncGate(database, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(opening())
        reader = _Meddled(database, lambda: gate.dispatch(create("anna")))
        began = time.monotonic()
        assert reader.wait(1, 30.0)
        assert time.monotonic() - began < 5
        reader.close()


class _Meddled(PostgresLog):
    """A reader that something happens to right after its first look."""

    def __init__(self, url: str, meddle: Callable[[], object]) -> None:
        super().__init__(url, log=LOG)
        self._meddle = [meddle]

    @override
    def head(self) -> Head:
        found = super().head()
        while self._meddle:
            self._meddle.pop()()
        return found


def test_eventsourcing_a_listener_whose_line_drops_listens_again(
    database: str, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its subscription died with its connection; a wait says so once, and the next one hears."""
    monkeypatch.setattr(log, "POLL_SECONDS", 60.0)
    reader = PostgresLog(database, log=LOG)
    with SyncGate(database, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(opening())
        assert reader.wait(0, 1.0)
        assert admin.execute(END_LISTENERS).fetchone() == (1,)
        with pytest.raises(StoreUnavailable):
            reader.wait(1, 30.0)
        waiting = threading.Timer(0.2, gate.dispatch, [create("anna")])
        waiting.start()
        assert reader.wait(1, 30.0)
        waiting.join()
    reader.close()


async def test_eventsourcing_the_feed_goes_on_when_its_listener_dies(
    gate: Writer, database: str, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits at the feed notices nothing but a moment's delay."""
    monkeypatch.setattr(feed, "POLL_SECONDS", 0.1)
    session, reader = Session(database, "test"), PostgresLog(database, log=LOG)
    runners = await asyncio.to_thread(prepared, session, reader, VIEWS)
    async with PostgresFeed(database, log=LOG) as source:
        await asyncio.to_thread(fold_all, session, reader, runners)
        assert await source.wait(0, 5.0)
        waiting = asyncio.create_task(source.wait(1, 5.0))
        admin.execute(END_LISTENERS)
        await gate.dispatch(create("anna"))
        await asyncio.to_thread(fold_all, session, reader, runners)
        assert await waiting
    session.close()
    reader.close()


def test_lost_notifications_cost_a_moment_and_no_event(
    database: str, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notification is a hint: an event that nobody told of is found by the next look."""
    monkeypatch.setattr(log, "POLL_SECONDS", 0.1)
    admin.execute(
        "CREATE FUNCTION public.pg_notify(text, text) RETURNS void LANGUAGE sql AS 'SELECT'"
    )
    admin.execute("ALTER FUNCTION append_events SET search_path = public, pg_catalog")
    admin.execute("LISTEN events")
    reader = PostgresLog(database, log=LOG)
    with SyncGate(database, log=LOG, clock=FixedClock()) as gate:
        silent = threading.Timer(0.15, gate.dispatch, [opening()])
        silent.start()
        assert reader.wait(0, 5.0)
        silent.join()
    assert list(admin.notifies(timeout=0.1)) == []
    reader.close()


def test_eventsourcing_no_event_is_folded_twice_though_a_checkpoint_was_moved(
    database: str, admin: psycopg.Connection
) -> None:
    """Its fast mode dropped the tracking row silently: a stale position was taken as new."""
    session, reader = Session(database, "test"), PostgresLog(database, log=LOG)
    with SyncGate(database, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(opening())
        gate.dispatch(create("anna"))
    first, second = ViewRunner(AUDIT, session), ViewRunner(AUDIT, session)
    first.prepare()
    second.prepare()
    assert first.step(reader) == 2
    assert second.position == 0
    second.step(reader)
    assert (second.position, second.stopped) == (2, False)
    rows = "SELECT count(*) FROM view_audit.audit"
    assert admin.execute(rows).fetchone() == (2,)
    session.close()
    reader.close()


def test_kurrent_3400_a_rebuild_writes_nothing(database: str) -> None:
    """Projections that ran again emitted their events again."""
    session, reader = Session(database, "test"), PostgresLog(database, log=LOG)
    with SyncGate(database, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(opening())
        gate.dispatch(create("anna"))
        runners = prepared(session, reader, VIEWS)
        fold_all(session, reader, runners)
        before = reader.head()
        for view in VIEWS:
            Rebuild(view, session, reader).switch()
        assert reader.head() == before
    session.close()
    reader.close()
