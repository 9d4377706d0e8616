"""Who has which address or phone, in Postgres: the unique key of the table decides every race."""

from typing import Final

import psycopg

from interfaces.outbound.identifying import mac_of, name_of
from interfaces.outbound.postgres.sessions import Session

_CLAIM: Final = """
INSERT INTO identifiers.taken (kind, mac, person, until) VALUES (%s, %b, %s, %s)
ON CONFLICT (kind, mac) DO UPDATE SET person = excluded.person, until = excluded.until
WHERE taken.until <= %s
RETURNING person
"""
_HOLDER: Final = "SELECT person FROM identifiers.taken WHERE kind = %s AND mac = %b"
_EXTEND: Final = """
UPDATE identifiers.taken SET until = CASE WHEN until IS NULL THEN NULL ELSE %s END
WHERE kind = %s AND person = %s
"""
_CONFIRM: Final = "UPDATE identifiers.taken SET until = NULL WHERE kind = %s AND person = %s"
_RELEASE: Final = "DELETE FROM identifiers.taken WHERE kind = %s AND mac = %b AND person = %s"
FORGET: Final = "DELETE FROM identifiers.taken WHERE person = %s"
"""Frees all that a person has."""


class PostgresIdentifiers:
    """Claims under a key of this installation; satisfies ``Identifiers``."""

    def __init__(self, url: str, *, key: bytes) -> None:
        self._key = key
        self._session = Session(url, "identifiers")

    def claim(self, kind: str, value: str, person: str, *, now: str, until: str) -> str:
        """Take a value for a person if nobody has it; tells who has it now."""
        mac = mac_of(self._key, kind, value)

        def work(connection: psycopg.Connection) -> str | None:
            row = connection.execute(_CLAIM, [kind, mac, person, until, now]).fetchone()
            row = row or connection.execute(_HOLDER, [kind, mac]).fetchone()
            return None if row is None else str(row[0])

        while (holder := self._session.run(work)) is None:
            continue  # whoever had it gave it back between the two questions
        return holder

    def extend(self, kind: str, person: str, *, until: str) -> bool:
        """Move the end of a person's provisional claim."""
        return self._session.run(
            lambda connection: connection.execute(_EXTEND, [until, kind, person]).rowcount > 0
        )

    def confirm(self, kind: str, person: str) -> bool:
        """Make a person's claim last."""
        return self._session.run(
            lambda connection: connection.execute(_CONFIRM, [kind, person]).rowcount > 0
        )

    def release(self, kind: str, value: str, person: str) -> None:
        """Give a value back that a person has."""
        mac = mac_of(self._key, kind, value)
        self._session.run(lambda connection: connection.execute(_RELEASE, [kind, mac, person]))

    def holder(self, kind: str, value: str) -> str | None:
        """Tell who has a value."""
        mac = mac_of(self._key, kind, value)

        def work(connection: psycopg.Connection) -> str | None:
            row = connection.execute(_HOLDER, [kind, mac]).fetchone()
            return None if row is None else str(row[0])

        return self._session.run(work)

    def name(self, *parts: str) -> str:
        """Make a name for somebody new."""
        return name_of(self._key, *parts)

    def forget(self, person: str) -> None:
        """Free all that a person has."""
        self._session.run(lambda connection: connection.execute(FORGET, [person]))

    def close(self) -> None:
        """End the session."""
        self._session.close()
