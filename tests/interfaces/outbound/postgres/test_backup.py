"""Backups: one moment of a store in use, whole or not there, and inspected."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import msgspec
import psycopg
import pytest

from domain.integrity.checkpoint import Checkpoint
from interfaces.outbound.postgres.archive import (
    MANIFEST,
    UNFINISHED,
    ArchiveRefused,
    Tick,
    check_files,
    packed,
    read_manifest,
    rows,
)
from interfaces.outbound.postgres.archivedlog import ArchivedLog
from interfaces.outbound.postgres.backup import DERIVED, Backup, kept_tables
from interfaces.outbound.postgres.bulk import copied
from interfaces.outbound.postgres.inspection import Fault, FaultFound
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.tree import TreeKeeper
from tests.conformance.script import LOG, FixedClock, create, opening

pytestmark = pytest.mark.postgres

SIZE = 30


@pytest.fixture(scope="module")
def written(module_postgres_url: str) -> str:
    """Give a database whose log has some events; these tests leave it as it is."""
    return write(module_postgres_url)


def write(url: str) -> str:
    migrate(url)
    with SyncGate(url, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(opening())
        for number in range(SIZE - 1):
            gate.dispatch(create(f"s{number}"))
    return url


def test_a_backup_names_what_it_holds(written: str, tmp_path: Path) -> None:
    """Position, chain and root are the store's own; each file is what the manifest says."""
    folder = tmp_path / "backup"
    taken = Backup(written, log=LOG).take({"log": folder})["log"]
    session = Session(written, "test")
    tree = TreeKeeper(session)
    manifest = read_manifest(folder, "log")
    assert manifest == taken.manifest
    assert manifest.position == SIZE
    assert manifest.chain == tree.chain(SIZE).hex()
    assert manifest.root == tree.root(SIZE).hex()
    session.close()
    assert taken.digest == sha256((folder / MANIFEST).read_bytes()).hexdigest()
    check_files(folder, manifest, lambda _: None)
    assert {path.name for path in folder.iterdir()} == {
        MANIFEST,
        *(part.file for part in manifest.parts),
    }


