"""Documents of persons in Postgres: sealed where they lie."""

from collections.abc import Iterator

import psycopg
import pytest

from interfaces.outbound.postgres.personaldocuments import PostgresPersonalDocuments
from interfaces.outbound.postgres.vault import PostgresVault
from interfaces.outbound.sealing import BoxDamaged
from tests.conformance.personaldocuments import SCAN, Kept, PersonalDocumentsConformance

pytestmark = pytest.mark.postgres

KEY = bytes(range(32))


@pytest.fixture
def kept(database: str) -> Iterator[Kept]:
    vault = PostgresVault(database, log="tallystick.example/test", key_encryption_key=KEY)
    documents = PostgresPersonalDocuments(database, vault)
    yield documents, vault
    documents.close()
    vault.close()


class TestPostgresPersonalDocuments(PersonalDocumentsConformance):
    """The suite that the twin in memory passes, too."""


def test_nothing_of_a_document_lies_open(kept: Kept, admin: psycopg.Connection) -> None:
    documents, _ = kept
    digest = documents.put("anna", SCAN, "image/png").digest
    row = admin.execute("SELECT box FROM personal_documents").fetchone()
    assert row is not None
    assert b"passport" not in bytes(row[0])
    documents.put("bert", SCAN, "image/png")
    admin.execute(
        "UPDATE personal_documents SET box = (SELECT box FROM personal_documents"
        " WHERE person = 'bert') WHERE person = 'anna'"
    )
    with pytest.raises(BoxDamaged):
        documents.get("anna", digest)
