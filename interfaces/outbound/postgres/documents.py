"""Documents outside the log, named by their SHA-256."""

from hashlib import sha256

from interfaces.outbound.postgres.sessions import Session


class PostgresDocuments:
    """Keeps documents in a table; satisfies ``Documents``."""

    def __init__(self, url: str) -> None:
        self._session = Session(url, "documents")

    def put(self, content: bytes) -> str:
        """Keep a document; the same one again changes nothing. Raises StoreUnavailable."""
        digest = sha256(content).hexdigest()
        self._session.run(
            lambda connection: connection.execute(
                "INSERT INTO documents (digest, content) VALUES (%s, %s)"
                " ON CONFLICT (digest) DO NOTHING",
                (digest, content),
            )
        )
        return digest

    def get(self, digest: str) -> bytes | None:
        """Fetch a document. Raises StoreUnavailable."""
        row = self._session.run(
            lambda connection: connection.execute(
                "SELECT content FROM documents WHERE digest = %s", (digest,)
            ).fetchone()
        )
        return bytes(row[0]) if row else None