def test_nobody_else_may_read_a_backup(written: str, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    Backup(written, log=LOG).take({"log": folder})
    for path in (folder, *folder.iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_rows_are_read_as_postgres_wrote_them(written: str, tmp_path: Path) -> None:
    """Reading and writing the binary format again gives the same file."""
    Backup(written, log=LOG).take({"log": tmp_path / "backup"})
    manifest = read_manifest(tmp_path / "backup", "log")
    for part in manifest.parts:
        again = b"".join(copied(map(packed, rows(tmp_path / "backup", part))))
        assert sha256(again).hexdigest() == part.sha256


def test_the_vault_lies_in_no_folder_but_its_own(written: str, tmp_path: Path) -> None:
    with psycopg.connect(written) as connection:
        connection.execute("INSERT INTO vault.keys VALUES ('name', 'ann', 'the wrapped key')")
    folders = {"log": tmp_path / "log", "vault": tmp_path / "vault"}
    Backup(written, log=LOG).take({"log": folders["log"], "vault": folders["vault"]})
    assert b"the wrapped key" in (folders["vault"] / "keys.copy").read_bytes()
    assert not any(b"the wrapped key" in path.read_bytes() for path in folders["log"].iterdir())
    with pytest.raises(ArchiveRefused, match="of the vault, not of the log"):
        read_manifest(folders["vault"], "log")


def test_every_table_is_backed_up_or_can_be_made_again(admin: psycopg.Connection) -> None:
    found = admin.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    tables = {row[0] for row in found}
    assert tables == kept_tables(admin, "log").keys() | (DERIVED & tables)
    assert {"events", "checkpoints", "documents", "chain_raw", "process_checkpoints"} <= (
        kept_tables(admin, "log").keys()
    )


def test_a_backup_never_overwrites_another(written: str, tmp_path: Path) -> None:
    Backup(written, log=LOG).take({"log": tmp_path / "backup"})
    before = (tmp_path / "backup" / MANIFEST).read_bytes()
    with pytest.raises(ArchiveRefused, match="never overwrites"):
        Backup(written, log=LOG).take({"log": tmp_path / "backup"})
    assert (tmp_path / "backup" / MANIFEST).read_bytes() == before


def test_an_empty_log_is_not_backed_up(database: str, tmp_path: Path) -> None:
    with pytest.raises(ArchiveRefused, match="empty"):
        Backup(database, log=LOG).take({"log": tmp_path / "backup"})
    assert not any(tmp_path.iterdir())


def test_a_broken_log_is_found_when_it_is_backed_up(
    database: str, admin: psycopg.Connection, tmp_path: Path
) -> None:
    """No folder is left that anybody could take for a backup."""
    write(database)
    admin.execute("ALTER TABLE events DISABLE TRIGGER append_only")
    admin.execute("UPDATE events SET body = body || 'x' WHERE position = 7")
    with pytest.raises(FaultFound) as raised:
        Backup(database, log=LOG).take({"log": tmp_path / "backup"})
    assert raised.value.fault == Fault(7, "chain_mismatch")
    assert not any(tmp_path.iterdir())


def test_a_log_that_lost_what_was_signed_is_not_backed_up(written: str, tmp_path: Path) -> None:
    trusted = Checkpoint(LOG, SIZE + 1, bytes(32), bytes(32))
    with pytest.raises(FaultFound) as raised:
        Backup(written, log=LOG, trusted=[trusted]).take({"log": tmp_path / "backup"})
    assert raised.value.fault == Fault(SIZE + 1, "tail_missing")


def test_what_a_killed_backup_left_is_no_backup(written: str, tmp_path: Path) -> None:
    """Neither is it in the way of the next one."""
    left = tmp_path / ("backup" + UNFINISHED)
    left.mkdir()
    (left / "events.copy").write_bytes(b"half")
    with pytest.raises(ArchiveRefused, match="no finished backup"):
        read_manifest(left, "log")
    Backup(written, log=LOG).take({"log": tmp_path / "backup"})
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]


def test_a_backup_holds_one_moment_and_nobody_waits_for_it(database: str, tmp_path: Path) -> None:
    """Commands are answered while the snapshot is open, and are not in it."""
    write(database)
    answered: list[int] = []

    @contextmanager
    def stage(what: str, _: int) -> Iterator[Tick]:
        answered.append(gate.dispatch(create(what.split(maxsplit=1)[0])).position)
        yield lambda _: None

    with SyncGate(database, log=LOG, clock=FixedClock()) as gate:
        taken = Backup(database, log=LOG, stage=stage).take({"log": tmp_path / "backup"})
    assert taken["log"].manifest.position == SIZE
    assert answered == [SIZE + 1, SIZE + 2]


@pytest.mark.parametrize("place", [0, 30, -1])
def test_one_changed_bit_in_any_file_is_found(written: str, tmp_path: Path, place: int) -> None:
    folder = tmp_path / "backup"
    manifest = Backup(written, log=LOG).take({"log": folder})["log"].manifest
    for part in manifest.parts:
        good = (folder / part.file).read_bytes()
        bad = bytearray(good)
        bad[min(place, len(bad) - 1)] ^= 1
        (folder / part.file).write_bytes(bytes(bad))
        with pytest.raises(ArchiveRefused, match=f"{part.file} is damaged"):
            check_files(folder, manifest, lambda _: None)
        (folder / part.file).write_bytes(good)


def test_a_manifest_of_another_log_s_end_is_found(written: str, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    manifest = Backup(written, log=LOG).take({"log": folder})["log"].manifest
    other = msgspec.structs.replace(manifest, chain="00" * 32)
    archived = ArchivedLog(folder, other)
    assert len(list(archived.rows())) == SIZE
    with pytest.raises(ArchiveRefused, match="not the one that the manifest names"):
        archived.end()
