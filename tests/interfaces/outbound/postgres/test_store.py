"""Append-only tables, vault and documents on real Postgres."""

from collections.abc import Iterator

import psycopg
import pytest

from application.ports.gate import StoreUnavailable
from interfaces.outbound.postgres.documents import DocumentDamaged, PostgresDocuments
from interfaces.outbound.postgres.identifiers import PostgresIdentifiers
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.sessions import Session, parameters
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.vault import PostgresVault, rewrap
from interfaces.outbound.sealing import BoxDamaged
from tests.conformance.identifiers import IdentifiersConformance
from tests.conformance.script import LOG, FixedClock, opening
from tests.conformance.vault import PLACE, DocumentsConformance, VaultConformance

pytestmark = pytest.mark.postgres

KEY = bytes(range(32))
NOWHERE = "postgresql://nobody:secret@127.0.0.1:1/nothing"


class TestPostgresVault(VaultConformance):
    @pytest.fixture
    def vault(self, database: str) -> Iterator[PostgresVault]:
        vault = PostgresVault(database, log=LOG, key_encryption_key=KEY)
        yield vault
        vault.close()


class TestPostgresIdentifiers(IdentifiersConformance):
    @pytest.fixture
    def identifiers(self, database: str) -> Iterator[PostgresIdentifiers]:
        identifiers = PostgresIdentifiers(database, key=KEY)
        yield identifiers
        identifiers.close()


@pytest.mark.capability("LB4", part="uniqueness")
def test_whoever_is_erased_frees_its_address(database: str) -> None:
    """The table holds no address, and nothing of a person whose key is destroyed."""
    vault = PostgresVault(database, log=LOG, key_encryption_key=KEY)
    identifiers = PostgresIdentifiers(database, key=KEY)
    now, until = (f"2026-05-2{day}T10:00:00.000000Z" for day in (2, 3))
    vault.seal("nell", *PLACE, "nell@example.com")
    assert identifiers.claim("email", "nell@example.com", "nell", now=now, until=until) == "nell"
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT encode(mac, 'escape') FROM identifiers.taken").fetchall()
    assert all("nell" not in row[0] for row in rows)
    assert vault.erase("nell")
    assert identifiers.holder("email", "nell@example.com") is None
    identifiers.close()
    vault.close()


