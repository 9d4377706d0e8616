"""Restores: what comes back is what was backed up, or nothing does."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import msgspec
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from application.ports.world import KeyErased
from domain.integrity.checkpoint import Checkpoint
from domain.kernel.ids import identity_of
from domain.kernel.sealed import Sealed
from interfaces.outbound.postgres.archive import (
    ArchiveRefused,
    Tick,
    read_manifest,
    write_manifest,
)
from interfaces.outbound.postgres.backup import Backup
from interfaces.outbound.postgres.documents import PostgresDocuments
from interfaces.outbound.postgres.erasures import ERASURES, Erasures
from interfaces.outbound.postgres.fresh import SERVER, TargetRefused
from interfaces.outbound.postgres.inspection import Fault, FaultFound, inspect
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.proofs import PostgresProofs
from interfaces.outbound.postgres.restore import restore, restore_vault_alone
from interfaces.outbound.postgres.restoring import Source
from interfaces.outbound.postgres.restoringvault import VaultSource
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.tree import TreeKeeper
from interfaces.outbound.postgres.vault import PostgresVault
from interfaces.outbound.signer.keyring import Ed25519Signer
from tests.conformance.script import LOG, FixedClock, create, script

pytestmark = pytest.mark.postgres

KEK = bytes(range(32))
SIGNER = Ed25519Signer(bytes(range(32)), name=LOG)
SIZE = 555
BOX = ("subject:ann", "subject.created", "/email")


class Saved:
    """A store, backups of its log and its vault, and where they may be restored to."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.note = ""
        self.boxes: dict[str, Sealed] = {}

    def source(self, *trusted: Checkpoint) -> Source:
        return Source(folder=self.folder / "log", log=LOG, trusted=trusted)

    def vault(self, erasures: Erasures = ERASURES) -> VaultSource:
        return VaultSource(
            folder=self.folder / "vault", log=LOG, key_encryption_key=KEK, erasures=erasures
        )

    def place(self, name: str) -> str:
        return make_conninfo(self.url, dbname=name)


def vault_of(url: str) -> PostgresVault:
    return PostgresVault(url, log=LOG, key_encryption_key=KEK)


@pytest.fixture(scope="module")
def saved(module_postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """Write a store with something in every table, and back it up."""
    saved = Saved(module_postgres_url, tmp_path_factory.mktemp("saved"))
    _write(saved)
    saved.note = asyncio.run(_signed(saved.url))
    Backup(saved.url, log=LOG).take({"log": saved.folder / "log", "vault": saved.folder / "vault"})
    return saved


async def _signed(url: str) -> str:
    async with PostgresProofs(url, log=LOG, signer=SIGNER) as proofs:
        return await proofs.checkpoint()


def _write(saved: Saved) -> None:
    migrate(saved.url)
    clock = FixedClock()
    with SyncGate(saved.url, log=LOG, clock=clock) as gate:
        for clock.at, wish in script():
            gate.dispatch(wish)
        number = 0
        while gate.dispatch(create(f"s{number}")).position < SIZE:
            number += 1
    vault = vault_of(saved.url)
    for person in ("ann", "bob"):
        saved.boxes[person] = vault.seal(person, *BOX, f"{person}@tallystick.example")
    vault.close()
    documents = PostgresDocuments(saved.url)
    documents.put(b"%PDF an invoice")
    documents.close()
    with psycopg.connect(saved.url) as connection:
        connection.execute("INSERT INTO process_checkpoints VALUES ('mails', 42)")
        connection.execute(
            "INSERT INTO chain_raw VALUES ('anchor/1', '0x00', 7, '0x01', '\\x02', 1, 2, 3)"
        )


@pytest.fixture
def place(saved: Saved, request: pytest.FixtureRequest) -> Iterator[str]:
    """Name a database that is not there, and see to it that it is not there afterwards."""
    name = f"place_{abs(hash(request.node.name)) % 10**9}"
    yield saved.place(name)
    with psycopg.connect(saved.place(SERVER), autocommit=True) as connection:
        for (found,) in _databases(connection, name):
            statement = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(found))
            connection.execute(statement)


def _databases(connection: psycopg.Connection, name: str) -> list[tuple[str]]:
    return connection.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [name]
    ).fetchall()


def databases(place: str) -> set[str]:
    """Name what lies on the server under this name, as suffixes."""
    name = str(conninfo_to_dict(place)["dbname"])
    with psycopg.connect(make_conninfo(place, dbname=SERVER)) as connection:
        return {found.removeprefix(name) for (found,) in _databases(connection, name)}


def tables(url: str) -> dict[str, list[tuple[object, ...]]]:
    names = ("events", "checkpoints", "documents", "chain_raw", "process_checkpoints")
    with psycopg.connect(url) as connection:
        return {
            name: connection.execute(
                sql.SQL("SELECT * FROM {} ORDER BY 1").format(sql.Identifier(name))
            ).fetchall()
            for name in names
        }


