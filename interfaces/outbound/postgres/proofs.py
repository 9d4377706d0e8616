"""Evidence, checkpoints and the trust file of one log (FORMATS 4 and 6)."""

from collections.abc import Sequence
from typing import Final, Self

import msgspec
import psycopg
from psycopg import errors

from application.envelopes import read
from application.ports.gate import StoreUnavailable
from application.ports.log import CheckpointNotWitnessed, SignedReceipt
from application.ports.world import CheckpointSigner
from domain.integrity import evidence as documents
from domain.integrity.chain import genesis
from domain.integrity.checkpoint import Checkpoint, parse_checkpoint, parse_verifier_key
from domain.integrity.evidence import Anchor, LoggedEvent
from domain.integrity.merkle import leaf_hash, root_from_path
from domain.integrity.tilememory import TileMemory
from domain.log.state import LOG, LOG_STREAM, Log
from interfaces.outbound.coalescing import Shared
from interfaces.outbound.postgres.checkpoints import CheckpointBehind, Checkpoints, Witnesses
from interfaces.outbound.postgres.guard import LogGuard
from interfaces.outbound.postgres.lanes import Lanes
from interfaces.outbound.postgres.questions import Questions
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.tree import TreeKeeper
from projections.anchors.queries import AnchorRow, covering_anchor

LANES: Final = 4
"""Proofs that are made at a time, each on a session of its own."""

_EVENTS: Final = """
SELECT position, body, chain FROM events WHERE position IN (%s, %s) ORDER BY position
"""

_OWN: Final = """
SELECT position, body, chain FROM events
WHERE stream = %s AND type IN ('log.opened', 'log.key_rotated') ORDER BY version
"""


class _Found(msgspec.Struct, frozen=True):
    """An event with the anchor that covers it; no checkpoint where the newest must serve."""

    event: LoggedEvent
    checkpoint: str | None = None
    anchor: Anchor | None = None


class _Newest(msgspec.Struct, frozen=True):
    """The newest checkpoint, and whether enough witnesses have cosigned it."""

    note: str
    counts: bool


class PostgresProofs:
    """Makes proofs from one database: ``async with PostgresProofs(...)``.

    The work is done on threads, a few pieces at a time; it satisfies
    `application.ports.log.Proofs`. Checkpoints are signed one at a time: whoever asks while one
    is being signed shares the next. One begun at most ``reuse_seconds`` ago is told again, unless
    its key was rotated since.
    """

    def __init__(
        self,
        url: str,
        *,
        log: str,
        signer: CheckpointSigner,
        guard: LogGuard | None = None,
        witnesses: Witnesses | None = None,
        reuse_seconds: float = 0.0,
    ) -> None:
        self._quorum = 0 if witnesses is None else witnesses.quorum

        def lane(session: Session) -> _Lane:
            checkpoints = Checkpoints(
                session, log=log, signer=signer, guard=guard, witnesses=witnesses
            )
            return _Lane(session, checkpoints, log=log, witnesses=witnesses)

        self._lanes = Lanes(url, "proofs", lane, count=LANES)
        self._newest = Shared(lambda: self._lanes.run(_Lane.newest), reuse_seconds)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._lanes.close()

    async def evidence(self, position: int) -> bytes | None:
        """Make the evidence bundle of an event as JSON, nothing when it does not exist.

        It stands under the smallest confirmed anchor that covers the event; under the newest
        checkpoint while there is none, or while too few witnesses have cosigned that one. Raises
        CheckpointNotWitnessed, StoreUnavailable.
        """
        found = await self._lanes.run(lambda lane: lane.find(position))
        if found is None:
            return None
        text = found.checkpoint or await self.checkpoint(position)
        return await self._lanes.run(lambda lane: lane.bundle(found, text))

    async def checkpoint(self, at_least: int = 1) -> str:
        """Sign and tell the newest checkpoint that counts, not below a committed position.

        Sizes that are signed never go down. Raises CheckpointNotWitnessed when too few witnesses
        have cosigned any that reaches so far, StoreUnavailable.
        """
        known = self._newest.remembered()
        if known is not None and await self._lanes.run(lambda lane: lane.is_superseded(known)):
            self._newest.forget()
        newest = await self._newest.get(lambda known: _size_of(known.note) >= at_least)
        if newest.counts:
            return newest.note
        note = await self._lanes.run(lambda lane: lane.checkpoints.last_counting())
        if note is None or _size_of(note) < at_least:
            witnessed = 0 if note is None else _size_of(note)
            raise CheckpointNotWitnessed(at_least, witnessed=witnessed, quorum=self._quorum)
        return note

    async def receipt(self, position: int) -> SignedReceipt:
        """Sign which chain value stands at a position. Raises LookupError, StoreUnavailable."""
        return await self._lanes.run(lambda lane: lane.checkpoints.receipt(position))

    async def trust(self) -> bytes:
        """Make the trust file of this log as JSON. Raises StoreUnavailable before its opening."""
        return await self._lanes.run(_Lane.trust)


