"""Views on real Postgres: folded in any batches, rebuilt equal, stopped by poison alone."""

import asyncio
import collections
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg import sql

from application.ports.world import ViewBehind
from domain.account.state import OUTSIDE, owner_of
from domain.kernel.event import Recorded
from interfaces.outbound.postgres.feed import PostgresFeed
from interfaces.outbound.postgres.holders import PostgresHolders
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.reader import Reader, schema_of
from interfaces.outbound.postgres.rebuild import Rebuild
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.viewrunner import OtherVersion, ViewRunner
from interfaces.outbound.postgres.views import fold_all, prepared, run_views
from projections.accounts.project import VIEW as ACCOUNTS
from projections.accounts.queries import AccountFilter, accounts, accounts_at, unbalanced
from projections.audit.project import VIEW as AUDIT
from projections.audit.queries import AuditFilter, audit_trail
from projections.changes.project import VIEW as CHANGES
from projections.registry import VIEWS
from projections.view import Key, Rows, Table, View
from tests.conformance.gate import check_log
from tests.conformance.script import LOG, FixedClock, create, opening
from tests.projections.support import folded

pytestmark = pytest.mark.postgres


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    session = Session(database, "test")
    yield session
    session.close()


@pytest.fixture
def running(told: str) -> Iterator[None]:
    """Keep all views, as the worker does."""
    stop = threading.Event()
    thread = threading.Thread(target=run_views, args=(told, stop), kwargs={"log": LOG})
    thread.start()
    yield
    stop.set()
    thread.join()


def content(session: Session, view: View) -> dict[str, list[dict[str, Any]]]:
    """Read a view's tables whole, ordered by key."""

    def work(connection: psycopg.Connection) -> dict[str, list[dict[str, Any]]]:
        found = {}
        for table in view.tables:
            query = sql.SQL("SELECT to_jsonb(t) FROM {} AS t").format(
                sql.Identifier(schema_of(view), table.name)
            )
            rows = [row[0] for row in connection.execute(query).fetchall()]
            found[table.name] = sorted(rows, key=lambda row: order(table, row))
        return found

    return session.run(work)


def order(table: Table, row: dict[str, Any]) -> str:
    return repr([row[column] for column in table.key])


@pytest.mark.parametrize("size", [1, 7, 5000])
def test_views_are_what_their_folds_say(
    told: str, session: Session, reader: PostgresLog, size: int
) -> None:
    """In batches of any size each table holds exactly the rows of the plain fold."""
    events = reader.read(0, 10_000)
    runners = prepared(session, reader, VIEWS)
    for runner in runners:
        while runner.step(reader, size):
            pass
        assert not runner.stopped
        store = folded(runner.view, events)
        expected = {
            table.name: sorted(store.table(table.name), key=lambda row: order(table, row))
            for table in runner.view.tables
        }
        assert content(session, runner.view) == expected


def test_every_view_rebuilds_equal(told: str, session: Session, reader: PostgresLog) -> None:
    while fold_all(session, reader, runners := prepared(session, reader, VIEWS)):
        pass
    for runner in runners:
        assert Rebuild(runner.view, session, reader).compare() == []


def test_a_changed_row_is_found_and_mended(
    told: str, session: Session, reader: PostgresLog, admin: psycopg.Connection
) -> None:
    while fold_all(session, reader, prepared(session, reader, VIEWS)):
        pass
    before = content(session, ACCOUNTS)
    admin.execute("UPDATE view_accounts.accounts SET balance = balance + 1 WHERE owner = 'pennine'")
    rebuild = Rebuild(ACCOUNTS, session, reader)
    assert rebuild.compare() == ["accounts"]
    rebuild.switch()
    assert content(session, ACCOUNTS) == before
    assert rebuild.compare() == []
    checkpoints = admin.execute("SELECT view FROM view_checkpoints").fetchall()
    assert sorted(name for (name,) in checkpoints) == sorted(view.name for view in VIEWS)


class Changed:
    """A view as the next version of the system might have it."""

    def __init__(self, view: View, *, version: int, poison: int | None = None) -> None:
        self.name = view.name
        self.version = version
        self.schema = view.schema
        self.tables = view.tables
        self.types = view.types
        self._view = view
        self._poison = poison

    def needs(self, event: Recorded) -> Iterable[tuple[Table, Key]]:
        return self._view.needs(event)

    def project(self, batch: Sequence[Recorded], rows: Rows) -> None:
        if any(event.position == self._poison for event in batch):
            message = "personal data that must not be logged"
            raise ZeroDivisionError(message)
        self._view.project(batch, rows)


def test_a_new_version_is_built_and_takes_the_place(
    told: str, session: Session, reader: PostgresLog
) -> None:
    while fold_all(session, reader, prepared(session, reader, VIEWS)):
        pass
    before = content(session, ACCOUNTS)
    newer = Changed(ACCOUNTS, version=ACCOUNTS.version + 1)
    with pytest.raises(OtherVersion):
        ViewRunner(newer, session).prepare()
    [runner] = prepared(session, reader, [newer])
    assert runner.position == reader.head().position
    assert content(session, ACCOUNTS) == before


