"""A superuser edits the store behind the application's back: found, with position and kind."""

from collections.abc import Iterator

import psycopg
import pytest

from domain.integrity.checkpoint import Checkpoint
from domain.integrity.merkle import Frontier, leaf_hash
from interfaces.outbound.postgres.inspection import Fault, inspect
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.tree import TreeKeeper
from tests.conformance.script import LOG, FixedClock, create, opening

pytestmark = pytest.mark.postgres

SIZE = 300
EVENTS = "position, stream, version, type, command, ordinal, request, body, chain"


def write_log(url: str, prefix: str, size: int) -> None:
    """Let the application itself write a log of this many events."""
    migrate(url)
    with SyncGate(url, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(opening())
        for number in range(size - 1):
            gate.dispatch(create(f"{prefix}{number}"))


@pytest.fixture(scope="module")
def original(module_postgres_url: str) -> str:
    """Write one log with tiles, and copy its rows aside."""
    write_log(module_postgres_url, "s", SIZE)
    session = Session(module_postgres_url, "test")
    assert TreeKeeper(session).step() == 256
    session.close()
    with psycopg.connect(module_postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE original AS SELECT * FROM events")
    return module_postgres_url


@pytest.fixture
def superuser(original: str) -> Iterator[psycopg.Connection]:
    """Open a superuser's session with all triggers off; what it does is rolled back."""
    with psycopg.connect(original) as connection:
        connection.execute("ALTER TABLE events DISABLE TRIGGER append_only")
        yield connection
        connection.rollback()


@pytest.fixture
def signed(superuser: psycopg.Connection) -> Checkpoint:
    """Give the checkpoint of the whole log, as somebody outside keeps it."""
    rows = superuser.execute("SELECT chain FROM original ORDER BY position").fetchall()
    frontier = Frontier()
    for (chain,) in rows:
        frontier.append(leaf_hash(chain))
    return Checkpoint(LOG, SIZE, frontier.root(), rows[-1][0])


def test_a_store_that_nobody_touched_has_no_fault(
    superuser: psycopg.Connection, signed: Checkpoint
) -> None:
    assert inspect(superuser, LOG, [signed]) is None


@pytest.mark.parametrize("position", [1, 2, 150, SIZE])
@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("body = set_bit(body, 77, 1 - get_bit(body, 77))", "chain_mismatch"),
        ("chain = set_bit(chain, 255, 1 - get_bit(chain, 255))", "chain_mismatch"),
        ("stream = stream || 'x'", "column_mismatch"),
        ("version = version + 4096", "column_mismatch"),
        ("type = 'subject.frozen'", "column_mismatch"),
        ("command = '00000000-0000-8000-8000-000000000000'", "column_mismatch"),
        ("position = position + 1048576", "gap"),
    ],
)
def test_a_change_in_any_row_is_found(
    superuser: psycopg.Connection, signed: Checkpoint, position: int, change: str, kind: str
) -> None:
    """One bit of a body or a chain, or a column that says something else than the body."""
    statement = f"UPDATE events SET {change} WHERE position = {position}"  # noqa: S608
    superuser.execute(statement.encode())
    assert inspect(superuser, LOG, [signed]) == Fault(position, kind)


def test_an_ordinal_that_was_changed_is_found(superuser: psycopg.Connection) -> None:
    superuser.execute("UPDATE events SET ordinal = 2, request = NULL WHERE position = 9")
    assert inspect(superuser, LOG) == Fault(9, "column_mismatch")


def test_two_rows_swapped_are_found(superuser: psycopg.Connection) -> None:
    superuser.execute("DELETE FROM events WHERE position IN (40, 41)")
    statement = (
        f"INSERT INTO events SELECT 81 - {EVENTS} FROM original "  # noqa: S608
        "WHERE position IN (40, 41)"
    )
    superuser.execute(statement.encode())
    assert inspect(superuser, LOG) == Fault(40, "chain_mismatch")


def test_a_row_removed_in_the_middle_is_found(superuser: psycopg.Connection) -> None:
    superuser.execute("DELETE FROM events WHERE position = 123")
    assert inspect(superuser, LOG) == Fault(123, "gap")


@pytest.mark.parametrize("left", [SIZE - 1, 257, 10, 0])
def test_a_tail_cut_or_an_old_backup_is_found_by_the_checkpoint_alone(
    superuser: psycopg.Connection, signed: Checkpoint, left: int
) -> None:
    """A shorter log is whole in itself: only what was signed before shows that it was longer."""
    superuser.execute("DELETE FROM events WHERE position > %s", [left])
    assert inspect(superuser, LOG) is None
    assert inspect(superuser, LOG, [signed]) == Fault(left + 1, "tail_missing")


def test_a_forked_history_is_found_by_the_checkpoint_alone(
    postgres_url: str, signed: Checkpoint
) -> None:
    """The application itself wrote the other history, so it holds together in every way."""
    write_log(postgres_url, "other", SIZE)
    with psycopg.connect(postgres_url) as connection:
        assert inspect(connection, LOG) is None
        assert inspect(connection, LOG, [signed]) == Fault(SIZE, "fork")


def test_a_tile_that_was_changed_is_found(superuser: psycopg.Connection) -> None:
    superuser.execute("UPDATE tiles SET root = set_byte(root, 0, 255 - get_byte(root, 0))")
    assert inspect(superuser, LOG) == Fault(256, "tile_mismatch")
