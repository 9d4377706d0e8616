"""Holds a log against the last checkpoint that this node signed, and the last one anchored."""

from collections.abc import Callable

import psycopg

from application.ports.gate import LogRegressed, StoreUnavailable
from domain.integrity.checkpoint import Checkpoint
from interfaces.outbound.checkpointfile import CheckpointFile
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.tree import TreeKeeper


class LogGuard:
    """Tells a log that lost or changed what was signed; any thread may ask.

    ``anchor`` tells what the chain holds, or nothing while it is away.
    """

    def __init__(
        self,
        url: str,
        *,
        log: str,
        file: CheckpointFile,
        anchor: Callable[[], Checkpoint | None] = lambda: None,
    ) -> None:
        self._anchor = anchor
        self._session = Session(url, "log guard")
        self._tree = TreeKeeper(self._session)
        self._log = log
        self._file = file

    def check(self) -> None:
        """Demand that the log still holds what was signed, and what was anchored.

        Chain value and root at that size are compared, not each row: `inspect` does that.
        Raises LogRegressed, StoreUnavailable (also when the kept checkpoint cannot be read: who
        knows nothing must not write).
        """
        try:
            kept = self._file.read()
        except (ValueError, OSError) as error:
            message = f"the kept checkpoint cannot be read: {type(error).__name__}"
            raise StoreUnavailable(message) from error
        try:
            for known in (kept, self._anchor()):
                if known is not None:
                    self._compare(known)
        finally:
            self._session.close()

    def _compare(self, kept: Checkpoint) -> None:
        size = self._session.run(_size)
        regressed = LogRegressed(kept=kept.size, size=size)
        if size < kept.size or kept.log != self._log:
            raise regressed
        try:
            holds = (self._tree.chain(kept.size), self._tree.root(kept.size))
        except LookupError as error:
            raise regressed from error
        if holds != (kept.chain, kept.root):
            raise regressed

    def keep(self, note: str) -> None:
        """Keep a checkpoint that was signed. Raises CheckpointError, OSError."""
        self._file.keep(note)


def _size(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()
    return 0 if row is None else int(row[0])
