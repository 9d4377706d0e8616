"""Which key signs for the log: what the log itself says, at each of its sizes (FORMATS 1)."""

from typing import Final

import psycopg

from application.envelopes import read
from domain.log.events import LogKeyRotated, LogOpened
from domain.log.state import CHECKPOINT, LOG_STREAM

_FRESH: Final = """
SELECT version, type IN ('log.opened', 'log.key_rotated'), position, body, chain FROM events
WHERE stream = %s AND version > %s ORDER BY version
"""


class NamedKeys:
    """Follows the log's own stream; for one thread at a time."""

    def __init__(self) -> None:
        self._version = 0
        self._named: list[tuple[int, str]] = []

    def at(self, connection: psycopg.Connection, size: int) -> str | None:
        """Tell the checkpoint key in force at a size; nothing where the log names none."""
        self._follow(connection)
        found = [key for position, key in self._named if position <= size]
        return found[-1] if found else None

    def now(self, connection: psycopg.Connection) -> str | None:
        """Tell the checkpoint key in force at the head."""
        self._follow(connection)
        return self._named[-1][1] if self._named else None

    def _follow(self, connection: psycopg.Connection) -> None:
        for version, names, *row in connection.execute(_FRESH, [LOG_STREAM, self._version]):
            self._version = version
            if names:
                self._take(*row)

    def _take(self, position: int, body: bytes, chain: bytes) -> None:
        match read(position, body, chain).fact:
            case LogOpened(keys=keys) if keys:
                self._named.append((position, keys[-1]))
            case LogKeyRotated(purpose=purpose, new=new) if purpose == CHECKPOINT:
                self._named.append((position, new))
            case _:
                pass
