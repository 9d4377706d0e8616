"""Throws away what lies of a person outside the log; what is on the log opens with no key after."""

from collections.abc import Iterable
from typing import Final

import psycopg

from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.vault import PostgresVault

PURGES: Final = (
    "DELETE FROM personal_documents WHERE person = ANY(%s)",
    # Sessions and the identities of other providers go with their logins.
    "DELETE FROM access.logins WHERE subject = ANY(%s)",
    "DELETE FROM access.audit WHERE subject = ANY(%s)",
    "DELETE FROM identifiers.taken WHERE person = ANY(%s)",
)
"""Rows of persons; they may be thrown away any number of times."""

_EMPTIED: Final = (
    "personal_documents",
    "access.logins",
    "access.sessions",
    "access.identities",
    "access.audit",
    "identifiers.taken",
)


class PostgresForgetting:
    """Forgets persons, for good; whatever it has done already is as if it were done again."""

    def __init__(self, url: str, vault: PostgresVault) -> None:
        self._session = Session(url, "forgetting")
        self._vault = vault

    def forget(self, person: str) -> None:
        """Destroy the person's key and throw the rest away. Raises StoreUnavailable.

        The key goes first: should the power fail now, nothing opens any more.
        """
        self._vault.erase(person)
        self._session.run(lambda connection: purge(connection, [person]))
        self._session.run(_clear)

    def close(self) -> None:
        """End the session."""
        self._session.close()


def purge(connection: psycopg.Connection, persons: Iterable[str]) -> None:
    """Delete the rows of persons. Raises psycopg.Error."""
    named = list(persons)
    for statement in PURGES:
        connection.execute(statement.encode(), [named])


def _clear(connection: psycopg.Connection) -> None:
    """Clear dead rows away, in which the deleted ones would still stand."""
    for table in _EMPTIED:
        connection.execute(f"VACUUM {table}".encode())
