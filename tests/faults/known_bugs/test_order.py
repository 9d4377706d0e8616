"""Order: gaps, late commits, clocks, replicas. The README names each bug and its projects."""

import asyncio
import os
import subprocess
from collections.abc import Callable
from itertools import groupby

import psycopg
import pytest

from application.ports.gate import Accepted, StoreUnavailable
from interfaces.outbound.postgres.cluster import BINARIES
from interfaces.outbound.postgres.inspection import Fault, inspect
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.views import fold_all, prepared
from interfaces.outbound.postgres.writer import Writer
from projections.registry import VIEWS
from tests.conformance.gate import check_log
from tests.conformance.script import LOG, FixedClock, create, plan_anchor
from tests.faults.known_bugs.support import (
    END_WRITERS,
    Tail,
    codes,
    one_by_one,
    positions,
    verdicts,
)

pytestmark = pytest.mark.postgres

SLOW_INSERT = """
CREATE FUNCTION slow_down() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_sleep(0.4); RETURN NEW; END $$;
CREATE TRIGGER slow_down BEFORE INSERT ON events FOR EACH ROW
    WHEN (NEW.stream = 'subject:slow') EXECUTE FUNCTION slow_down();
"""


async def test_eventsourcing_marten_emmett_axon_no_reader_ever_misses_an_event(
    gate: Writer, other: Writer, database: str, reader: PostgresLog
) -> None:
    """Readers at a cursor saw a later event before an earlier one was committed.

    Two nodes write, a consumer asks for small pages all the time: what it sees is a prefix each
    time, and never a part of a command.
    """
    tail = Tail(database, page=7)
    with tail.following():
        await asyncio.gather(
            *(one_by_one(gate, [create(f"a{part}-{n}") for n in range(30)]) for part in range(6)),
            *(one_by_one(other, [create(f"b{part}-{n}") for n in range(30)]) for part in range(6)),
            one_by_one(other, [plan_anchor(1)]),
            one_by_one(gate, [plan_anchor(1)]),
        )
    assert [event.position for event in tail.seen] == list(range(1, check_log(reader) + 1))
    ends = [list(same)[-1].position for _, same in groupby(tail.seen, _command)]
    assert tail.ends <= set(ends)


def _command(event: object) -> str:
    return str(event.envelope.command)  # type: ignore[attr-defined]


async def test_marten_4964_a_slow_insert_is_neither_skipped_nor_overtaken(
    gate: Writer, other: Writer, database: str, admin: psycopg.Connection, reader: PostgresLog
) -> None:
    """A transaction that slept with its number was taken for a gap after a time-out."""
    admin.execute(SLOW_INSERT)
    tail = Tail(database, page=100)
    with tail.following():
        slow = asyncio.create_task(gate.dispatch(create("slow")))
        await asyncio.sleep(0.1)
        quick = await one_by_one(other, [create(f"quick{number}") for number in range(5)])
        assert (await slow).position == 2
    assert positions(quick) == [3, 4, 5, 6, 7]
    assert [event.position for event in tail.seen] == [1, 2, 3, 4, 5, 6, 7]
    assert check_log(reader) == 7


async def test_prooph_marten_a_rolled_back_append_leaves_no_gap(
    gate: Writer, admin: psycopg.Connection, reader: PostgresLog
) -> None:
    """Numbers drawn from a sequence stay drawn: no sequence has a part in the order here."""
    admin.execute("ALTER TABLE events ADD CONSTRAINT no_bad CHECK (stream <> 'subject:bad')")
    answers = await one_by_one(gate, [create(name) for name in ("anna", "bad", "bert", "bad")])
    assert positions(answers) == [2, 3]
    assert check_log(reader) == 3
    sequences = admin.execute("SELECT sequencename FROM pg_sequences").fetchall()
    assert sequences == [("audit_number_seq",)], "the audit of sign-ins beside the log, no other"


async def test_emmett_336_an_open_transaction_elsewhere_holds_up_no_reader(
    gate: Writer, database: str, admin: psycopg.Connection, reader: PostgresLog
) -> None:
    """A horizon of transaction ids stops every feed of the cluster behind one long writer."""
    session = Session(database, "test")
    with psycopg.connect(database) as stranger:
        stranger.execute("CREATE TABLE strange AS SELECT pg_current_xact_id()")
        await gate.dispatch(create("anna"))
        assert await asyncio.to_thread(reader.wait, 1, 0.5)
        runners = await asyncio.to_thread(prepared, session, reader, VIEWS)
        assert await asyncio.to_thread(fold_all, session, reader, runners)
        assert {runner.position for runner in runners} == {2}
        stranger.rollback()
    session.close()


