"""A node that signed a checkpoint writes nothing on a log that does not hold it any more."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from application.ports.gate import LogRegressed, StoreUnavailable
from domain.integrity.checkpoint import Checkpoint, parse_checkpoint
from interfaces.outbound.checkpointfile import NAME, CheckpointFile
from interfaces.outbound.postgres.guard import LogGuard
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.proofs import PostgresProofs
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.writer import Writer
from interfaces.outbound.signer.keyring import Ed25519Signer
from tests.conformance.script import LOG, FixedClock, create, opening

pytestmark = pytest.mark.postgres

SIZE = 12
SIGNER = Ed25519Signer(bytes(range(32)), name=LOG)


def guard_of(url: str, folder: Path) -> LogGuard:
    return LogGuard(url, log=LOG, file=CheckpointFile(folder))


def write(url: str, prefix: str, size: int = SIZE) -> None:
    migrate(url)
    with SyncGate(url, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(opening())
        for number in range(size - 1):
            gate.dispatch(create(f"{prefix}{number}"))


def cut(url: str, left: int) -> None:
    """Cut the tail and the table of checkpoints, as an old backup does."""
    with psycopg.connect(url) as connection:
        for table in ("events", "checkpoints"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only".encode())
        connection.execute("DELETE FROM events WHERE position > %s", [left])
        connection.execute("DELETE FROM checkpoints")
        for table in ("events", "checkpoints"):
            connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only".encode())


async def sign(url: str, folder: Path) -> str:
    guard = guard_of(url, folder)
    async with PostgresProofs(url, log=LOG, signer=SIGNER, guard=guard) as proofs:
        return await proofs.checkpoint()


@pytest.fixture
async def signed(postgres_url: str, tmp_path: Path) -> str:
    """Give a database whose log this node has signed whole."""
    await asyncio.to_thread(write, postgres_url, "s")
    note = await sign(postgres_url, tmp_path)
    assert (tmp_path / NAME).read_text(encoding="utf-8") == note
    return postgres_url


async def test_a_node_goes_on_while_the_log_holds_what_it_signed(
    signed: str, tmp_path: Path
) -> None:
    guard = guard_of(signed, tmp_path)
    async with Writer(signed, log=LOG, clock=FixedClock(), guard=guard.check) as writer:
        assert (await writer.dispatch(create("more"))).position == SIZE + 1
        assert writer.regressed is None


@pytest.mark.parametrize("left", [SIZE - 1, 1, 0])
async def test_a_shorter_log_is_not_written_to_at_the_start(
    signed: str, tmp_path: Path, left: int
) -> None:
    """Commands are refused with both sizes; the log stays as it was."""
    cut(signed, left)
    guard = guard_of(signed, tmp_path)
    async with Writer(signed, log=LOG, clock=FixedClock(), guard=guard.check) as writer:
        with pytest.raises(LogRegressed) as raised:
            await writer.dispatch(create("more"))
        assert (raised.value.kept, raised.value.size) == (SIZE, left)
        assert writer.regressed is not None
    with psycopg.connect(signed) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (left,)


async def test_a_log_that_is_put_back_is_noticed_after_a_reconnect(
    signed: str, tmp_path: Path
) -> None:
    """The same node, not started anew, and it goes on by itself once the log is back."""
    guard = guard_of(signed, tmp_path)
    async with Writer(signed, log=LOG, clock=FixedClock(), guard=guard.check) as writer:
        await writer.dispatch(create("more"))
        with psycopg.connect(signed, autocommit=True) as connection:
            connection.execute("CREATE TABLE aside AS SELECT * FROM events")
            cut(signed, 5)
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'tallystick writer'"
            )
            with pytest.raises(LogRegressed):
                await writer.dispatch(create("again"))
            connection.execute("INSERT INTO events SELECT * FROM aside WHERE position > 5")
        async with asyncio.timeout(10):
            while writer.regressed:
                await asyncio.sleep(0.05)
        assert (await writer.dispatch(create("again"))).position == SIZE + 2


async def test_another_history_of_the_same_length_is_not_written_to(
    signed: str, tmp_path: Path, create_database: object
) -> None:
    assert callable(create_database)
    forked = str(create_database())
    await asyncio.to_thread(write, forked, "other", SIZE + 3)
    guard = guard_of(forked, tmp_path)
    async with Writer(forked, log=LOG, clock=FixedClock(), guard=guard.check) as writer:
        with pytest.raises(LogRegressed):
            await writer.dispatch(create("more"))


async def test_a_log_that_is_put_back_under_an_open_session_is_noticed(
    signed: str, tmp_path: Path
) -> None:
    """No line is lost, and yet the log is another one: nothing is written unasked."""
    guard = guard_of(signed, tmp_path)
    async with Writer(signed, log=LOG, clock=FixedClock(), guard=guard.check) as writer:
        await writer.dispatch(create("more"))
        await asyncio.to_thread(cut, signed, 5)
        with pytest.raises(StoreUnavailable):
            await writer.dispatch(create("again"))
        async with asyncio.timeout(10):
            while not writer.regressed:
                await asyncio.sleep(0.05)
    with psycopg.connect(signed) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (5,)


@pytest.mark.parametrize("left", [SIZE - 1, 0])
async def test_a_log_that_lost_what_was_anchored_is_not_written_to(
    signed: str, tmp_path: Path, left: int
) -> None:
    """Also when the file is lost with the log: the chain still knows."""
    kept = CheckpointFile(tmp_path).read()
    file = CheckpointFile(tmp_path / "elsewhere")
    guard = LogGuard(signed, log=LOG, file=file, anchor=lambda: kept)
    guard.check()
    cut(signed, left)
    async with Writer(signed, log=LOG, clock=FixedClock(), guard=guard.check) as writer:
        with pytest.raises(LogRegressed) as raised:
            await writer.dispatch(create("more"))
        assert (raised.value.kept, raised.value.size) == (SIZE, left)


async def test_a_log_that_differs_from_what_was_anchored_is_not_written_to(
    signed: str, tmp_path: Path
) -> None:
    other = Checkpoint(LOG, SIZE - 2, bytes(32), bytes(32))
    guard = LogGuard(
        signed, log=LOG, file=CheckpointFile(tmp_path / "elsewhere"), anchor=lambda: other
    )
    with pytest.raises(LogRegressed):
        guard.check()


async def test_nothing_is_signed_for_a_log_that_lost_what_was_signed(
    signed: str, tmp_path: Path
) -> None:
    """The table of checkpoints is as old as the log: only the file still knows."""
    kept = (tmp_path / NAME).read_bytes()
    cut(signed, 5)
    with pytest.raises(LogRegressed):
        await sign(signed, tmp_path)
    assert (tmp_path / NAME).read_bytes() == kept


async def test_a_kept_checkpoint_that_cannot_be_read_lets_nobody_write(
    signed: str, tmp_path: Path
) -> None:
    (tmp_path / NAME).write_bytes(b"\xff torn")
    with pytest.raises(StoreUnavailable):
        guard_of(signed, tmp_path).check()


async def test_the_file_never_goes_back(signed: str, tmp_path: Path) -> None:
    """A smaller checkpoint that comes late does not replace a larger one."""
    file = CheckpointFile(tmp_path)
    smaller = (tmp_path / NAME).read_text(encoding="utf-8")
    await asyncio.to_thread(_grow, signed)
    larger = await sign(signed, tmp_path)
    file.keep(smaller)
    kept = file.read()
    assert kept == parse_checkpoint(larger).checkpoint
    assert kept is not None
    assert kept.size == SIZE + 1


def _grow(url: str) -> None:
    with SyncGate(url, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(create("later"))