def test_poison_stops_its_view_only(
    told: str, session: Session, reader: PostgresLog, caplog: pytest.LogCaptureFixture
) -> None:
    """All before the poison is folded, nothing behind it; the log names position and type."""
    entries = [event for event in reader.read(0, 10_000) if event.stream.startswith("account:")]
    poison = entries[len(entries) // 2]
    ailing = Changed(ACCOUNTS, version=ACCOUNTS.version, poison=poison.position)
    runners = prepared(session, reader, [CHANGES, ailing])
    with caplog.at_level(logging.ERROR, "tallystick.views"):
        while fold_all(session, reader, runners):
            pass
    assert [runner.stopped for runner in runners] == [False, True]
    assert runners[0].position == reader.head().position
    assert runners[1].position == poison.position - 1
    assert str(poison.position) in caplog.text
    assert poison.envelope.type in caplog.text
    assert "personal" not in caplog.text
    [restarted] = prepared(session, reader, [ACCOUNTS])
    while restarted.step(reader):
        pass
    assert content(session, ACCOUNTS)["accounts"]


async def test_a_stopped_view_is_told_of_and_goes_on_once_mended(
    told: str, session: Session, reader: PostgresLog
) -> None:
    """Everybody may see where it stands and why; whoever keeps it need not start anew."""
    entries = [event for event in reader.read(0, 10_000) if event.stream.startswith("account:")]
    poison, head = entries[3].position, reader.head().position
    ailing = Changed(ACCOUNTS, version=ACCOUNTS.version, poison=poison)
    others = [view for view in VIEWS if view is not ACCOUNTS]
    runners = prepared(session, reader, [ailing, *others])
    while fold_all(session, reader, runners):
        pass
    async with Reader(told) as views:
        standing = await views.standing()
        assert (standing.head, standing.lag) == (head, head - poison + 1)
        [stopped] = standing.stopped
        assert (stopped.view, stopped.position) == ("accounts", poison - 1)
        assert (stopped.stopped_at, stopped.error) == (poison, "ZeroDivisionError")
        assert (stopped.stopped_since or "").endswith("Z")
        assert not fold_all(session, reader, runners)
        Rebuild(ACCOUNTS, session, reader).switch()
        standing = await views.standing()
        assert (standing.lag, standing.stopped) == (0, ())
    fold_all(session, reader, runners)
    assert [runner.stopped for runner in runners] == [False] * len(runners)
    assert {runner.position for runner in runners} == {head}


def test_a_view_that_cannot_be_rebuilt_keeps_its_place(
    told: str, session: Session, reader: PostgresLog, admin: psycopg.Connection
) -> None:
    """The present one goes on, and nothing is left of the attempt."""
    while fold_all(session, reader, prepared(session, reader, VIEWS)):
        pass
    before = content(session, ACCOUNTS)
    events = reader.read(0, 10_000)
    poison = next(at.position for at in events if at.stream.startswith("account:"))
    newer = Changed(ACCOUNTS, version=ACCOUNTS.version + 1, poison=poison)
    with pytest.raises(RuntimeError, match=f"past {poison - 1}"):
        Rebuild(newer, session, reader).switch()
    assert content(session, ACCOUNTS) == before
    named = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'view_accounts_%'"
    assert admin.execute(named).fetchall() == []


async def test_views_are_rebuilt_while_others_read_and_write(
    running: None, told: str, session: Session, reader: PostgresLog, admin: psycopg.Connection
) -> None:
    """No reader meets an error, an empty table, or a state before one that it has seen."""
    stop, written = threading.Event(), [reader.head().position]
    asked = collections.Counter[bool]()

    def write() -> None:
        with SyncGate(told, log=LOG, clock=FixedClock()) as gate:
            while not stop.wait(0.002):
                name = f"newcomer-{len(written)}"
                written.append(gate.dispatch(create(name)).position)

    async def read(views: Reader, *, waits: bool) -> None:
        seen = 0
        while not stop.is_set():
            if waits:
                seen = max(seen, written[-1])
                assert await views.reached(seen, 10.0, ["audit"])
            [last] = await views.fetch(audit_trail(AuditFilter(), limit=1, descending=True))
            assert last.position >= seen
            seen = last.position
            assert await views.fetch(accounts(AccountFilter(owner="pennine")))
            assert await views.fetch(accounts_at(AccountFilter(owner="pennine"), seen))
            asked[waits] += 1

    def rebuild() -> None:
        rounds = 0
        while rounds < 4 or min(asked[True], asked[False]) < 30:
            Rebuild(AUDIT, session, reader).switch()
            Rebuild(ACCOUNTS, session, reader).switch()
            rounds += 1

    async with Reader(told) as views:
        assert await views.reached(written[-1], 10.0)
        writing = asyncio.create_task(asyncio.to_thread(write))
        reading = [asyncio.create_task(read(views, waits=number == 0)) for number in range(4)]
        rebuilding = asyncio.create_task(asyncio.to_thread(rebuild))
        # A reader that fails ends it all.
        await asyncio.wait([rebuilding, *reading], return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        asked += collections.Counter({True: 30, False: 30})
        await asyncio.gather(writing, rebuilding, *reading)
        assert await views.reached(written[-1], 10.0)
    assert len(written) > 10
    named = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'view_%_last'"
    assert admin.execute(named).fetchall() == []
    assert Rebuild(ACCOUNTS, session, reader).compare() == []


def test_two_runners_fold_each_event_once(
    told: str, database: str, session: Session, reader: PostgresLog
) -> None:
    sessions = [Session(database, f"runner {number}") for number in range(3)]

    def work(own: Session) -> None:
        log = PostgresLog(database, log=LOG)
        runner = ViewRunner(ACCOUNTS, own)
        runner.prepare()
        while runner.step(log, 3):
            assert not runner.stopped
        log.close()

    threads = [threading.Thread(target=work, args=(own,)) for own in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for own in sessions:
        own.close()
    assert Rebuild(ACCOUNTS, session, reader).compare() == []


async def test_queries_see_what_was_written(
    running: None, told: str, reader: PostgresLog, admin: psycopg.Connection
) -> None:
    """Read your own write: dispatch, wait for the position, ask; also after lost sessions."""
    async with Reader(told) as views:
        assert await views.reached(reader.head().position, 10.0)
        assert await views.fetch(unbalanced()) == []
        rows = await views.fetch(accounts(AccountFilter(owner="pennine")))
        assert rows
        assert all(owner_of(row.stream) == "pennine" for row in rows)
        assert not await views.reached(reader.head().position + 1, 0.05)
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name IN ('tallystick views', 'tallystick reader')"
        )
        with SyncGate(told, log=LOG, clock=FixedClock()) as gate:
            position = gate.dispatch(create("newcomer")).position
        assert await views.reached(position, 10.0)


async def test_the_feed_shows_every_event_with_its_changes(
    running: None, told: str, reader: PostgresLog
) -> None:
    events = reader.read(0, 10_000)
    async with PostgresFeed(told, log=LOG) as feed:
        assert await feed.wait(len(events) - 1, 10.0)
        assert await feed.head() == reader.head()
        entries = await feed.entries(0, 10_000)
        assert [entry.position for entry in entries] == list(range(1, len(events) + 1))
        for entry, event in zip(entries, events, strict=True):
            assert (entry.body, entry.chain, entry.type) == (
                event.body,
                event.chain,
                event.envelope.type,
            )
            assert isinstance(msgspec.json.decode(entry.changes), list)
        newest = await feed.entries(0, 3, descending=True)
        assert [entry.position for entry in newest] == [len(events) - n for n in range(3)]
        before = await feed.entries(3, 10, descending=True)
        assert [entry.position for entry in before] == [2, 1]
        opened = await feed.entries(0, 10, types=("log.opened", "no.such"))
        assert [entry.position for entry in opened] == [1]
        stream = events[-1].stream
        assert (await feed.entries(0, 999, stream=stream))[-1].position == len(events)
        assert not await feed.wait(len(events), 0.05)
        waiting = asyncio.create_task(feed.wait(len(events), 10.0))
        with SyncGate(told, log=LOG, clock=FixedClock()) as gate:
            await asyncio.to_thread(gate.dispatch, create("newcomer"))
        assert await waiting
        assert check_log(reader) == len(events) + 1


def test_holders_are_told_as_of_any_position(
    told: str, session: Session, reader: PostgresLog
) -> None:
    runners = prepared(session, reader, [ACCOUNTS])
    while fold_all(session, reader, runners):
        pass
    events = reader.read(0, 10_000)
    assets = {event.stream.split("/", 2)[2] for event in events if "/units/" in event.stream}
    register = PostgresHolders(told, wait_seconds=0.1)
    for asset in assets:
        held: dict[str, int] = {}
        for event in events:
            if event.stream.endswith(f"/units/{asset}") and hasattr(event.fact, "balance"):
                held[owner_of(event.stream)] = event.fact.balance
            if event.position % 25 == 0 or event.position == len(events):
                expected = sorted(
                    (owner, units) for owner, units in held.items() if owner != OUTSIDE and units
                )
                assert list(register.holders(asset, event.position)) == expected
    with pytest.raises(ViewBehind):
        register.holders("any", len(events) + 1)
    register.close()


def test_views_start_with_the_log(
    database: str, session: Session, reader: PostgresLog, create_database: Callable[[], str]
) -> None:
    """An empty log has empty views; its first events are heard of without polling long."""
    stop = threading.Event()
    thread = threading.Thread(target=run_views, args=(database, stop), kwargs={"log": LOG})
    thread.start()
    with SyncGate(database, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(opening())
        gate.dispatch(create("anna"))
    register = PostgresHolders(database)
    assert list(register.holders("any", 2)) == []
    register.close()
    stop.set()
    thread.join()
