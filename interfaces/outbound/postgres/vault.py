"""The vault in Postgres: one data key for each person, gone for ever when the person is erased.

Nothing is cached: a key that was erased elsewhere opens nothing here a moment later.
"""

from collections.abc import Callable, Sequence
from typing import Final

import psycopg

from application.ports.world import KeyErased
from domain.kernel.sealed import Sealed
from interfaces.outbound import sealing
from interfaces.outbound.postgres.identifiers import FORGET
from interfaces.outbound.postgres.sessions import Session, parameters
from interfaces.outbound.sealing import BoxDamaged, Place

_ADD: Final = """
INSERT INTO vault.keys (key, person, wrapped) VALUES (%s, %s, %b)
ON CONFLICT (person) WHERE erased_at IS NULL DO NOTHING
"""
_OF_PERSON: Final = "SELECT key, wrapped FROM vault.keys WHERE person = %s AND erased_at IS NULL"
_OF_KEY: Final = "SELECT person, wrapped FROM vault.keys WHERE key = %s"
_ERASE: Final = """
UPDATE vault.keys SET wrapped = NULL, erased_at = now() WHERE person = %s AND erased_at IS NULL
"""
_WRAPPED: Final = "SELECT key, person, wrapped FROM vault.keys WHERE wrapped IS NOT NULL FOR UPDATE"
_REWRAP: Final = "UPDATE vault.keys SET wrapped = %b WHERE key = %s"


class PostgresVault:
    """Seals and opens personal data of one log."""

    def __init__(
        self, url: str, *, log: str, key_encryption_key: bytes | Callable[[], Sequence[bytes]]
    ) -> None:
        self._log = log
        self._keys = key_encryption_key
        self._session = Session(url, "vault")

    def seal(self, person: str, stream: str, event_type: str, pointer: str, value: str) -> Sealed:
        """Seal a value under the person's key, made at first need. Raises StoreUnavailable."""
        name, key = self._session.run(lambda connection: self._key_of(connection, person))
        place = Place(log=self._log, stream=stream, type=event_type, pointer=pointer)
        return sealing.seal(name, key, place, value)

    def open(self, sealed: Sealed, stream: str, event_type: str, pointer: str) -> str:
        """Open a box. Raises KeyErased, BoxDamaged, StoreUnavailable."""
        place = Place(log=self._log, stream=stream, type=event_type, pointer=pointer)
        return sealing.unseal(self._key_named(sealed.sealed), place, sealed)

    def seal_content(self, person: str, label: str, content: bytes) -> bytes:
        """Seal bytes that lie outside the log under the person's key. Raises StoreUnavailable."""
        name, key = self._session.run(lambda connection: self._key_of(connection, person))
        return sealing.seal_content(name, key, label, content)

    def open_content(self, label: str, box: bytes) -> bytes:
        """Open such bytes. Raises KeyErased, BoxDamaged, StoreUnavailable."""
        return sealing.unseal_content(self._key_named(sealing.key_of_content(box)), label, box)

    def _key_named(self, name: str) -> bytes:
        def work(connection: psycopg.Connection) -> tuple[str, bytes | None] | None:
            row = connection.execute(_OF_KEY, [name]).fetchone()
            return None if row is None else (row[0], row[1])

        found = self._session.run(work)
        if found is None:
            raise BoxDamaged("the box names a key that the vault never had")
        person, wrapped = found
        if wrapped is None:
            raise KeyErased
        return self._unwrapped(name, person, wrapped)

    def erase(self, person: str) -> bool:
        """Destroy the person's key; tells whether there was one. Raises StoreUnavailable.

        Also the table's dead rows are cleared away, which would still hold it.
        """

        def work(connection: psycopg.Connection) -> bool:
            # The address and the phone go first: without the key nobody could find them.
            connection.execute(FORGET, [person])
            erased = connection.execute(_ERASE, [person]).rowcount > 0
            connection.execute("VACUUM vault.keys")
            return erased

        return self._session.run(work)

    def close(self) -> None:
        """End the session."""
        self._session.close()

    def _key_of(self, connection: psycopg.Connection, person: str) -> tuple[str, bytes]:
        row = connection.execute(_OF_PERSON, [person]).fetchone()
        if row is None:
            name, key = sealing.new_key()
            wrapped = sealing.wrap(self._wrapping()[0], name=name, person=person, key=key)
            # Somebody else may add one at the same moment: whichever is there counts.
            connection.execute(_ADD, [name, person, wrapped])
            row = connection.execute(_OF_PERSON, [person]).fetchone()
        if row is None:
            message = "the person was erased while a value was being sealed"
            raise KeyErased(message)
        return row[0], self._unwrapped(row[0], person, row[1])

    def _unwrapped(self, name: str, person: str, wrapped: bytes) -> bytes:
        return unwrap_with(self._wrapping(), name=name, person=person, wrapped=wrapped)

    def _wrapping(self) -> Sequence[bytes]:
        """Tell the key-encryption keys: the present one, then those it may have come after."""
        return (self._keys,) if isinstance(self._keys, bytes) else self._keys()


def unwrap_with(keys: Sequence[bytes], *, name: str, person: str, wrapped: bytes) -> bytes:
    """Unwrap a data key with whichever key wrapped it. Raises BoxDamaged."""
    for key in keys[:-1]:
        try:
            return sealing.unwrap(key, name=name, person=person, wrapped=wrapped)
        except BoxDamaged:  # one of the others may have wrapped it, while keys are rotated
            continue
    return sealing.unwrap(keys[-1], name=name, person=person, wrapped=wrapped)


def rewrap(url: str, keys: Sequence[bytes], new: bytes) -> int:
    """Wrap every data key under a new key-encryption key; tell how many were not.

    All or none. Raises BoxDamaged for one that no key opens, psycopg.Error.
    """
    with psycopg.connect(url, **parameters("rewrap")) as connection:
        rows = connection.execute(_WRAPPED).fetchall()
        fresh = []
        for name, person, wrapped in rows:
            key = unwrap_with((new, *keys), name=name, person=person, wrapped=bytes(wrapped))
            fresh.append((sealing.wrap(new, name=name, person=person, key=key), name))
        connection.cursor().executemany(_REWRAP, fresh)
    with psycopg.connect(url, autocommit=True, **parameters("rewrap")) as connection:
        # Dead rows would still hold the keys under the old wrapping.
        connection.execute("VACUUM vault.keys")
    return len(fresh)
