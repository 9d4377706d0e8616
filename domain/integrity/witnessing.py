"""What a log sends to a witness: a checkpoint, and the proof that it extends the last one.

Source: C2SP tlog-witness, add-checkpoint.
"""

import base64
import re
from collections.abc import Sequence

import msgspec

from domain.integrity.checkpoint import CheckpointError, decode_hash

PROOF_HASHES_MAX = 63
SIZE_TYPE = "text/x.tlog.size"
"""Media type of the answer that names the size that the witness has seen."""

_OLD = re.compile(r"old (0|[1-9][0-9]{0,15})").fullmatch


class Submission(msgspec.Struct, frozen=True):
    """A checkpoint as sent to a witness; `old` is the size that the witness is thought to know."""

    old: int
    path: tuple[bytes, ...]
    note: str


def submission_text(old: int, path: Sequence[bytes], note: str) -> str:
    """Return the body of a request to a witness."""
    hashes = "".join(base64.b64encode(step).decode() + "\n" for step in path)
    return f"old {old}\n{hashes}\n{note}"


def parse_submission(text: str) -> Submission:
    """Return the parts of a request, the checkpoint unread. Raises CheckpointError."""
    head, blank, note = text.partition("\n\n")
    first, *hashes = head.split("\n")
    old = _OLD(first)
    if not blank or old is None:
        raise CheckpointError("a request has a line with the old size, a blank one, a checkpoint")
    if len(hashes) > PROOF_HASHES_MAX:
        raise CheckpointError(f"a proof has at most {PROOF_HASHES_MAX} hashes")
    return Submission(int(old[1]), tuple(map(decode_hash, hashes)), note)
