"""Documents of persons in Postgres, each sealed under its person's data key."""

from hashlib import sha256
from typing import Final

import psycopg

from application.ports.documents import DocumentFacts
from interfaces.outbound.postgres.documents import DocumentDamaged
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.vault import PostgresVault
from interfaces.outbound.sealing import label_of

_PUT: Final = """
INSERT INTO personal_documents (person, digest, media_type, size, box)
VALUES (%s, %s, %s, %s, %b) ON CONFLICT DO NOTHING
"""
_DESCRIBE: Final = """
SELECT media_type, size FROM personal_documents WHERE person = %s AND digest = %s
"""
_GET: Final = "SELECT box FROM personal_documents WHERE person = %s AND digest = %s"
_PURGE: Final = "DELETE FROM personal_documents WHERE person = %s"


class PostgresPersonalDocuments:
    """Keeps documents until their person is erased; the same content is kept once a person."""

    def __init__(self, url: str, vault: PostgresVault) -> None:
        self._session = Session(url, "personal documents")
        self._vault = vault

    def put(self, person: str, content: bytes, media_type: str) -> DocumentFacts:
        """Keep a document and tell what it is. Raises StoreUnavailable."""
        digest = sha256(content).hexdigest()
        facts = DocumentFacts(digest=digest, media_type=media_type, size=len(content))
        if self.describe(person, digest) is not None:
            return facts
        box = self._vault.seal_content(person, label_of(person, digest), content)
        row = [person, digest, media_type, len(content), box]
        self._session.run(lambda connection: connection.execute(_PUT, row))
        return facts

    def describe(self, person: str, digest: str) -> DocumentFacts | None:
        """Tell what a document is. Raises StoreUnavailable."""

        def work(connection: psycopg.Connection) -> tuple[str, int] | None:
            row = connection.execute(_DESCRIBE, [person, digest]).fetchone()
            return None if row is None else (row[0], row[1])

        found = self._session.run(work)
        if found is None:
            return None
        return DocumentFacts(digest=digest, media_type=found[0], size=found[1])

    def get(self, person: str, digest: str) -> bytes | None:
        """Open a document. Raises KeyErased, DocumentDamaged, StoreUnavailable."""

        def work(connection: psycopg.Connection) -> bytes | None:
            cursor = connection.cursor(binary=True)
            row = cursor.execute(_GET, [person, digest]).fetchone()
            return None if row is None else bytes(row[0])

        box = self._session.run(work)
        if box is None:
            return None
        content = self._vault.open_content(label_of(person, digest), box)
        if sha256(content).hexdigest() != digest:
            raise DocumentDamaged(digest)
        return content

    def purge(self, person: str) -> int:
        """Throw the documents of a person away; tells how many. Raises StoreUnavailable."""
        return self._session.run(lambda connection: connection.execute(_PURGE, [person]).rowcount)

    def close(self) -> None:
        """End the session."""
        self._session.close()
