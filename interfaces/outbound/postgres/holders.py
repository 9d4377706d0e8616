"""The register of holders as of a position, answered by the view of accounts."""

import time
from collections.abc import Sequence
from typing import Final

import psycopg

from application.ports.world import ViewBehind
from interfaces.outbound.postgres.questions import Questions
from interfaces.outbound.postgres.sessions import Session
from projections.accounts.project import VIEW as ACCOUNTS
from projections.accounts.queries import holders_at
from projections.select import ROWS_MAX

WAIT_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 0.02

_REACHED: Final = "SELECT position FROM view_checkpoints WHERE view = %s AND version = %s"


class PostgresHolders:
    """Tells who held what; any position up to the head may be asked for."""

    def __init__(self, url: str, *, wait_seconds: float = WAIT_SECONDS) -> None:
        self._session = Session(url, "holders")
        self._questions = Questions(self._session)
        self._wait_seconds = wait_seconds

    def holders(self, asset: str, position: int) -> Sequence[tuple[str, int]]:
        """List (holder, units) as of a position, by holder; waits until the view is there.

        Raises ViewBehind when it does not get there in time, StoreUnavailable.
        """
        self._await(position)
        found: list[tuple[str, int]] = []
        while True:
            after = found[-1][0] if found else None
            page = self._questions.fetch(holders_at(asset, position, after=after))
            found.extend((row.holder, row.units) for row in page)
            if len(page) < ROWS_MAX:
                return found

    def close(self) -> None:
        """End the session."""
        self._session.close()

    def _await(self, position: int) -> None:
        deadline = time.monotonic() + self._wait_seconds
        while (reached := self._session.run(_reached)) < position:
            if time.monotonic() > deadline:
                message = f"the accounts stand at {reached}, not yet at {position}"
                raise ViewBehind(message)
            time.sleep(LOOK_SECONDS)


def _reached(connection: psycopg.Connection) -> int:
    row = connection.execute(_REACHED, [ACCOUNTS.name, ACCOUNTS.version]).fetchone()
    return 0 if row is None else int(row[0])
