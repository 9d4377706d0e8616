"""When a witness signs: the log's own signature, the size that it saw last, and a proof.

Source: C2SP tlog-witness, add-checkpoint; the statuses are the protocol's own.
"""

import threading
from collections.abc import Callable, Sequence
from hashlib import sha256
from http import HTTPStatus
from typing import Final

import msgspec

from domain.integrity.checkpoint import (
    CheckpointError,
    Sign,
    TreeHead,
    VerifierKey,
    cosign,
    is_signed_by,
    parse_tree_head,
)
from domain.integrity.merkle import verify_consistency
from domain.integrity.witnessing import SIZE_TYPE, Submission, parse_submission
from interfaces.outbound.witness.ed25519 import verified
from tools.witness.memory import Memory

TEXT: Final = "text/plain; charset=utf-8"
EMPTY_ROOT: Final = sha256(b"").digest()


class Answer(msgspec.Struct, frozen=True):
    """What the witness says."""

    status: HTTPStatus
    content: str = ""
    kind: str = TEXT


class Witness:
    """Signs for some logs, each with the keys that may sign for it; any thread may ask."""

    def __init__(
        self,
        memory: Memory,
        *,
        key: VerifierKey,
        sign: Sign,
        logs: Sequence[tuple[str, VerifierKey]],
        now: Callable[[], int],
    ) -> None:
        self._memory = memory
        self._key = key
        self._sign = sign
        self._logs = logs
        self._now = now
        # What is compared must still hold when it is written: one request at a time.
        self._turn = threading.Lock()

    def add_checkpoint(self, content: bytes) -> Answer:
        """Answer a request to cosign. Raises OSError when the folder fails: nothing is signed."""
        try:
            asked = parse_submission(content.decode())
            head = parse_tree_head(asked.note)
        except (CheckpointError, UnicodeDecodeError) as error:
            return Answer(HTTPStatus.BAD_REQUEST, f"{error}\n")
        keys = [key for origin, key in self._logs if origin == head.origin]
        if not keys:
            return Answer(HTTPStatus.NOT_FOUND, "this log is not known here\n")
        if not is_signed_by(head, keys, verified):
            return Answer(HTTPStatus.FORBIDDEN, "no key of this log has signed\n")
        if asked.old > head.size:
            return Answer(HTTPStatus.BAD_REQUEST, "the old size is above the new one\n")
        with self._turn:
            return self._judge(asked, head, content.decode())

    def _judge(self, asked: Submission, head: TreeHead, content: str) -> Answer:
        try:
            last = self._memory.last(head.origin)
        except CheckpointError:
            message = "what was signed last cannot be read\n"
            return Answer(HTTPStatus.INTERNAL_SERVER_ERROR, message)
        size, root = (0, EMPTY_ROOT) if last is None else (last.size, last.root)
        if asked.old != size:
            return Answer(HTTPStatus.CONFLICT, f"{size}\n", SIZE_TYPE)
        if head.size == size and head.root != root:
            self._memory.keep_evidence(content)
            return Answer(HTTPStatus.CONFLICT, f"{size}\n", SIZE_TYPE)
        if not _extends(asked, head, root):
            self._memory.keep_evidence(content)
            return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, "the log did not only grow\n")
        line = cosign(head, self._key, self._now(), self._sign)
        self._memory.keep(head.origin, f"{head.body.decode()}\n{line}")
        return Answer(HTTPStatus.OK, line)

    def last_note(self, name: str) -> Answer:
        """Tell the last checkpoint of a log, by the SHA-256 of its origin in hex."""
        known = {sha256(origin.encode()).hexdigest() for origin, _ in self._logs}
        note = self._memory.note(name) if name in known else None
        return Answer(HTTPStatus.NOT_FOUND) if note is None else Answer(HTTPStatus.OK, note)


def _extends(asked: Submission, head: TreeHead, root: bytes) -> bool:
    try:
        return verify_consistency(
            old=asked.old, new=head.size, old_root=root, new_root=head.root, path=asked.path
        )
    except ValueError:
        return False
