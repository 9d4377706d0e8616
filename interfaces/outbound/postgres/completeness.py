"""Completeness bundles from the log and its stream maps (B9)."""

from typing import Any, Final, Self

import msgspec
import psycopg
from psycopg import errors

from application.envelopes import read
from application.ports.log import Proofs
from domain.integrity import completeness as bundles
from domain.integrity.chain import genesis
from domain.integrity.checkpoint import SignedCheckpoint, parse_checkpoint
from domain.integrity.completeness import Completeness, Ends
from domain.integrity.evidence import Evidence, LoggedEvent, evidence
from domain.integrity.tilememory import TileMemory
from domain.log.events import StreamsCommitted
from domain.log.state import LOG_STREAM
from interfaces.outbound.postgres.lanes import Lanes
from interfaces.outbound.postgres.questions import Questions
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.streammaps import StreamMaps
from interfaces.outbound.postgres.tree import TreeKeeper
from projections.anchors.queries import latest_confirmed_anchor

LANES: Final = 2
"""Bundles that are made at a time; each lane remembers the maps that it used last."""

_HEAD: Final = "SELECT coalesce(max(position), 0) FROM events"
_LENGTH: Final = "SELECT coalesce(max(version), 0) FROM events WHERE stream = %s"
_PLACE: Final = "SELECT position FROM events WHERE stream = %s AND version = %s"
_LOGGED: Final = "SELECT position, body, chain FROM events WHERE position = %s"
_PAIR: Final = """
SELECT position, body, chain FROM events WHERE position IN (%s, %s) ORDER BY position
"""

_evidence: Final = msgspec.json.Decoder(Evidence).decode


class Commitment(msgspec.Struct, frozen=True):
    """A stream map's root on the log: where it stands, and the size that it speaks of."""

    position: int
    size: int
    root: bytes


class PostgresCompleteness:
    """Makes completeness bundles: ``async with PostgresCompleteness(...)``.

    ``proofs`` gives the evidence of a commitment, and with it the anchor and the checkpoint under
    which the whole bundle then stands. Satisfies
    `application.ports.completeness.CompletenessProofs`.
    """

    def __init__(self, url: str, *, log: str, proofs: Proofs) -> None:
        self._log = log
        self._proofs = proofs
        self._lanes = Lanes(url, "completeness", lambda session: _Lane(session, log), count=LANES)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._lanes.close()

    async def completeness(self, stream: str, as_of: int | None = None) -> bytes:
        """Make the bundle of a stream as of a position, as JSON.

        Raises LookupError, CheckpointNotWitnessed, StoreUnavailable.
        """
        if as_of is None:
            as_of = await self._lanes.run(_Lane.newest)
        return bundles.document(await self._bundle(stream, as_of))

    async def _bundle(self, stream: str, as_of: int) -> Completeness:
        commitment = await self._lanes.run(lambda lane: lane.commitment(as_of))
        if commitment is not None:
            proven = await self._proven(commitment.position)
            if proven is not None and proven.anchor is not None:
                return await self._lanes.run(
                    lambda lane: lane.bundle(stream, as_of, commitment, proven)
                )
        last = await self._lanes.run(lambda lane: lane.around(stream, as_of)[0])
        known = None if last is None else await self._proven(last)
        return bundles.incomplete(self._log, stream, as_of, known)

    async def _proven(self, position: int) -> Evidence | None:
        found = await self._proofs.evidence(position)
        return None if found is None else _evidence(found)


class _Lane:
    """The work itself, on one session."""

    def __init__(self, session: Session, log: str) -> None:
        self._session = session
        self._log = log
        self._tree = TreeKeeper(session, TileMemory())
        self._questions = Questions(session)
        self._maps = StreamMaps(session)

    def newest(self) -> int:
        """Tell the newest position for which an anchored map can speak, else the head's."""
        try:
            anchored = self._questions.one(latest_confirmed_anchor())
        except errors.UndefinedTable:
            anchored = None  # no view was built yet
        if anchored is not None:
            behind = self._first_behind(LOG_STREAM, anchored.size)
            for version in range(behind - 1, 0, -1):
                commitment = self._commitment(version)
                if commitment is not None:
                    return commitment.size
        head = int(self._one(_HEAD)[0])
        if not head:
            raise LookupError("the log is empty")
        return head

    def commitment(self, position: int) -> Commitment | None:
        """Tell the first commitment to a map that covers a position. Raises LookupError."""
        if not 1 <= position <= int(self._one(_HEAD)[0]):
            raise LookupError(f"the log has no position {position}")
        # A map is committed behind all that it covers, and sizes rise with the versions.
        version, length = self._first_behind(LOG_STREAM, position), self._length(LOG_STREAM)
        for each in range(version, length + 1):
            found = self._commitment(each)
            if found is not None and found.size >= position:
                return found
        return None

    def bundle(
        self, stream: str, as_of: int, commitment: Commitment, proven: Evidence
    ) -> Completeness:
        """Make a bundle by a map that was committed; raises StoreUnavailable."""
        size = commitment.size
        place = self._maps.at(size, commitment.root).place(stream)
        signed, ends = parse_checkpoint(proven.checkpoint), Ends()
        if place.own is not None:
            last, following = self.around(stream, as_of)
            if following is not None and following > size:
                following = None

            def prove(position: int | None) -> Evidence | None:
                return None if position is None else self._prove(position, signed, proven)

            ends = Ends(prove(last), prove(following))
        return bundles.completeness(stream, as_of, commitment=proven, place=place, ends=ends)

    def around(self, stream: str, position: int) -> tuple[int | None, int | None]:
        """Tell where the last event of a stream up to a position stands, and the next one."""
        version = self._first_behind(stream, position)
        last = self._place(stream, version - 1) if version > 1 else None
        return last, self._place(stream, version)

    def _first_behind(self, stream: str, position: int) -> int:
        """Tell the version of the first event behind a position: one too many for none.

        Versions rise with positions, so a few looks by version find it however long the stream.
        """
        low, high = 1, self._length(stream) + 1
        while low < high:
            middle = (low + high) // 2
            place = self._place(stream, middle)
            if place is None or place > position:
                high = middle
            else:
                low = middle + 1
        return low

    def _commitment(self, version: int) -> Commitment | None:
        position = self._place(LOG_STREAM, version)
        fact = None if position is None else read(*self._one(_LOGGED, position)).fact
        if position is None or not isinstance(fact, StreamsCommitted):
            return None
        return Commitment(position, fact.size, bytes.fromhex(fact.root))

    def _prove(self, position: int, signed: SignedCheckpoint, like: Evidence) -> Evidence:
        rows = self._rows(_PAIR, position - 1, position)
        previous = bytes(rows[0][2]) if position > 1 else genesis(self._log)
        event = LoggedEvent(position, bytes(rows[-1][1]), previous, bytes(rows[-1][2]))
        path = self._tree.inclusion(position - 1, signed.checkpoint.size)
        return evidence(event, path, signed=signed, text=like.checkpoint, anchor=like.anchor)

    def _length(self, stream: str) -> int:
        return int(self._one(_LENGTH, stream)[0])

    def _place(self, stream: str, version: int) -> int | None:
        rows = self._rows(_PLACE, stream, version)
        return int(rows[0][0]) if rows else None

    def _one(self, query: str, *values: Any) -> tuple[Any, ...]:
        return self._rows(query, *values)[0]

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        def work(connection: psycopg.Connection) -> list[tuple[Any, ...]]:
            return connection.execute(query.encode(), values).fetchall()

        return self._session.run(work)