def test_what_comes_back_is_what_was_backed_up(saved: Saved, place: str) -> None:
    """Every row of every table; the tree is computed again, the views are folded again."""
    outcome = restore(place, saved.source())
    assert outcome.log.manifest == read_manifest(saved.folder / "log", "log")
    assert (outcome.stopped, outcome.aside, outcome.vault) == ((), None, None)
    assert tables(place) == tables(saved.url)
    with psycopg.connect(place) as connection:
        assert inspect(connection, LOG) is None
        views = connection.execute("SELECT DISTINCT position FROM view_checkpoints").fetchall()
        assert views == [(SIZE,)]
        assert connection.execute("SELECT count(*) FROM tiles").fetchone() == (SIZE // 256,)
    session = Session(place, "test")
    assert TreeKeeper(session).root(SIZE).hex() == outcome.log.manifest.root
    session.close()
    assert databases(place) == {""}


def test_a_restored_log_goes_on(saved: Saved, place: str) -> None:
    """A repeated command is a replay, because its request came back as well."""
    restore(place, saved.source())
    with SyncGate(place, log=LOG, clock=FixedClock("2027-01-01T00:00:00.000000Z")) as gate:
        assert gate.dispatch(create("s0")).position <= SIZE
        assert gate.dispatch(create("new")).position == SIZE + 1
    with psycopg.connect(place) as connection:
        assert inspect(connection, LOG) is None


def test_data_that_were_sealed_open_once_the_vault_is_back(saved: Saved, place: str) -> None:
    outcome = restore(place, saved.source(), vault=saved.vault())
    assert outcome.vault is not None
    assert (outcome.vault.living, outcome.vault.erased) == (2, 0)
    vault = vault_of(place)
    assert vault.open(saved.boxes["ann"], *BOX) == "ann@tallystick.example"
    vault.close()


def test_the_vault_alone_can_come_later(saved: Saved, place: str) -> None:
    """Doing it twice changes nothing."""
    restore(place, saved.source())
    for _ in range(2):
        restored = restore_vault_alone(place, saved.vault())
        assert (restored.living, restored.erased) == (2, 0)
    vault = vault_of(place)
    assert vault.open(saved.boxes["bob"], *BOX) == "bob@tallystick.example"
    vault.close()


def test_a_key_whose_person_the_log_calls_erased_never_comes_back(saved: Saved, place: str) -> None:
    """Erased after the backup of the vault was taken; the log is newer and says so."""
    restore(place, saved.source())
    with SyncGate(place, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(create("ann"))
    # No decision erases anybody yet: another fact stands for it.
    erasures = {"subject.created": lambda envelope: identity_of(envelope.stream)}
    restored = restore_vault_alone(place, saved.vault(erasures=erasures))
    assert (restored.living, restored.erased) == (1, 1)
    vault = vault_of(place)
    with pytest.raises(KeyErased):
        vault.open(saved.boxes["ann"], *BOX)
    assert vault.open(saved.boxes["bob"], *BOX) == "bob@tallystick.example"
    vault.close()


def test_a_key_that_the_vault_marks_as_erased_never_comes_back(saved: Saved, place: str) -> None:
    """Neither from the vault in use, nor when the whole database is replaced by an old one."""
    restore(place, saved.source(), vault=saved.vault())
    vault = vault_of(place)
    assert vault.erase("bob")
    vault.close()
    assert restore_vault_alone(place, saved.vault()).erased == 1
    restore(place, saved.source(), switch=True)
    assert restore_vault_alone(place, saved.vault()).erased == 1
    vault = vault_of(place)
    with pytest.raises(KeyErased):
        vault.open(saved.boxes["bob"], *BOX)
    vault.close()


def test_a_vault_of_another_key_encryption_key_is_refused(saved: Saved, place: str) -> None:
    other = VaultSource(folder=saved.folder / "vault", log=LOG, key_encryption_key=bytes(32))
    with pytest.raises(ArchiveRefused, match="another key-encryption key"):
        restore(place, saved.source(), vault=other)
    assert databases(place) == set()


def test_a_person_with_another_key_by_now_stops_the_vault(saved: Saved, place: str) -> None:
    restore(place, saved.source())
    vault = vault_of(place)
    box = vault.seal("ann", *BOX, "new@tallystick.example")
    with pytest.raises(ArchiveRefused, match="another key since"):
        restore_vault_alone(place, saved.vault())
    assert vault.open(box, *BOX) == "new@tallystick.example"
    vault.close()


def test_a_log_is_never_overwritten_and_a_replaced_one_is_kept(saved: Saved, place: str) -> None:
    restore(place, saved.source())
    with SyncGate(place, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(create("newer"))
    with pytest.raises(TargetRefused, match="is not empty"):
        restore(place, saved.source())
    assert databases(place) == {""}
    outcome = restore(place, saved.source(), switch=True)
    assert databases(place) == {"", "_before_1"}
    assert outcome.aside is not None
    assert len(tables(saved.place(outcome.aside))["events"]) == SIZE + 1
    assert len(tables(place)["events"]) == SIZE


def test_an_empty_database_in_the_place_is_no_obstacle(
    saved: Saved, place: str, create_database: Callable[[], str]
) -> None:
    """Neither one that was migrated already, as at the first start."""
    empty = create_database()
    migrate(empty)
    restore(empty, saved.source())
    assert databases(empty) == {""}
    assert tables(empty) == tables(saved.url)


def test_a_database_of_somebody_else_is_not_empty(
    saved: Saved, create_database: Callable[[], str]
) -> None:
    other = create_database()
    with psycopg.connect(other) as connection:
        connection.execute("CREATE TABLE theirs AS SELECT 1")
    with pytest.raises(TargetRefused, match="is not empty"):
        restore(other, saved.source())


def test_a_database_in_use_is_not_replaced(saved: Saved, place: str) -> None:
    restore(place, saved.source())
    with psycopg.connect(place), pytest.raises(TargetRefused, match="in use"):
        restore(place, saved.source(), switch=True)
    assert databases(place) == {""}


def test_only_one_restore_at_a_time(saved: Saved, place: str) -> None:
    refusals: list[str] = []

    @contextmanager
    def stage(what: str, _: int) -> Iterator[Tick]:
        if what == "restoring the log":
            with pytest.raises(TargetRefused, match="another restore"):
                restore(place, saved.source())
            refusals.append(what)
        yield lambda _: None

    restore(place, saved.source(), stage=stage)
    assert refusals


@pytest.fixture
def copy(saved: Saved, tmp_path: Path) -> Saved:
    """Give the same backup once more, to be damaged."""
    shutil.copytree(saved.folder, tmp_path / "copy")
    copied = Saved(saved.url, tmp_path / "copy")
    copied.boxes = saved.boxes
    return copied


def test_a_damaged_file_is_refused_before_anything_is_made(copy: Saved, place: str) -> None:
    with (copy.folder / "log" / "documents.copy").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ArchiveRefused, match=r"documents\.copy is damaged"):
        restore(place, copy.source())
    assert databases(place) == set()


def test_a_file_that_is_missing_is_refused(copy: Saved, place: str) -> None:
    (copy.folder / "log" / "checkpoints.copy").unlink()
    with pytest.raises(ArchiveRefused, match="cannot be read"):
        restore(place, copy.source())
    assert databases(place) == set()


def test_an_event_changed_under_a_fitting_manifest_is_refused(copy: Saved, place: str) -> None:
    """Whoever can write the whole folder can write its digests, too, but not the chain."""
    folder = copy.folder / "log"
    manifest = read_manifest(folder, "log")
    content = (folder / "events.copy").read_bytes()
    at = content.rindex(b'"country":"GB"')
    changed = content[:at] + b'"country":"FR"' + content[at + len(b'"country":"GB"') :]
    (folder / "events.copy").write_bytes(changed)
    parts = tuple(
        msgspec.structs.replace(part, sha256=sha256(changed).hexdigest())
        if part.table == "events"
        else part
        for part in manifest.parts
    )
    write_manifest(folder, msgspec.structs.replace(manifest, parts=parts))
    with pytest.raises(FaultFound) as raised:
        restore(place, copy.source())
    assert raised.value.fault == Fault(SIZE, "chain_mismatch")
    assert databases(place) == set()


def test_another_log_s_backup_is_refused(saved: Saved, place: str) -> None:
    with pytest.raises(ArchiveRefused, match=f"the log {LOG}, not example/other"):
        restore(place, Source(folder=saved.folder / "log", log="example/other"))


def test_a_backup_older_than_what_was_signed_is_refused(saved: Saved, place: str) -> None:
    """The node's own checkpoint is larger than the whole log in the backup."""
    signed = Checkpoint(LOG, SIZE + 5, bytes(32), bytes(32))
    with pytest.raises(FaultFound) as raised:
        restore(place, saved.source(signed))
    assert raised.value.fault == Fault(SIZE + 1, "tail_missing")
    assert databases(place) == set()


def test_a_backup_of_another_history_is_refused(saved: Saved, place: str) -> None:
    signed = Checkpoint(LOG, 100, bytes(32), bytes(32))
    with pytest.raises(FaultFound) as raised:
        restore(place, saved.source(signed))
    assert raised.value.fault == Fault(100, "fork")
    assert databases(place) == set()
