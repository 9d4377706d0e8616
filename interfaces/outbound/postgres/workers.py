"""What workers remember: places in the log, and raw transactions before anybody sees them."""

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
_GET = f"{_SELECT} WHERE write = %s ORDER BY nonce DESC LIMIT 1"
_SINCE = f"{_SELECT} WHERE sender = %s AND nonce >= %s ORDER BY nonce"


class PostgresRawStore:
    """The chain worker's own table; satisfies its ``RawStore``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, raw: RawTransaction) -> None:
        """Commit a raw transaction; the same one again changes nothing."""
        row = {field: getattr(raw, field) for field in _FIELDS}
        self._session.run(lambda connection: connection.execute(_PUT, row))

    def get(self, write: str) -> RawTransaction | None:
        """Fetch the raw transaction of a write."""
        return self._session.run(
            lambda connection: (
                connection.cursor(row_factory=class_row(RawTransaction))
                .execute(_GET, (write,))
                .fetchone()
            )
        )

    def next_nonce(self, sender: str) -> int:
        """Tell one more than the highest nonce signed for a sender, 0 for none."""
        row = self._session.run(
            lambda connection: connection.execute(
                "SELECT coalesce(max(nonce) + 1, 0) FROM chain_raw WHERE sender = %s", (sender,)
            ).fetchone()
        )
        return int(row[0]) if row else 0

    def since(self, sender: str, nonce: int) -> list[RawTransaction]:
        """List what was signed for a sender from a nonce on, in order."""
        return self._session.run(
            lambda connection: (
                connection.cursor(row_factory=class_row(RawTransaction))
                .execute(_SINCE, (sender, nonce))
                .fetchall()
            )
        )
