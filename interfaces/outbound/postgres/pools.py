"""Sessions for asynchronous readers: a pool that asks one question at a time on each."""

from typing import Any, Final, Self

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from interfaces.outbound.postgres.sessions import LOST, parameters, unavailable

AWAY: Final = (*LOST, PoolTimeout)
WAIT_SECONDS: Final = 3.0

Row = dict[str, Any]


class Pool:
    """Sessions of one name, read-only unless told; ``async with`` opens and closes them."""

    def __init__(
        self, url: str, name: str, *, size: int, search_path: str = "public", writes: bool = False
    ) -> None:
        limits = parameters(name, statement_seconds=10.0)
        read_only = "off" if writes else "on"
        limits["options"] += f" -c search_path={search_path}"
        limits["options"] += f" -c default_transaction_read_only={read_only}"
        self._pool: AsyncConnectionPool[AsyncConnection[Row]] = AsyncConnectionPool(
            url,
            kwargs={**limits, "autocommit": True, "row_factory": dict_row},
            min_size=1,
            max_size=size,
            timeout=WAIT_SECONDS,
            check=AsyncConnectionPool.check_connection,
            open=False,
        )

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Open the pool; a database that is away is waited for in the background."""
        await self._pool.open()

    async def close(self) -> None:
        """Close all sessions."""
        await self._pool.close()

    async def rows(self, query: str, values: Row, *, binary: bool = False) -> list[Row]:
        """Answer a query, columns by name; ``binary`` is for long bytes, which halves them.

        Raises StoreUnavailable, psycopg.Error for a bad one.
        """
        try:
            async with self._pool.connection() as connection:
                cursor = await connection.execute(query.encode(), values, binary=binary)
                return await cursor.fetchall() if cursor.description else []
        except AWAY as error:
            raise unavailable(error) from error
