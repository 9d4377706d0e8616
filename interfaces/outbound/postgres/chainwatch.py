"""What the watch over the chain remembers: how far it has come, which contracts, whose wallets.

All of it can be found again by reading the chain from the first contract on; what was put on the
log is there once, whoever reads the chain how often.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import msgspec
from psycopg import Connection
from psycopg.rows import class_row

from interfaces.outbound.evm.discovery import Wallets
from interfaces.outbound.evm.logs import Contract
from interfaces.outbound.postgres.sessions import Session
from projections.query import Query

KEPT_BLOCKS: Final = 256
"""So many of the last blocks are kept, to find where a reorganised chain parted."""

MILESTONE: Final = 1000
"""Older ones are kept only at these heights."""


class SeenBlock(msgspec.Struct, frozen=True):
    """A block whose events were read."""

    number: int
    block_hash: str


_BLOCKS: Final = "SELECT number, block_hash FROM chain_watch_blocks ORDER BY number DESC"
_PUT_BLOCK: Final = (
    "INSERT INTO chain_watch_blocks (number, block_hash) VALUES (%s, %s)"
    " ON CONFLICT (number) DO UPDATE SET block_hash = excluded.block_hash"
)
_PRUNE: Final = "DELETE FROM chain_watch_blocks WHERE number < %s AND number %% %s <> 0"
_PUT_CONTRACT: Final = (
    "INSERT INTO chain_watch_contracts (address, kind, block) VALUES (%s, %s, %s)"
    " ON CONFLICT (address) DO NOTHING"
)
_PUT_WALLET: Final = (
    "INSERT INTO chain_watch_wallets (contract, wallet) VALUES (%s, %s) ON CONFLICT DO NOTHING"
)
_OWN: Final = "SELECT transaction, write FROM chain_raw WHERE transaction = ANY(%s)"

_CREATED: Final = """
SELECT DISTINCT ON (address) lower(result->>'address') AS address, contract AS kind, block
FROM chain_writes
WHERE function = 'constructor' AND state = 'CONFIRMED' AND result ? 'address'
ORDER BY address, block
"""


def created_contracts() -> Query[Contract]:
    """Ask for the contracts that chain writes of ours have created."""
    return Query(_CREATED, {}, Contract)


class PostgresWatchStore:
    """The watch's own tables; satisfies the watcher's ``WatchStore``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def last(self) -> SeenBlock | None:
        """Tell the last block that was read. Raises StoreUnavailable."""
        found = self._blocks(limit=1)
        return found[0] if found else None

    def blocks(self) -> list[SeenBlock]:
        """List the blocks that are remembered, the last first. Raises StoreUnavailable."""
        return self._blocks(limit=None)

    def _blocks(self, limit: int | None) -> list[SeenBlock]:
        return self._session.run(
            lambda connection: (
                connection.cursor(row_factory=class_row(SeenBlock))
                .execute(f"{_BLOCKS} LIMIT %s", (limit,))
                .fetchall()
            )
        )

    def contracts(self) -> list[Contract]:
        """List the contracts that are watched. Raises StoreUnavailable."""
        return self._session.run(
            lambda connection: (
                connection.cursor(row_factory=class_row(Contract))
                .execute("SELECT address, kind, block FROM chain_watch_contracts")
                .fetchall()
            )
        )

    def wallets(self, contract: str) -> frozenset[str]:
        """Tell whom events of a token have ever named. Raises StoreUnavailable."""
        rows = self._session.run(
            lambda connection: connection.execute(
                "SELECT wallet FROM chain_watch_wallets WHERE contract = %s", (contract,)
            ).fetchall()
        )
        return frozenset(str(row[0]) for row in rows)

    def commit(
        self,
        blocks: Iterable[SeenBlock],
        contracts: Iterable[Contract],
        wallets: Iterable[Wallets],
    ) -> None:
        """Remember all of it together. Raises StoreUnavailable."""
        rows = [(block.number, block.block_hash) for block in blocks]
        created = [(each.address, each.kind, each.block) for each in contracts]
        named = [(each.contract, wallet) for each in wallets for wallet in sorted(each.wallets)]

        def work(connection: Connection[Any]) -> None:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany(_PUT_CONTRACT, created)
                cursor.executemany(_PUT_WALLET, named)
                cursor.executemany(_PUT_BLOCK, rows)
                if rows:
                    cursor.execute(_PRUNE, (max(rows)[0] - KEPT_BLOCKS, MILESTONE))

        self._session.run(work)

    def rewind(self, block: int) -> None:
        """Forget everything behind a block. Raises StoreUnavailable."""

        def work(connection: Connection[Any]) -> None:
            with connection.transaction():
                connection.execute("DELETE FROM chain_watch_blocks WHERE number > %s", (block,))
                connection.execute("DELETE FROM chain_watch_contracts WHERE block > %s", (block,))

        self._session.run(work)

    def writes_of(self, transactions: Collection[str]) -> Mapping[str, str]:
        """Tell which chain write signed a transaction, for those that we signed.

        Raises StoreUnavailable.
        """
        rows = self._session.run(
            lambda connection: connection.execute(_OWN, (list(transactions),)).fetchall()
        )
        return {str(row[0]): str(row[1]) for row in rows}