class TestPostgresDocuments(DocumentsConformance):
    @pytest.fixture
    def documents(self, database: str) -> Iterator[PostgresDocuments]:
        documents = PostgresDocuments(database)
        yield documents
        documents.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET type = 'other'",
        "DELETE FROM events",
        "DELETE FROM events WHERE position = 999",
        "TRUNCATE events",
        "SET session_replication_role = replica; DELETE FROM events",
        "UPDATE checkpoints SET note = 'other'",
        "TRUNCATE checkpoints",
    ],
)
def test_what_is_written_stays_written(
    database: str, admin: psycopg.Connection, statement: str
) -> None:
    """Not even the owner of the tables changes them by accident."""
    with SyncGate(database, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(opening())
    # A table that another one names is not truncated either, before any trigger is asked.
    refusals = (psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported)
    with pytest.raises(refusals, match=r"refused|permission denied|foreign key"):
        admin.execute(statement.encode())
    assert admin.execute("SELECT count(*) FROM events").fetchone() == (1,)


def test_a_position_is_written_once(database: str, admin: psycopg.Connection) -> None:
    """The last word is the database's: no position, version or ordinal twice."""
    with SyncGate(database, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(opening())
    for changed in (
        "position = 1",
        "stream = 'a:b', command = gen_random_uuid()",
        "stream = 'a:b', position = 2",
    ):
        columns = dict(part.split(" = ") for part in changed.split(", "))
        names = "position, stream, version, type, command, ordinal, request, body, chain"
        values = ", ".join(columns.get(name, name) for name in names.split(", "))
        with pytest.raises(psycopg.errors.UniqueViolation):
            admin.execute(f"INSERT INTO events SELECT {values} FROM events".encode())  # noqa: S608


def test_a_wrapped_key_belongs_to_its_person(database: str, admin: psycopg.Connection) -> None:
    vault = PostgresVault(database, log=LOG, key_encryption_key=KEY)
    anna, bert = vault.seal("anna", *PLACE, "a"), vault.seal("bert", *PLACE, "b")
    admin.execute(
        "UPDATE vault.keys SET wrapped = (SELECT wrapped FROM vault.keys WHERE key = %s)"
        " WHERE key = %s",
        [bert.sealed, anna.sealed],
    )
    with pytest.raises(BoxDamaged):
        vault.open(anna, *PLACE)
    vault.close()
    stranger = PostgresVault(database, log=LOG, key_encryption_key=bytes(32))
    with pytest.raises(BoxDamaged):
        stranger.open(bert, *PLACE)
    stranger.close()


def test_an_erased_key_leaves_no_bytes(database: str, admin: psycopg.Connection) -> None:
    vault = PostgresVault(database, log=LOG, key_encryption_key=KEY)
    vault.seal("anna", *PLACE, "a")
    vault.erase("anna")
    vault.close()
    row = admin.execute("SELECT wrapped, erased_at IS NOT NULL FROM vault.keys").fetchone()
    assert row == (None, True)


def test_a_damaged_document_is_not_handed_out(database: str, admin: psycopg.Connection) -> None:
    documents = PostgresDocuments(database)
    digest = documents.put(b"the invoice")
    admin.execute("UPDATE documents SET content = 'another invoice'")
    with pytest.raises(DocumentDamaged):
        documents.get(digest)
    documents.close()


def test_a_session_that_was_cut_opens_again(database: str, admin: psycopg.Connection) -> None:
    session = Session(database, "cut")
    for _ in range(3):
        assert session.run(lambda connection: connection.execute("SELECT 1").fetchone()) == (1,)
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'tallystick cut'"
        )
    session.close()


def test_a_stream_of_rows_may_wait_for_its_reader() -> None:
    """TCP counts a reader that takes nothing for three seconds as dead, too."""
    assert parameters("worker")["tcp_user_timeout"] == 3_000
    assert parameters("backup", statement_seconds=0)["tcp_user_timeout"] == 0


def test_a_store_that_is_away_is_said_to_be(caplog: pytest.LogCaptureFixture) -> None:
    """The answer names the kind of error and never the address or the password."""
    log = PostgresLog(NOWHERE, log=LOG)
    documents = PostgresDocuments(NOWHERE)
    vault = PostgresVault(NOWHERE, log=LOG, key_encryption_key=KEY)
    for ask in (
        log.head,
        lambda: log.wait(0, 1.0),
        lambda: documents.get("0"),
        lambda: documents.put(b""),
        lambda: vault.seal("anna", *PLACE, "a"),
        lambda: vault.erase("anna"),
    ):
        with pytest.raises(StoreUnavailable) as caught:
            ask()
        assert str(caught.value).startswith("OperationalError")
        assert "secret" not in str(caught.value) + caplog.text


def test_data_keys_are_wrapped_anew_while_the_vault_is_used(database: str) -> None:
    """At every moment of a rotation everything opens; afterwards the old key opens nothing."""
    old, new = bytes(range(32)), bytes(range(32, 64))
    keys = [old]
    vault = PostgresVault(database, log=LOG, key_encryption_key=lambda: tuple(keys))
    place = ("subject:s", "subject.created", "/name")
    sealed = vault.seal("ada", *place, '"Ada"')
    keys[:] = [old, new]
    assert rewrap(database, keys, new) == 1
    assert vault.open(sealed, *place) == '"Ada"'
    late = vault.seal("bob", *place, '"Bob"')
    keys[:] = [new, old]
    assert rewrap(database, keys, new) == 2
    keys[:] = [new]
    assert [vault.open(each, *place) for each in (sealed, late)] == ['"Ada"', '"Bob"']
    keys[:] = [old]
    with pytest.raises(BoxDamaged):
        vault.open(sealed, *place)
    vault.close()