async def test_emmett_positions_outlive_a_dump_and_a_restore(
    gate: Writer, database: str, create_database: Callable[[], str]
) -> None:
    """Cursors made of transaction ids meant nothing any more in the restored database."""
    await verdicts(gate, [create("anna"), create("bert")])
    target = create_database()
    programs = {"PATH": f"{BINARIES / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run(
        [
            "bash",
            "-c",
            f"set -o pipefail; pg_dump {database} | psql -q -v ON_ERROR_STOP=1 {target}",
        ],
        check=False,
        capture_output=True,
        text=True,
        env=programs,
    )
    assert done.returncode == 0, done.stderr
    restored = PostgresLog(target, log=LOG)
    async with Writer(target, log=LOG, clock=FixedClock()) as writer:
        assert (await writer.dispatch(create("carl"))).position == 4
        assert (await writer.dispatch(create("anna"))).replayed
    assert [event.position for event in restored.read(2, 10)] == [3, 4]
    assert check_log(restored) == 4
    restored.close()


async def test_zitadel_12703_clocks_have_no_say_in_the_order(
    gate: Writer, other: Writer, reader: PostgresLog
) -> None:
    """Positions made of a clock's time went back when a clock or a transaction did.

    The nodes' clocks are an hour apart; `check_log` demands that time never goes back.
    """
    for number in range(5):
        await gate.dispatch(create(f"ahead{number}"))
        await other.dispatch(create(f"behind{number}"))
    assert [event.stream for event in reader.read(1, 4)] == [
        "subject:ahead0",
        "subject:behind0",
        "subject:ahead1",
        "subject:behind1",
    ]
    assert check_log(reader) == 11


async def test_zitadel_12703_pages_that_are_read_while_the_log_grows_overlap_nowhere(
    gate: Writer, database: str, reader: PostgresLog
) -> None:
    """A cursor of an offset skipped what had moved; ours is a position, whatever comes behind."""
    pages: list[int] = []
    for number in range(12):
        await verdicts(gate, [create(f"s{number}-{part}") for part in range(3)])
        pages += [event.position for event in reader.read(len(pages), 2)]
    pages += [event.position for event in reader.read(len(pages), 100)]
    assert pages == list(range(1, check_log(reader) + 1))


async def test_jepsen_rds_nothing_is_decided_against_a_standby(
    gate: Writer, admin: psycopg.Connection, database: str, reader: PostgresLog
) -> None:
    """A replica's order may be another than the primary's: a writer that lands on one waits."""
    name = database.rpartition("/")[2]
    admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
    admin.execute(END_WRITERS)
    [turned_away] = await verdicts(gate, [create("anna")])
    assert isinstance(turned_away, StoreUnavailable)
    admin.execute("SET transaction_read_only = off")
    admin.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only".encode())
    admin.execute(END_WRITERS)
    async with asyncio.timeout(5):
        while codes(answers := await verdicts(gate, [create("anna")])) or not positions(answers):
            await asyncio.sleep(0.02)
    assert positions(answers) == [2]
    assert check_log(reader) == 2


async def test_psycopg_positions_outgrow_the_smallest_integer_type(
    gate: Writer, admin: psycopg.Connection, reader: PostgresLog
) -> None:
    """Parameters are sent in the smallest type that fits their value: batches may cross it."""
    far = 2**31 - 2
    admin.execute(
        "INSERT INTO events SELECT %s, 'subject:far', 1, type, gen_random_uuid(), 1, request, "
        "body, chain FROM events WHERE position = 1",
        [far],
    )
    gate._desk.jump(reader.head())
    answers = await verdicts(gate, [create("anna"), create("bert"), create("carl")])
    assert positions(answers) == [far + 1, far + 2, far + 3]
    [last] = await verdicts(gate, [create("anna")])
    assert isinstance(last, Accepted)
    assert last.replayed


async def test_axon_391_a_hole_that_somebody_made_is_named_and_not_waited_for(
    gate: Writer, admin: psycopg.Connection, reader: PostgresLog
) -> None:
    """Followers kept lists of gaps and waited for them to close, or gave them up in time."""
    admin.execute(
        "INSERT INTO events SELECT 9, 'a:b', 1, type, gen_random_uuid(), 1, request, body, chain "
        "FROM events"
    )
    async with asyncio.timeout(0.9):
        assert [event.position for event in reader.read(1, 10)] == [9]
    assert inspect(admin, LOG) == Fault(2, "gap")
