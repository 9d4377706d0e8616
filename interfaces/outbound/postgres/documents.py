"""Documents in Postgres, named by their SHA-256."""

from hashlib import sha256

import psycopg

from interfaces.outbound.postgres.sessions import Session


class DocumentDamaged(Exception):
    """What is kept under a digest is not what was put there."""


class PostgresDocuments:
    """Keeps documents for ever; the same content is kept once."""

    def __init__(self, url: str) -> None:
        self._session = Session(url, "documents")

    def put(self, content: bytes) -> str:
        """Keep a document and tell its digest. Raises StoreUnavailable."""
        digest = sha256(content).hexdigest()

        def work(connection: psycopg.Connection) -> None:
            connection.execute(
                "INSERT INTO documents (digest, content) VALUES (%s, %b) ON CONFLICT DO NOTHING",
                [digest, content],
            )

        self._session.run(work)
        return digest

    def get(self, digest: str) -> bytes | None:
        """Fetch a document. Raises StoreUnavailable, DocumentDamaged."""

        def work(connection: psycopg.Connection) -> bytes | None:
            cursor = connection.cursor(binary=True)
            cursor.execute("SELECT content FROM documents WHERE digest = %s", [digest])
            row = cursor.fetchone()
            return None if row is None else bytes(row[0])

        content = self._session.run(work)
        if content is not None and sha256(content).hexdigest() != digest:
            raise DocumentDamaged(digest)
        return content

    def close(self) -> None:
        """End the session."""
        self._session.close()
