"""Evidence, checkpoints and the trust file of one log (FORMATS 4 and 6)."""

import asyncio
from typing import Final, Self

import psycopg
from psycopg import errors

from application.envelopes import read
from application.ports.gate import StoreUnavailable
from application.ports.world import CheckpointSigner
from domain.integrity import evidence as documents
from domain.integrity.chain import genesis
from domain.integrity.checkpoint import (
    Checkpoint,
    parse_checkpoint,
    parse_verifier_key,
    sign_checkpoint,
)
from domain.integrity.evidence import Anchor, LoggedEvent
from domain.log.events import LogOpened
from interfaces.outbound.postgres.guard import LogGuard
from interfaces.outbound.postgres.questions import Questions
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.tree import TreeKeeper
from projections.anchors.queries import AnchorRow, covering_anchor

CHECKPOINT_LOCK: Final = int.from_bytes(b"tallychk")

_EVENTS: Final = """
SELECT position, body, chain FROM events WHERE position IN (%s, %s) ORDER BY position
"""
_LARGEST: Final = "SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1"


class CheckpointBehind(StoreUnavailable):
    """A checkpoint of a larger size is out already: start again from the head."""


class Checkpoints:
    """Signs checkpoints; each size once, no size below one that was issued.

    With a guard, nothing is signed for a log that lost what was signed before, and nothing is
    handed out before it is kept outside the database.
    """

    def __init__(
        self,
        session: Session,
        *,
        log: str,
        signer: CheckpointSigner,
        guard: LogGuard | None = None,
    ) -> None:
        self._guard = guard
        self._session = session
        self._log = log
        self._signer = signer

    def issue(self, size: int, root: bytes, chain: bytes) -> str:
        """Sign a checkpoint, or give the one of this size.

        Raises CheckpointBehind, LogRegressed, StoreUnavailable.
        """
        if self._guard is None:
            return self._signed(size, root, chain)
        self._guard.check()
        note = self._signed(size, root, chain)
        self._guard.keep(note)
        return note

    def _signed(self, size: int, root: bytes, chain: bytes) -> str:
        checkpoint = Checkpoint(self._log, size, root, chain)

        def work(connection: psycopg.Connection) -> str:
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", [CHECKPOINT_LOCK])
                largest = connection.execute(_LARGEST).fetchone()
                if largest is not None and largest[0] > size:
                    raise CheckpointBehind(f"a checkpoint of size {largest[0]} is out")
                if largest is not None and largest[0] == size:
                    return self._issued(str(largest[1]), checkpoint)
                key = parse_verifier_key(self._signer.verifier_key)
                note = sign_checkpoint(checkpoint, key, self._signer.sign)
                connection.execute("INSERT INTO checkpoints VALUES (%s, %s)", [size, note])
                return note

        return self._session.run(work)

    def _issued(self, note: str, checkpoint: Checkpoint) -> str:
        # Signing two roots for one size is the one thing that nobody could ever forgive.
        if parse_checkpoint(note).checkpoint != checkpoint:
            message = f"another root of size {checkpoint.size} was signed before"
            raise RuntimeError(message)
        return note


class PostgresProofs:
    """Makes proofs from one database: ``async with PostgresProofs(...)``.

    The work is done on threads, one piece at a time; it satisfies `application.ports.log.Proofs`.
    """

    def __init__(
        self, url: str, *, log: str, signer: CheckpointSigner, guard: LogGuard | None = None
    ) -> None:
        self._log = log
        self._session = Session(url, "proofs")
        self._tree = TreeKeeper(self._session)
        self._questions = Questions(self._session)
        self._checkpoints = Checkpoints(self._session, log=log, signer=signer, guard=guard)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._session.close)

    async def evidence(self, position: int) -> bytes | None:
        """Make the evidence bundle of an event as JSON, nothing when it does not exist.

        It stands under the smallest confirmed anchor that covers the event, or under the newest
        checkpoint while there is none. Raises StoreUnavailable.
        """
        return await asyncio.to_thread(self._evidence, position)

    async def checkpoint(self) -> str:
        """Sign and tell the newest checkpoint; sizes never go down. Raises StoreUnavailable."""
        return await asyncio.to_thread(self._newest)

    async def trust(self) -> bytes:
        """Make the trust file of this log as JSON. Raises StoreUnavailable before its opening."""
        return await asyncio.to_thread(self._trust)

    def _newest(self) -> str:
        while True:
            size = self._session.run(_size)
            if not size:
                raise StoreUnavailable("the log is not open yet")
            try:
                return self._checkpoints.issue(size, self._tree.root(size), self._tree.chain(size))
            except CheckpointBehind:
                continue  # the log has grown meanwhile, and somebody else signed its new size

    def _evidence(self, position: int) -> bytes | None:
        event = self._session.run(lambda connection: _event(connection, position, self._log))
        if event is None:
            return None
        anchored = self._anchor(position)
        text = self._newest() if anchored is None else anchored.checkpoint
        signed = parse_checkpoint(text)
        path = self._tree.inclusion(position - 1, signed.checkpoint.size)
        anchor = None if anchored is None else _anchor(anchored)
        bundle = documents.evidence(event, path, signed=signed, text=text, anchor=anchor)
        return documents.document(bundle)

    def _anchor(self, position: int) -> AnchorRow | None:
        try:
            return self._questions.one(covering_anchor(position))
        except errors.UndefinedTable:
            return None  # no view was built yet: the checkpoint proves the event as well

    def _trust(self) -> bytes:
        opened = self._session.run(_opened)
        if opened is None:
            raise StoreUnavailable("the log is not open yet")
        file = documents.trust(
            log=self._log,
            keys=[parse_verifier_key(key) for key in opened.keys],
            chain_id=opened.chain_id,
            registry=opened.registry,
            owner=opened.owner,
        )
        witnesses = [parse_verifier_key(key) for key in opened.witnesses]
        return documents.document(documents.with_witnesses(file, witnesses, quorum=0))


def _size(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()
    return 0 if row is None else int(row[0])


def _event(connection: psycopg.Connection, position: int, log: str) -> LoggedEvent | None:
    rows = connection.execute(_EVENTS, [position - 1, position]).fetchall()
    if not rows or rows[-1][0] != position:
        return None
    previous = rows[0][2] if position > 1 else genesis(log)
    return LoggedEvent(position, rows[-1][1], previous, rows[-1][2])


def _opened(connection: psycopg.Connection) -> LogOpened | None:
    row = connection.execute("SELECT position, body, chain FROM events WHERE position = 1")
    found = row.fetchone()
    if found is None:
        return None
    fact = read(*found).fact
    return fact if isinstance(fact, LogOpened) else None


def _anchor(row: AnchorRow) -> Anchor | None:
    if row.transaction is None or row.block is None or row.block_hash is None:
        return None
    if row.chain_id is None or row.registry is None:
        return None
    return Anchor(row.chain_id, row.registry, row.transaction, row.block, row.block_hash)
