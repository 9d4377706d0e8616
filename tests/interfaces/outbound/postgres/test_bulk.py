"""Bulk import: the same log as the writer's, behind the head, all of a chunk or nothing."""

import itertools
from collections.abc import Iterator

import msgspec
import psycopg
import pytest

from interfaces.outbound.clock import SystemClock
from interfaces.outbound.postgres.bulk import BulkImport, LogMoved, Prepared
from interfaces.outbound.postgres.inspection import inspect
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.tree import TreeKeeper
from tests.oracles.merkle import tree_hash
from tools.bench.doors import send
from tools.bench.node import entering
from tools.bench.prepared import LOG, prepared_log

pytestmark = pytest.mark.postgres
SIZE = 701


@pytest.fixture
def imported(database: str) -> str:
    """Give a database whose log was imported, in chunks that end inside of a tile."""
    with BulkImport(database, log=LOG, chunk=300) as bulk:
        assert bulk.append(prepared_log(SIZE)) == SIZE
    return database


def tiles(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT * FROM tiles ORDER BY level, index").fetchall()


def leaves(url: str) -> Iterator[bytes]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT chain FROM events ORDER BY position").fetchall()
    return (bytes(row[0]) for row in rows)


def test_an_imported_log_holds_together(imported: str, admin: psycopg.Connection) -> None:
    assert inspect(admin, LOG) is None
    log = PostgresLog(imported, log=LOG)
    assert [event.position for event in log.read(0, SIZE + 1)] == list(range(1, SIZE + 1))
    log.close()


def test_the_tree_is_the_one_of_the_oracle(imported: str) -> None:
    session = Session(imported, "test")
    assert TreeKeeper(session).root(SIZE) == tree_hash(list(leaves(imported)))
    session.close()


def test_chunks_leave_the_same_tiles_as_the_keeper(imported: str) -> None:
    before = tiles(imported)
    with psycopg.connect(imported) as connection:
        connection.execute("TRUNCATE tiles")
    session = Session(imported, "test")
    keeper = TreeKeeper(session)
    while keeper.step():
        pass
    session.close()
    assert tiles(imported) == before
    assert before


def test_the_writer_goes_on_behind_an_import_and_an_import_behind_the_writer(
    imported: str, admin: psycopg.Connection
) -> None:
    with SyncGate(imported, log=LOG, clock=SystemClock()) as gate:
        last = max(send(gate, command, command.TYPE) for command in entering("brunel"))
    assert last > SIZE
    with BulkImport(imported, log=LOG) as bulk:
        assert bulk.append(list(prepared_log(1_002))[-1:]) == last + 1
    assert inspect(admin, LOG) is None


def test_an_import_that_meets_another_writer_stops(imported: str) -> None:
    with BulkImport(imported, log=LOG) as bulk:
        with SyncGate(imported, log=LOG, clock=SystemClock()) as gate:
            send(gate, entering("brunel")[0], "create")
        with pytest.raises(LogMoved, match=f"ends at {SIZE + 1}, not at {SIZE}"):
            bulk.append(prepared_log(20))


def test_a_chunk_with_a_bad_row_is_not_there_at_all(
    database: str, admin: psycopg.Connection
) -> None:
    good = list(prepared_log(100))
    twice = msgspec.structs.replace(good[60], body=good[61].body)
    with BulkImport(database, log=LOG, chunk=50) as bulk:
        with pytest.raises(psycopg.errors.UniqueViolation):
            bulk.append(itertools.chain(good[:80], [twice]))
        with pytest.raises(psycopg.InterfaceError, match="not open"):
            bulk.append(good[80:])
    assert admin.execute("SELECT max(position) FROM events").fetchone() == (50,)
    with BulkImport(database, log=LOG) as bulk:
        assert bulk.append(good[50:]) == 100
    assert inspect(admin, LOG) is None


def test_an_import_of_nothing_writes_nothing(imported: str) -> None:
    nothing: list[Prepared] = []
    with BulkImport(imported, log=LOG) as bulk:
        assert bulk.append(nothing) == SIZE
