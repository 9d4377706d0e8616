"""What workers remember: places in the log, and raw transactions before anybody sees them."""

from typing import Final

import psycopg
from psycopg.rows import class_row

from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.rawtransaction import RawTransaction


class PostgresPlaces:
    """How far each follower has come; satisfies the workers' ``Places``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def place(self, name: str) -> int:
        """Tell the last position that a follower is done with, 0 at first."""
        row = self._session.run(
            lambda connection: connection.execute(
                "SELECT position FROM process_checkpoints WHERE name = %s", (name,)
            ).fetchone()
        )
        return int(row[0]) if row else 0

    def move(self, name: str, position: int) -> None:
        """Move a follower's place."""
        self._session.run(
            lambda connection: connection.execute(
                "INSERT INTO process_checkpoints (name, position) VALUES (%s, %s)"
                " ON CONFLICT (name) DO UPDATE SET position = excluded.position",
                (name, position),
            )
        )


_FIELDS = RawTransaction.__struct_fields__
_PUT = (
    f"INSERT INTO chain_raw ({', '.join(_FIELDS)})"  # noqa: S608 - the struct's own names
    f" VALUES ({', '.join(f'%({field})s' for field in _FIELDS)})"
    " ON CONFLICT (write, transaction) DO NOTHING"
)
_SELECT = (
    "SELECT write, sender, nonce, transaction, raw, gas_limit,"
    " max_fee_per_gas::bigint AS max_fee_per_gas,"
    " max_priority_fee_per_gas::bigint AS max_priority_fee_per_gas FROM chain_raw"
)
_OF = f"{_SELECT} WHERE write = %s ORDER BY nonce, chain_raw.max_fee_per_gas"
_SINCE = f"{_SELECT} WHERE sender = %s AND nonce >= %s ORDER BY nonce, chain_raw.max_fee_per_gas"
_NONCE = (
    "INSERT INTO chain_nonces (sender, nonce, write) VALUES (%(sender)s, %(nonce)s, %(write)s)"
    " ON CONFLICT (sender, nonce) DO UPDATE SET write = chain_nonces.write"
    " RETURNING write"
)
_HOLD = """
SELECT CASE WHEN EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND classid = %(classid)s AND objid = %(objid)s AND objsubid = 1
) THEN true ELSE pg_try_advisory_lock(%(lock)s) END
"""
SIGNER_LOCK: Final = int.from_bytes(b"tallysig")


class NonceTaken(Exception):
    """Another write has this nonce: two workers signed with one key."""


class PostgresRawStore:
    """The chain worker's own table; satisfies its ``RawStore``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def hold(self) -> bool:
        """Tell whether this session is the one that may sign; it stays so until it is lost."""
        lock = {"lock": SIGNER_LOCK, "classid": SIGNER_LOCK >> 32, "objid": SIGNER_LOCK % 2**32}
        row = self._session.run(lambda connection: connection.execute(_HOLD, lock).fetchone())
        return bool(row and row[0])

    def put(self, *raws: RawTransaction) -> None:
        """Commit raw transactions together; the same ones again change nothing.

        Raises NonceTaken when a nonce belongs to another write.
        """
        rows = [{field: getattr(raw, field) for field in _FIELDS} for raw in raws]

        def work(connection: psycopg.Connection) -> None:
            with connection.transaction():
                for row in rows:
                    owner = connection.execute(_NONCE, row).fetchone()
                    if owner is None or owner[0] != row["write"]:
                        message = f"nonce {row['nonce']} of {row['sender']}"
                        raise NonceTaken(message)
                    connection.execute(_PUT, row)

        if rows:
            self._session.run(work)

    def of(self, write: str) -> list[RawTransaction]:
        """List what was signed for a write, by nonce and fee."""
        return self._fetch(_OF, write)

    def next_nonce(self, sender: str) -> int:
        """Tell one more than the highest nonce signed for a sender, 0 for none."""
        row = self._session.run(
            lambda connection: connection.execute(
                "SELECT coalesce(max(nonce) + 1, 0) FROM chain_nonces WHERE sender = %s", (sender,)
            ).fetchone()
        )
        return int(row[0]) if row else 0

    def since(self, sender: str, nonce: int) -> list[RawTransaction]:
        """List what was signed for a sender from a nonce on, in order."""
        return self._fetch(_SINCE, sender, nonce)

    def _fetch(self, query: str, *values: str | int) -> list[RawTransaction]:
        return self._session.run(
            lambda connection: (
                connection.cursor(row_factory=class_row(RawTransaction))
                .execute(query.encode(), values)
                .fetchall()
            )
        )
