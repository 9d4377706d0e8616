"""The log writer on real Postgres: conformance, idempotency, forks, losses, refusals."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from application.ports.gate import Accepted, Gate, Request, StoreUnavailable
from application.ports.log import Head
from domain.kernel.refusal import Refused
from interfaces.outbound.postgres import appending, waiting
from interfaces.outbound.postgres import writer as writers
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.server import PostgresServer, start
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.writer import Writer, WrongLog
from tests.conformance.gate import GateConformance, check_log
from tests.conformance.script import LOG, FixedClock, create, opening, plan_anchor, refused

pytestmark = pytest.mark.postgres

END_WRITERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = 'tallystick writer' AND datname = current_database()
"""


@pytest.fixture
async def gate(database: str) -> AsyncIterator[Writer]:
    async with Writer(database, log=LOG, clock=FixedClock()) as writer:
        await writer.dispatch(opening())
        yield writer


class TestPostgresGate(GateConformance):
    @pytest.fixture
    def reader(self, database: str) -> Iterator[PostgresLog]:
        log = PostgresLog(database, log=LOG)
        yield log
        log.close()

    @pytest.fixture
    async def gate(self, database: str, clock: FixedClock) -> AsyncIterator[Gate]:
        async with Writer(database, log=LOG, clock=clock) as writer:
            yield writer


async def verdicts(gate: Gate, wanted: list[Request]) -> list[Accepted | BaseException]:
    """Dispatch all at once."""
    return await asyncio.gather(*map(gate.dispatch, wanted), return_exceptions=True)


def positions(answers: list[Accepted | BaseException]) -> list[int]:
    return sorted(answer.position for answer in answers if isinstance(answer, Accepted))


def codes(answers: list[Accepted | BaseException]) -> set[str]:
    return {answer.refusal.CODE for answer in answers if isinstance(answer, Refused)}


async def test_the_same_command_at_once_is_in_flight(gate: Writer, reader: PostgresLog) -> None:
    answers = await verdicts(gate, [create("anna")] * 10)
    assert positions(answers) == [2]
    assert codes(answers) == {"in_flight"}
    assert check_log(reader) == 2
    assert (await gate.dispatch(create("anna"))).replayed


async def test_a_restarted_writer_knows_what_was_written(
    gate: Writer, database: str, reader: PostgresLog
) -> None:
    first = await gate.dispatch(plan_anchor(1))
    async with Writer(database, log=LOG, clock=FixedClock()) as other:
        again = await other.dispatch(plan_anchor(1))
        assert again.replayed
        assert again.events == first.events
        with pytest.raises(Refused):
            await other.dispatch(opening(LOG + "2"))
    assert check_log(reader) == first.position


async def test_two_writers_make_one_log(gate: Writer, database: str, reader: PostgresLog) -> None:
    """Both write at once, the same subjects by other keys: no fork, no gap, one winner each."""
    async with Writer(database, log=LOG, clock=FixedClock()) as other:
        first = [create(f"s{number}", f"a{number}") for number in range(200)]
        second = [create(f"s{number}", f"b{number}") for number in range(200)]
        answers = await asyncio.gather(
            *(one_by_one(gate, first[part::8]) for part in range(8)),
            *(one_by_one(other, second[part::8]) for part in range(8)),
        )
        flat = [answer for part in answers for answer in part]
        assert positions(flat) == list(range(2, 202))
        assert codes(flat) == {"wrong_state"}
        assert check_log(reader) == 201
        assert gate.counts.misses + other.counts.misses > 0


async def one_by_one(gate: Gate, wanted: list[Request]) -> list[Accepted | BaseException]:
    return [(await verdicts(gate, [request]))[0] for request in wanted]


async def test_two_writers_and_one_command(gate: Writer, database: str) -> None:
    """The same command sent to two nodes is written once; both answer with the same events."""
    async with Writer(database, log=LOG, clock=FixedClock()) as other:
        for number in range(30):
            wanted = create(f"s{number}")
            one, two = await asyncio.gather(gate.dispatch(wanted), other.dispatch(wanted))
            assert one.events == two.events
            assert sorted((one.replayed, two.replayed)) == [False, True]


