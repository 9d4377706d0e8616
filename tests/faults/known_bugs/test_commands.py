"""Commands: lost, doubled, half done, stuck. The README names each bug and its projects."""

import asyncio
import sys
import time
from typing import Any

import psycopg
import pytest
from psycopg import errors

from application import envelopes
from application.ports.gate import Accepted, Request, StoreUnavailable
from interfaces.outbound.postgres import appending
from interfaces.outbound.postgres.appending import LOG_LOCK
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.writer import Writer, WrongLog
from tests.conformance.gate import check_log, terms
from tests.conformance.script import FixedClock, create, plan_anchor, refused
from tests.faults.known_bugs.support import codes, one_by_one, positions, verdicts

pytestmark = pytest.mark.postgres


async def test_eventuous_582_each_success_is_on_the_log(
    gate: Writer, other: Writer, reader: PostgresLog
) -> None:
    """Appends to one stream that met at `ON CONFLICT DO NOTHING` were lost with a success."""
    wanted = [terms(100 + number, f"terms-{number}") for number in range(20)]
    answers = await asyncio.gather(verdicts(gate, wanted[::2]), verdicts(other, wanted[1::2]))
    told = [event for part in answers for one in part for event in _events(one)]
    written = reader.read_stream("settings:main")
    assert sorted(told, key=lambda event: event.position) == list(written)
    assert len(written) == 20
    assert check_log(reader) == 21


def _events(answer: object) -> tuple[Any, ...]:
    assert isinstance(answer, Accepted)
    return answer.events


