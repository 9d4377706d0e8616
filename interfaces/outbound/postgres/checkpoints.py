"""Signs checkpoints, has them cosigned, and keeps both (FORMATS 4)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

import psycopg

from application.ports.gate import StoreUnavailable
from application.ports.log import SignedReceipt
from application.ports.world import CheckpointSigner
from domain.integrity.checkpoint import (
    Checkpoint,
    parse_checkpoint,
    parse_verifier_key,
    sign_checkpoint,
)
from domain.integrity.receipt import Receipt, sign_receipt
from interfaces.outbound.postgres.guard import LogGuard
from interfaces.outbound.postgres.namedkeys import NamedKeys
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.tree import TreeKeeper

CHECKPOINT_LOCK: Final = int.from_bytes(b"tallychk")

PathFrom = Callable[[int], Sequence[bytes]]
"""Proves that the tree of a checkpoint extends the one of this size."""

_LARGEST: Final = "SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1"
_LINES: Final = "SELECT witness, line FROM cosignatures WHERE size = %s"
_KEEP: Final = "INSERT INTO cosignatures VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
_COUNTING: Final = """
SELECT note FROM checkpoints WHERE size = (
    SELECT size FROM cosignatures WHERE witness = ANY(%s)
    GROUP BY size HAVING count(*) >= %s ORDER BY size DESC LIMIT 1
)
"""


class CheckpointBehind(StoreUnavailable):
    """A checkpoint of a larger size is out already: start again from the head."""


class Witnesses(Protocol):
    """Whoever cosigns our checkpoints; each is named by its key in a trust file's form."""

    @property
    def keys(self) -> Sequence[str]:
        """All witnesses that may be asked."""
        ...

    @property
    def quorum(self) -> int:
        """How many of them a checkpoint needs before it counts."""
        ...

    def cosign(self, note: str, path: PathFrom, known: Sequence[str]) -> Mapping[str, str]:
        """Ask all witnesses but the known ones; their lines by witness, of those that signed."""
        ...


class Checkpoints:
    """Signs checkpoints; each size once, no size below one that was issued.

    Each size is signed with the key that the log names at that size, whatever the key ring's
    present one is: a rotation on the log ends the old key's signatures, not the change of keys
    behind it.

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
        witnesses: Witnesses | None = None,
    ) -> None:
        self._guard = guard
        self._session = session
        self._log = log
        self._signer = signer
        self._witnesses = witnesses
        self._tree = TreeKeeper(session)
        self._keys = NamedKeys()

    def issue(self, size: int, root: bytes, chain: bytes) -> str:
        """Sign a checkpoint, or give the one of this size, with what witnesses put under it.

        Raises CheckpointBehind, LogRegressed, StoreUnavailable.
        """
        if self._witnesses is None or not self._witnesses.keys:
            return self._issue(size, root, chain)
        with self._alone():
            return self._cosigned(size, self._issue(size, root, chain), self._witnesses)

    def counts(self, note: str) -> bool:
        """Say whether as many witnesses as are needed stand under a checkpoint that we issued."""
        if self._witnesses is None or not self._witnesses.quorum:
            return True
        lines = self.lines(parse_checkpoint(note).checkpoint.size)
        found = sum(witness in lines for witness in self._witnesses.keys)
        return found >= self._witnesses.quorum

    def last_counting(self) -> str | None:
        """Tell the largest checkpoint under which enough witnesses stand, with their lines."""
        if self._witnesses is None:
            return None
        wanted = [list(self._witnesses.keys), self._witnesses.quorum]
        found = self._session.run(lambda each: each.execute(_COUNTING, wanted).fetchone())
        return None if found is None else self.with_lines(str(found[0]))

    def with_lines(self, note: str) -> str:
        """Put under a checkpoint that we issued what witnesses have signed of it."""
        lines = self.lines(parse_checkpoint(note).checkpoint.size)
        fresh = [lines[witness] for witness in sorted(lines) if lines[witness] not in note]
        return note + "".join(fresh)

    def lines(self, size: int) -> dict[str, str]:
        """Tell the signature lines of witnesses under the checkpoint of a size."""
        return dict(self._session.run(lambda each: each.execute(_LINES, [size]).fetchall()))

    def is_superseded(self, note: str) -> bool:
        """Say whether the key of a checkpoint that we issued was rotated behind its size."""
        size = parse_checkpoint(note).checkpoint.size
        return self._session.run(lambda each: self._keys.now(each) != self._keys.at(each, size))

    def receipt(self, position: int) -> SignedReceipt:
        """Sign which chain value stands at a position. Raises LookupError, StoreUnavailable."""
        receipt = Receipt(self._log, position, self._tree.chain(position))
        signer = self._in_force(self._session.run(self._keys.now))
        key = parse_verifier_key(signer.verifier_key)
        note = sign_receipt(receipt, key, signer.sign)
        return SignedReceipt(position=position, chain=receipt.chain.hex(), note=note)

    def _issue(self, size: int, root: bytes, chain: bytes) -> str:
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
                signer = self._in_force(self._keys.at(connection, size))
                key = parse_verifier_key(signer.verifier_key)
                note = sign_checkpoint(checkpoint, key, signer.sign)
                connection.execute("INSERT INTO checkpoints VALUES (%s, %s)", [size, note])
                return note

        return self._session.run(work)

    def _in_force(self, named: str | None) -> CheckpointSigner:
        return self._signer if named is None else self._signer.named(named)

    def _issued(self, note: str, checkpoint: Checkpoint) -> str:
        # Signing two roots for one size is the one thing that nobody could ever forgive.
        if parse_checkpoint(note).checkpoint != checkpoint:
            message = f"another root of size {checkpoint.size} was signed before"
            raise RuntimeError(message)
        return note

    def _cosigned(self, size: int, note: str, witnesses: Witnesses) -> str:
        known = self.lines(size)
        fresh = witnesses.cosign(note, lambda old: self._tree.consistency(old, size), list(known))

        def keep(connection: psycopg.Connection) -> None:
            with connection.transaction():
                for witness, line in fresh.items():
                    connection.execute(_KEEP, [size, witness, line])

        if fresh:
            self._session.run(keep)
        lines = known | dict(fresh)
        return note + "".join(lines[witness] for witness in sorted(lines))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let nobody else sign while witnesses are asked.

        They never sign a smaller size after a larger one, so that asking out of order would leave
        the smaller checkpoint without their lines for ever. A lost connection gives the lock up,
        which costs lines at most.
        """
        self._session.run(
            lambda each: each.execute("SELECT pg_advisory_lock(%s)", [CHECKPOINT_LOCK])
        )
        try:
            yield
        finally:
            self._session.run(
                lambda each: each.execute("SELECT pg_advisory_unlock(%s)", [CHECKPOINT_LOCK])
            )