async def test_a_refusal_rests_on_the_newest_state(gate: Writer, database: str) -> None:
    """A node that has not heard of another's events does not refuse for that reason."""
    [before] = await verdicts(gate, [refused("warm")])
    async with Writer(database, log=LOG, clock=FixedClock()) as other:
        await other.dispatch(create("nobody"))
    [after] = await verdicts(gate, [refused("again")])
    assert isinstance(before, Refused)
    assert isinstance(after, Refused)
    assert " is NONE;" in before.refusal.sentence()
    assert " is CREATED;" in after.refusal.sentence()


async def test_a_lost_connection_is_mended(
    gate: Writer, reader: PostgresLog, admin: psycopg.Connection
) -> None:
    """Sessions are cut again and again under load: every command is written exactly once."""
    wanted = [create(f"s{number}") for number in range(300)]
    sending = asyncio.gather(*(one_by_one(gate, wanted[part::10]) for part in range(10)))
    while not sending.done():
        admin.execute(END_WRITERS)
        await asyncio.sleep(0.02)
    open_still = [create(f"s{number}") for number in range(300)]
    answers = [answer for part in await sending for answer in part]
    assert all(isinstance(one, Accepted | StoreUnavailable) for one in answers), answers
    assert gate.counts.losses > 0
    # The last cut may still be mended: whoever hears that the store is away asks again.
    for answer in await asyncio.gather(*(insist(gate, one) for one in open_still)):
        assert isinstance(answer, Accepted)
    assert check_log(reader) == 301


async def insist(gate: Writer, wanted: Request) -> Accepted:
    """Ask until the store is there, as every caller may (FORMATS 9); at most ten seconds."""
    async with asyncio.timeout(10):
        while True:
            try:
                return await gate.dispatch(wanted)
            except StoreUnavailable:
                await asyncio.sleep(0.02)


