"""What workers remember: places in the log, and raw transactions before anybody sees them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from application.ports.gate import StoreUnavailable
from interfaces.outbound.rawtransaction import RawTransaction

AWAY: Final = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)


@contextmanager
def answered() -> Iterator[None]:
    """Turn a store that does not answer into StoreUnavailable."""
    try:
        yield
    except AWAY as error:
        raise StoreUnavailable from error


class PostgresPlaces:
    """How far each follower has come; satisfies the workers' ``Places``."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    def place(self, name: str) -> int:
        """Tell the last position that a follower is done with, 0 at first."""
        with answered(), self._pool.connection() as connection:
            row = connection.execute(
                "SELECT position FROM process_checkpoints WHERE name = %s", (name,)
            ).fetchone()
        return int(row[0]) if row else 0

    def move(self, name: str, position: int) -> None:
        """Move a follower's place."""
        with answered(), self._pool.connection() as connection:
            connection.execute(
                "INSERT INTO process_checkpoints (name, position) VALUES (%s, %s)"
                " ON CONFLICT (name) DO UPDATE SET position = excluded.position",
                (name, position),
            )


class PostgresRawStore:
    """The chain worker's own table; satisfies its ``RawStore``."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    def put(self, raw: RawTransaction) -> None:
        """Commit a raw transaction."""
        with answered(), self._pool.connection() as connection:
            connection.execute(
                "INSERT INTO chain_raw (write, sender, nonce, transaction, raw, gas_limit,"
                " max_fee_per_gas, max_priority_fee_per_gas)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    raw.write,
                    raw.sender,
                    raw.nonce,
                    raw.transaction,
                    raw.raw,
                    raw.gas_limit,
                    raw.max_fee_per_gas,
                    raw.max_priority_fee_per_gas,
                ),
            )

    def get(self, write: str) -> RawTransaction | None:
        """Fetch the raw transaction of a write."""
        with answered(), self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            row = cursor.execute(
                "SELECT * FROM chain_raw WHERE write = %s ORDER BY nonce DESC LIMIT 1", (write,)
            ).fetchone()
        if row is None:
            return None
        return RawTransaction(
            write=row["write"],
            sender=row["sender"],
            nonce=row["nonce"],
            transaction=row["transaction"],
            raw=bytes(row["raw"]),
            gas_limit=row["gas_limit"],
            max_fee_per_gas=int(row["max_fee_per_gas"]),
            max_priority_fee_per_gas=int(row["max_priority_fee_per_gas"]),
        )

    def next_nonce(self, sender: str) -> int:
        """Tell one more than the highest nonce signed for a sender, 0 for none."""
        with answered(), self._pool.connection() as connection:
            row = connection.execute(
                "SELECT coalesce(max(nonce) + 1, 0) FROM chain_raw WHERE sender = %s", (sender,)
            ).fetchone()
        return int(row[0]) if row else 0
