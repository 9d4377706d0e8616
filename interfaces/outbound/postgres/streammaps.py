"""The stream map of one database: kept up for anchors, rebuilt for proofs (FORMATS 3, B9).

The table of ends is a memory, not a source: a map made from it is compared with the root that
the log holds for its size, and where it differs all is read from the events again.
"""

import logging
from collections import OrderedDict
from typing import Final

import msgspec
import psycopg
from psycopg.rows import args_row

from domain.integrity.growingmap import GrowingMap, KeyedEnd
from domain.log.state import LOG_STREAM
from interfaces.outbound.postgres import packing
from interfaces.outbound.postgres.packing import Packed, PackedDumper
from interfaces.outbound.postgres.sessions import Session

STEP_EVENTS: Final = 50_000
"""Events that one statement takes in."""
REMEMBERED: Final = 2
"""Maps of the sizes asked for last that a reader keeps."""

_HEAD: Final = "SELECT coalesce(max(position), 0) FROM events"
_PLACE: Final = "SELECT coalesce(max(position), 0) FROM stream_ends_place"
_MOVE: Final = """
INSERT INTO stream_ends_place (position) VALUES (%s)
ON CONFLICT (only_row) DO UPDATE SET position = excluded.position
"""
_LOCK: Final = "LOCK TABLE stream_ends_place IN SHARE ROW EXCLUSIVE MODE"
_EMPTY: Final = "TRUNCATE stream_ends, stream_ends_place"
_ENDS: Final = "SELECT key, version, chain FROM stream_ends"
_KEEP: Final = """
INSERT INTO stream_ends (key, version, chain)
SELECT * FROM unnest(%b::bytea[], %b::bigint[], %b::bytea[])
ON CONFLICT (key) DO UPDATE SET version = excluded.version, chain = excluded.chain
"""
_CHANGED: Final = """
SELECT sha256(convert_to(stream, 'UTF8')), version, chain FROM (
    SELECT DISTINCT ON (stream) stream, version, chain FROM events
    WHERE position > %s AND position <= %s ORDER BY stream, version DESC
) AS ends
"""
_BEFORE: Final = """
SELECT sha256(convert_to(later.stream, 'UTF8')), coalesce(before.version, 0), before.chain FROM (
    SELECT stream, min(version) AS first FROM events
    WHERE position > %s AND position <= %s GROUP BY stream
) AS later
LEFT JOIN events AS before ON before.stream = later.stream AND before.version = later.first - 1
"""
_COMMITTED: Final = """
SELECT body FROM events WHERE stream = %s AND type = 'log.streams_committed'
ORDER BY version DESC LIMIT 1
"""

logger = logging.getLogger("tallystick.streammaps")


class _Committed(msgspec.Struct, frozen=True):
    size: int
    root: str


class _Body(msgspec.Struct, frozen=True):
    data: _Committed


_body: Final = msgspec.json.Decoder(_Body).decode


class StreamMapKeeper:
    """Keeps a map up with the log, and behind it the table of ends; for one worker.

    A second one does no harm: neither looks at the table again once it has a map.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._map: GrowingMap | None = None
        self._size = 0

    def at(self, size: int) -> GrowingMap:
        """Take the log in up to a size and give its map, which is good until the next call.

        Raises LookupError when the log is shorter, StoreUnavailable.
        """
        self._session.run(lambda connection: _demand(connection, size))
        if self._map is None:
            self._session.run(_mend)
        if self._map is None or self._size > size:
            self._map = self._session.run(lambda connection: map_at(connection, size))
        else:
            behind = self._size
            changed = self._session.run(lambda connection: _since(connection, behind, size))
            self._map.take(changed.values())
        self._size = size
        return self._map

    def keep(self) -> None:
        """Bring the table up to the map, so that a restart has less to read.

        Raises StoreUnavailable.
        """
        while self._session.run(lambda connection: _advance(connection, self._size)):
            pass


class StreamMaps:
    """Maps as of any size, for one lane of a reader; remembers the last two."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._maps: OrderedDict[int, GrowingMap] = OrderedDict()

    def at(self, size: int, root: bytes | None = None) -> GrowingMap:
        """Give the map of all streams at a size.

        With the root that was committed for it, a table of ends that leads to another one is
        passed over and the events are read. Raises LookupError when the log is shorter,
        StoreUnavailable.
        """
        found = self._maps.get(size)
        if found is None:
            found = self._session.run(lambda connection: map_at(connection, size))
            if root is not None and found.root() != root:
                logger.error("the table of stream ends is damaged: the events are read instead")
                found = self._session.run(lambda each: map_at(each, size, believe=False))
            self._maps[size] = found
        self._maps.move_to_end(size)
        while len(self._maps) > REMEMBERED:
            self._maps.popitem(last=False)
        return found


def map_at(connection: psycopg.Connection, size: int, *, believe: bool = True) -> GrowingMap:
    """Make the map of a size: from the table and the events between, or from the events alone.

    Raises LookupError when the log is shorter.
    """
    _demand(connection, size)
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        place = _number(connection, _PLACE) if believe else 0
        ends = {each.key: each for each in _ends(connection, _ENDS)} if place else {}
        ends |= _since(connection, place, size)
        for end in _ends(connection, _BEFORE, size, max(place, size)):
            if end.version:  # 0 for a stream that was not there yet
                ends[end.key] = end
            else:
                ends.pop(end.key, None)
    return GrowingMap(ends.values())


def _mend(connection: psycopg.Connection) -> None:
    """Empty a table of ends that does not lead to the root committed last."""
    row = connection.execute(_COMMITTED.encode(), [LOG_STREAM]).fetchone()
    last = None if row is None else _body(row[0]).data
    if last is not None and map_at(connection, last.size).root().hex() == last.root:
        return
    if last is not None:
        logger.error("the table of stream ends does not lead to the root at %d", last.size)
    connection.execute(_EMPTY)


def _advance(connection: psycopg.Connection, size: int) -> bool:
    """Take a step of the log into the table; false when it has come so far."""
    with connection.transaction():
        connection.execute(_LOCK)
        before = _number(connection, _PLACE)
        if before >= size:
            return False
        after = min(before + STEP_EVENTS, size)
        # In the order of the keys: what lies together in the table is written together.
        ends = sorted(_ends(connection, _CHANGED, before, after), key=lambda end: end.key)
        cursor = connection.cursor()
        cursor.adapters.register_dumper(Packed, PackedDumper)
        columns = (
            packing.byteas([end.key for end in ends]),
            packing.bigints([end.version for end in ends]),
            packing.byteas([end.chain for end in ends]),
        )
        cursor.execute(_KEEP.encode(), columns)
        connection.execute(_MOVE, [after])
    return True


def _demand(connection: psycopg.Connection, size: int) -> None:
    if _number(connection, _HEAD) < size:
        message = f"the log has no position {size}"
        raise LookupError(message)


def _since(connection: psycopg.Connection, after: int, until: int) -> dict[bytes, KeyedEnd]:
    """Read where the streams end that changed between two sizes, by key."""
    ends = dict[bytes, KeyedEnd]()
    for start in range(after, until, STEP_EVENTS):
        changed = _ends(connection, _CHANGED, start, min(start + STEP_EVENTS, until))
        ends.update((each.key, each) for each in changed)
    return ends


def _ends(connection: psycopg.Connection, query: str, *values: int) -> list[KeyedEnd]:
    cursor = connection.cursor(binary=True, row_factory=args_row(KeyedEnd))
    return cursor.execute(query.encode(), values).fetchall()


def _number(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    return 0 if row is None else int(row[0])