async def test_a_commit_that_was_not_heard_of_is_found(
    gate: Writer, reader: PostgresLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is lost after the commit: the caller still gets its events, once."""
    real = appending.Appender.append

    async def unheard(self: appending.Appender, *arguments: object) -> bool:
        await real(self, *arguments)  # type: ignore[arg-type]
        monkeypatch.setattr(appending.Appender, "append", real)
        raise psycopg.OperationalError("the line is cut")

    monkeypatch.setattr(appending.Appender, "append", unheard)
    answers = await verdicts(gate, [create("anna"), create("bert"), refused()])
    assert positions(answers) == [2, 3]
    assert not any(isinstance(one, Accepted) and one.replayed for one in answers)
    assert codes(answers) == {"wrong_state"}
    assert check_log(reader) == 3


async def test_a_repeat_stays_a_repeat_when_the_line_was_lost(
    gate: Writer, admin: psycopg.Connection
) -> None:
    """Only what this very dispatch wrote is not replayed, whatever it lost on its way."""
    first = await gate.dispatch(create("anna"))
    admin.execute(END_WRITERS)
    again = await gate.dispatch(create("anna"))
    assert gate.counts.losses == 1
    assert again.replayed
    assert again.events == first.events


async def test_rows_that_the_database_refuses_harm_nobody_else(
    gate: Writer, reader: PostgresLog, admin: psycopg.Connection
) -> None:
    admin.execute("ALTER TABLE events ADD CONSTRAINT no_bad CHECK (stream <> 'subject:bad')")
    names = ["anna", "bad", "bert", "carl"]
    answers = await verdicts(gate, [create(name) for name in names])
    assert positions(answers) == [2, 3, 4]
    assert isinstance(answers[1], psycopg.errors.CheckViolation)
    assert check_log(reader) == 4
    assert (await gate.dispatch(create("dora"))).position == 5


async def test_a_batch_is_bounded(gate: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interfaces.outbound.postgres.turns.BATCH_EVENTS_MAX", 10)
    answers = await verdicts(gate, [create(f"s{number}") for number in range(95)])
    assert positions(answers) == list(range(2, 97))
    assert gate.counts.appends >= 10


async def test_too_many_waiting_are_turned_away(
    gate: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "WAITING_MAX", 20)
    answers = await verdicts(gate, [create(f"s{number}") for number in range(50)])
    assert positions(answers) == list(range(2, 22))
    assert sum(isinstance(answer, StoreUnavailable) for answer in answers) == 30


async def test_a_caller_that_goes_away_changes_nothing(gate: Writer, reader: PostgresLog) -> None:
    sent = asyncio.create_task(gate.dispatch(create("anna")))
    await asyncio.sleep(0)
    sent.cancel()
    assert (await gate.dispatch(create("bert"))).position in {2, 3}
    again = await gate.dispatch(create("anna"))
    assert check_log(reader) == 3
    assert again.events


async def test_a_stopped_writer_writes_what_waits_and_takes_no_more(
    database: str, reader: PostgresLog
) -> None:
    writer = Writer(database, log=LOG, clock=FixedClock())
    await writer.start()
    waiting = asyncio.create_task(writer.dispatch(opening()))
    await asyncio.sleep(0)
    await writer.stop()
    assert (await waiting).position == 1
    with pytest.raises(StoreUnavailable):
        await writer.dispatch(create("late"))
    assert check_log(reader) == 1


async def test_another_log_is_not_written_to(gate: Writer, database: str) -> None:
    with pytest.raises(WrongLog):
        await Writer(database, log="another.example/log", clock=FixedClock()).start()


async def test_a_log_far_ahead_is_jumped_to(
    gate: Writer, database: str, reader: PostgresLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    await gate.dispatch(create("anna"))
    async with Writer(database, log=LOG, clock=FixedClock()) as other:
        await verdicts(other, [create(f"s{number}") for number in range(50)])
    monkeypatch.setattr(appending, "CATCH_UP_MAX", 10)
    answers = await verdicts(gate, [create("anna", "other"), create("bert")])
    assert positions(answers) == [53]
    assert codes(answers) == {"wrong_state"}
    assert check_log(reader) == 53


async def test_a_writer_that_keeps_missing_takes_the_lock(
    gate: Writer, database: str, reader: PostgresLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "MISSES_MAX", 0)
    async with Writer(database, log=LOG, clock=FixedClock()) as other:
        wanted = [create(f"s{number}") for number in range(40)]
        answers = await asyncio.gather(
            *(one_by_one(gate, wanted[part::4]) for part in (0, 1)),
            *(one_by_one(other, wanted[part::4]) for part in (2, 3)),
        )
    assert positions([answer for part in answers for answer in part]) == list(range(2, 42))
    assert check_log(reader) == 41


async def test_a_log_that_lost_its_end_is_taken_as_it_is(gate: Writer, reader: PostgresLog) -> None:
    """A restored database is shorter than what this node remembers: the database is right."""
    await gate.dispatch(create("anna"))
    gate._desk.jump(Head(99, bytes(32), "2026-05-22T10:00:00.000000Z"))
    assert (await gate.dispatch(create("bert"))).position == 3
    assert check_log(reader) == 3


async def test_a_small_memory_is_enough(database: str, gate: Writer, reader: PostgresLog) -> None:
    async with Writer(database, log=LOG, clock=FixedClock(), streams_max=2) as small:
        await verdicts(small, [create(f"s{number}") for number in range(30)])
        answers = await verdicts(
            small, [create(f"s{number}", f"k{number}") for number in range(30)]
        )
    assert codes(answers) == {"wrong_state"}
    assert not positions(answers)
    assert check_log(reader) == 31


@pytest.mark.slow
async def test_a_server_that_is_away_is_waited_for(tmp_path: Path) -> None:
    server: PostgresServer = start(tmp_path / "server")
    try:
        migrate(server.url)
        async with Writer(server.url, log=LOG, clock=FixedClock()) as writer:
            await writer.dispatch(opening())
            server.stop()
            for name in ("anna", "bert"):
                with pytest.raises(StoreUnavailable):
                    await writer.dispatch(create(name))
            server = start(tmp_path / "server")
            deadline = time.monotonic() + 15
            while isinstance((answer := (await verdicts(writer, [create("anna")]))[0]), Exception):
                assert isinstance(answer, StoreUnavailable)
                assert time.monotonic() < deadline
                await asyncio.sleep(0.05)
            assert isinstance(answer, Accepted)
            assert answer.position == 2
    finally:
        server.stop()


def test_threads_share_a_writer(database: str, reader: PostgresLog) -> None:
    with SyncGate(database, log=LOG, clock=FixedClock()) as gate:
        assert gate.dispatch(opening()).position == 1
        assert gate.dispatch(create("anna")).position == 2
        with pytest.raises(Refused):
            gate.dispatch(refused())
        assert gate.dispatch(create("anna")).replayed
    with pytest.raises(StoreUnavailable):
        gate.dispatch(create("late"))
    with pytest.raises(WrongLog):
        SyncGate(database, log="another.example/log", clock=FixedClock()).start()
    assert check_log(reader) == 2
