"""Who held units of an asset at a position, answered by a view that has reached it."""

import time
from collections.abc import Sequence
from typing import Final

from application.ports.world import ViewBehind
from interfaces.outbound.postgres.questions import Questions
from interfaces.outbound.postgres.sessions import Session
from projections.accounts.project import VIEW
from projections.accounts.queries import holders_at
from projections.select import ROWS_MAX

WAIT_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 0.02


class PostgresHolders:
    """Asks the accounts view; satisfies ``HolderRegister``."""

    def __init__(self, url: str) -> None:
        self._session = Session(url, "holders")
        self._questions = Questions(self._session)

    def holders(self, asset: str, position: int) -> Sequence[tuple[str, int]]:
        """List (holder, units) as of a position. Raises ViewBehind, StoreUnavailable."""
        until = time.monotonic() + WAIT_SECONDS
        while self._reached() < position:
            if time.monotonic() > until:
                message = f"the accounts view has not reached position {position}"
                raise ViewBehind(message)
            time.sleep(LOOK_SECONDS)
        found: list[tuple[str, int]] = []
        while True:
            after = found[-1][0] if found else None
            page = self._questions.fetch(holders_at(asset, position, after=after))
            found.extend((row.holder, row.units) for row in page)
            if len(page) < ROWS_MAX:
                return found

    def _reached(self) -> int:
        row = self._session.run(
            lambda connection: connection.execute(
                "SELECT position FROM view_checkpoints WHERE view = %s AND version = %s",
                (VIEW.name, VIEW.version),
            ).fetchone()
        )
        return int(row[0]) if row else 0