class _Lane:
    """The work itself, on one session."""

    def __init__(
        self,
        session: Session,
        checkpoints: Checkpoints,
        *,
        log: str,
        witnesses: Witnesses | None,
    ) -> None:
        self.checkpoints = checkpoints
        self._session = session
        self._log = log
        self._witnesses = witnesses
        self._memory = TileMemory()
        # What is signed comes from the store itself, never from what was read before.
        self._tree = TreeKeeper(session)
        self._remembering = TreeKeeper(session, self._memory)
        self._questions = Questions(session)

    def newest(self) -> _Newest:
        """Sign the newest checkpoint and have it cosigned."""
        while True:
            size = self._session.run(_size)
            if not size:
                raise StoreUnavailable("the log is not open yet")
            try:
                root, chain = self._tree.root(size), self._tree.chain(size)
                note = self.checkpoints.issue(size, root, chain)
            except CheckpointBehind:
                continue  # the log has grown meanwhile, and somebody else signed its new size
            return _Newest(note, self.checkpoints.counts(note))

    def is_superseded(self, newest: _Newest) -> bool:
        """Say whether a checkpoint is from before a rotation that is on the log now."""
        return self.checkpoints.is_superseded(newest.note)

    def find(self, position: int) -> _Found | None:
        """Read an event, and what covers it."""
        event = self._session.run(lambda connection: _event(connection, position, self._log))
        if event is None:
            return None
        anchored = self._anchor(position)
        if anchored is None or not self.checkpoints.counts(anchored.checkpoint):
            return _Found(event)
        return _Found(event, self.checkpoints.with_lines(anchored.checkpoint), _anchor(anchored))

    def bundle(self, found: _Found, text: str) -> bytes:
        """Write the evidence of an event under a checkpoint."""
        signed = parse_checkpoint(text)
        path = self._path(found.event, signed.checkpoint)
        bundle = documents.evidence(
            found.event, path, signed=signed, text=text, anchor=found.anchor
        )
        return documents.document(bundle)

    def _path(self, event: LoggedEvent, stated: Checkpoint) -> Sequence[bytes]:
        index, size = event.position - 1, stated.size
        path = self._remembering.inclusion(index, size)
        if root_from_path(index, size, leaf_hash(event.chain), path) != stated.root:
            # The store was put back to another log: what was read of the old one leads nowhere.
            self._memory.clear()
            path = self._remembering.inclusion(index, size)
        return path

    def trust(self) -> bytes:
        """Write the trust file; those who are asked to cosign now are the witnesses."""
        state = self._session.run(_log)
        opened = state.opened
        if opened is None:
            raise StoreUnavailable("the log is not open yet")
        file = documents.trust(
            log=self._log,
            keys=[parse_verifier_key(key) for key in state.checkpoint_keys],
            chain_id=opened.chain_id,
            registry=opened.registry,
            owner=state.owner,
        )
        asked = self._witnesses
        names = opened.witnesses if asked is None or not asked.keys else asked.keys
        witnesses = [parse_verifier_key(key) for key in names]
        quorum = 0 if asked is None else asked.quorum
        return documents.document(documents.with_witnesses(file, witnesses, quorum=quorum))

    def _anchor(self, position: int) -> AnchorRow | None:
        try:
            return self._questions.one(covering_anchor(position))
        except errors.UndefinedTable:
            return None  # no view was built yet: the checkpoint proves the event as well


def _size_of(note: str) -> int:
    return parse_checkpoint(note).checkpoint.size


def _size(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()
    return 0 if row is None else int(row[0])


def _event(connection: psycopg.Connection, position: int, log: str) -> LoggedEvent | None:
    rows = connection.execute(_EVENTS, [position - 1, position]).fetchall()
    if not rows or rows[-1][0] != position:
        return None
    previous = rows[0][2] if position > 1 else genesis(log)
    return LoggedEvent(position, rows[-1][1], previous, rows[-1][2])


def _log(connection: psycopg.Connection) -> Log:
    """Tell what the log says of itself: its opening, and every rotation of a key."""
    rows = connection.execute(_OWN, [LOG_STREAM]).fetchall()
    return LOG.fold(read(*row).fact for row in rows)


def _anchor(row: AnchorRow) -> Anchor | None:
    if row.transaction is None or row.block is None or row.block_hash is None:
        return None
    if row.chain_id is None or row.registry is None:
        return None
    return Anchor(row.chain_id, row.registry, row.transaction, row.block, row.block_hash)
