"""The vault: one data key for each person, wrapped, outside the log (FORMATS 7).

A box is AES-256-GCM under the person's data key; its associated data name log, stream, type and
place, so that no box can be moved. Erasing a person destroys the key: every box stays closed.
"""

import base64
import binascii
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import Connection

from application.ports.world import KeyErased
from domain.integrity.canonical import canonical, parse_canonical
from domain.kernel.sealed import Sealed
from interfaces.outbound.postgres.sessions import Session

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12


class BoxDamaged(Exception):  # noqa: N818 - named for what it is
    """A box does not open under its key: it was changed or moved."""


class PostgresVault:
    """Keeps wrapped data keys in their own schema; satisfies ``Vault``."""

    def __init__(self, url: str, *, log: str, key_encryption_key: bytes) -> None:
        self._session = Session(url, "vault")
        self._log = log
        self._wrapping = AESGCM(key_encryption_key)

    def seal(self, person: str, stream: str, event_type: str, pointer: str, value: str) -> Sealed:
        """Seal a value under the person's key, made at first need. Raises StoreUnavailable."""
        key, secret = self._session.run(lambda connection: self._key_of(connection, person))
        nonce = os.urandom(NONCE_BYTES)
        place = self._place(stream, event_type, pointer)
        box = AESGCM(secret).encrypt(nonce, canonical(value), place)
        return Sealed(
            sealed=key,
            nonce=base64.b64encode(nonce).decode(),
            box=base64.b64encode(box).decode(),
        )

    def open(self, sealed: Sealed, stream: str, event_type: str, pointer: str) -> str:
        """Open a box. Raises KeyErased, BoxDamaged, StoreUnavailable."""
        row = self._session.run(
            lambda connection: connection.execute(
                "SELECT person, wrapped FROM vault.keys WHERE key = %s", (sealed.sealed,)
            ).fetchone()
        )
        if row is None or row[1] is None:
            raise KeyErased(sealed.sealed)
        place = self._place(stream, event_type, pointer)
        try:
            secret = self._unwrap(sealed.sealed, row[0], bytes(row[1]))
            nonce = base64.b64decode(sealed.nonce, validate=True)
            box = base64.b64decode(sealed.box, validate=True)
            plain = parse_canonical(AESGCM(secret).decrypt(nonce, box, place))
        except (InvalidTag, binascii.Error, ValueError) as error:
            message = f"a box under {sealed.sealed} does not open"
            raise BoxDamaged(message) from error
        return str(plain)

    def erase(self, person: str) -> int:
        """Destroy a person's keys; returns how many there were. Raises StoreUnavailable."""
        done = self._session.run(
            lambda connection: (
                connection.execute(
                    "UPDATE vault.keys SET wrapped = NULL, erased_at = now()"
                    " WHERE person = %s AND wrapped IS NOT NULL",
                    (person,),
                ).rowcount
            )
        )
        return int(done)

    def _key_of(self, connection: Connection, person: str) -> tuple[str, bytes]:
        with connection.transaction():
            row = connection.execute(
                "SELECT key, wrapped FROM vault.keys WHERE person = %s AND wrapped IS NOT NULL",
                (person,),
            ).fetchone()
            if row is not None:
                return row[0], self._unwrap(row[0], person, bytes(row[1]))
            key, secret = os.urandom(16).hex(), AESGCM.generate_key(8 * KEY_BYTES)
            connection.execute(
                "INSERT INTO vault.keys (key, person, wrapped) VALUES (%s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                (key, person, self._wrap(key, person, secret)),
            )
            # Somebody else may have made one in between: theirs is the key then.
            row = connection.execute(
                "SELECT key, wrapped FROM vault.keys WHERE person = %s AND wrapped IS NOT NULL",
                (person,),
            ).fetchone()
        if row is None:
            raise KeyErased(person)
        return row[0], self._unwrap(row[0], person, bytes(row[1]))

    def _wrap(self, key: str, person: str, secret: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._wrapping.encrypt(nonce, secret, f"{key}\n{person}".encode())

    def _unwrap(self, key: str, person: str, wrapped: bytes) -> bytes:
        nonce, box = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        return self._wrapping.decrypt(nonce, box, f"{key}\n{person}".encode())

    def _place(self, stream: str, event_type: str, pointer: str) -> bytes:
        return "\n".join((self._log, stream, event_type, pointer)).encode()