async def test_eventsourcing_a_commit_whose_answer_was_lost_is_no_conflict(
    gate: Writer, reader: PostgresLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A retry after the commit met its own rows and reported a conflict for what was durable."""
    real = appending.Appender.append

    async def unheard(self: appending.Appender, *arguments: Any) -> bool:
        await real(self, *arguments)
        monkeypatch.undo()
        raise psycopg.OperationalError("the line is cut")

    monkeypatch.setattr(appending.Appender, "append", unheard)
    answers = await verdicts(gate, [create("anna"), plan_anchor(1)])
    assert not [answer for answer in answers if isinstance(answer, BaseException)]
    assert not any(answer.replayed for answer in answers if isinstance(answer, Accepted))
    assert check_log(reader) == max(positions(answers))


async def test_tigerbeetle_retries_end(
    gate: Writer, reader: PostgresLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients retried for ever; here a caller hears that the store is away, and asks again."""

    async def lost(*_: object) -> bool:
        raise psycopg.OperationalError("the line is cut")

    with monkeypatch.context() as broken:
        broken.setattr(appending.Appender, "append", lost)
        async with asyncio.timeout(5):
            [answer] = await verdicts(gate, [create("anna")])
    assert isinstance(answer, StoreUnavailable)
    assert (await gate.dispatch(create("anna"))).position == 2
    assert check_log(reader) == 2


async def test_stripe_a_key_of_another_body_is_an_error_and_a_refusal_takes_none(
    gate: Writer, reader: PostgresLog
) -> None:
    """Parameters that differ under one key were answered with the first one's result."""
    assert codes(await verdicts(gate, [refused("key")])) == {"wrong_state"}
    other = Request(command=create("anna").command, actor="process:test", role="process", key="key")
    assert (await gate.dispatch(other)).position == 2
    assert codes(await verdicts(gate, [refused("key")])) == {"idempotency_key_reused"}
    assert (await gate.dispatch(other)).replayed
    assert check_log(reader) == 2


async def test_ppro_the_same_request_in_flight_is_a_conflict_of_its_own(
    gate: Writer, other: Writer, reader: PostgresLog
) -> None:
    """Two at once were both carried out: on one node the second is told, on two it is answered."""
    here = await verdicts(gate, [create("anna")] * 3)
    assert (positions(here), codes(here)) == ([2], {"in_flight"})
    both = await asyncio.gather(gate.dispatch(create("bert")), other.dispatch(create("bert")))
    assert sorted(one.replayed for one in both) == [False, True]
    assert check_log(reader) == 3


async def test_eventsourcing_a_lock_that_nobody_gives_back_is_not_waited_for_without_end(
    gate: Writer, database: str, reader: PostgresLog
) -> None:
    """Its `lock_timeout` is 0 by default; and every append takes the lock (unlike its DCB's)."""
    began = time.monotonic()
    with psycopg.connect(database) as stranger:
        stranger.execute("SELECT pg_advisory_xact_lock(%s)", [LOG_LOCK])
        [answer] = await verdicts(gate, [create("anna")])
        assert isinstance(answer, StoreUnavailable)
        assert check_log(reader) == 1
    assert time.monotonic() - began < 6
    assert (await gate.dispatch(create("anna"))).position == 2


@pytest.mark.parametrize("mode", ["ROW SHARE", "SHARE UPDATE EXCLUSIVE", "ACCESS SHARE"])
async def test_eventsourcing_maintenance_and_readers_do_not_stop_appends(
    gate: Writer, database: str, mode: str
) -> None:
    """Its table lock met VACUUM, ANALYZE, concurrent indexes, `FOR UPDATE` and foreign keys."""
    with psycopg.connect(database) as stranger:
        stranger.execute(f"LOCK TABLE events IN {mode} MODE".encode())
        async with asyncio.timeout(0.9):
            assert (await gate.dispatch(create("anna"))).position == 2


async def test_rds_proxy_no_lock_outlives_its_transaction(
    gate: Writer, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Session locks pin a pooler's connections, and are lost behind it without a word."""
    await gate.dispatch(create("anna"))
    monkeypatch.setattr("interfaces.outbound.postgres.writer.MISSES_MAX", 0)
    await gate.dispatch(create("bert"))
    count = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    assert admin.execute(count).fetchone() == (0,)


async def test_recall_ai_a_batch_notifies_once(gate: Writer, admin: psycopg.Connection) -> None:
    """NOTIFY takes a lock of the whole cluster at commit: once a batch, not once an event."""
    admin.execute("LISTEN events")
    before = gate.counts.appends
    answers = await verdicts(gate, [create(f"s{number}") for number in range(200)])
    assert len(positions(answers)) == 200
    heard = len(list(admin.notifies(timeout=0.3)))
    assert heard == gate.counts.appends - before < 10


async def test_eventsourcing_another_application_never_writes_into_our_table(
    gate: Writer, database: str, reader: PostgresLog
) -> None:
    """Its functions are named by schema: one application's events went into another's table."""
    stranger = Writer(database, log="another.example/log", clock=FixedClock())
    with pytest.raises(WrongLog):
        await stranger.start()
    assert check_log(reader) == 1


def test_eventsourcing_the_database_imports_nothing() -> None:
    """It resolves a row's topic by importing it; an event's type here is looked up, or refused."""
    body = (
        b'{"actor":"a","at":"2026-05-22T09:00:00.000000Z","command":"c","correlation":"c",'
        b'"data":{},"log":"l","schema":1,"stream":"antigravity:x","type":"antigravity.fly",'
        b'"version":1}'
    )
    with pytest.raises(LookupError):
        envelopes.read(1, body, bytes(32))
    assert "antigravity" not in sys.modules


async def test_dcb_event_store_13_commands_on_unrelated_streams_never_conflict(
    gate: Writer, other: Writer, reader: PostgresLog
) -> None:
    """SERIALIZABLE refused writers that had nothing to do with one another."""
    answers = await asyncio.gather(
        one_by_one(gate, [create(f"a{number}") for number in range(40)]),
        one_by_one(other, [create(f"b{number}") for number in range(40)]),
    )
    assert len(positions([answer for part in answers for answer in part])) == 80
    assert check_log(reader) == 81


async def test_sql_batches_a_command_over_several_streams_is_written_whole_or_not(
    gate: Writer, admin: psycopg.Connection, reader: PostgresLog
) -> None:
    """One row of a command that the database refuses takes all of it along, and nobody else."""
    admin.execute("ALTER TABLE events ADD CONSTRAINT bad CHECK (stream NOT LIKE 'chainwrite:%')")
    answers = await verdicts(gate, [create("anna"), plan_anchor(1), create("bert")])
    assert isinstance(answers[1], errors.CheckViolation)
    assert positions(answers) == [2, 3]
    assert check_log(reader) == 3
    admin.execute("ALTER TABLE events DROP CONSTRAINT bad")
    assert (await gate.dispatch(plan_anchor(1))).position > 4
