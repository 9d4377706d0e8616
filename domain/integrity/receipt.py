"""Receipts: the log's signed word that a position holds a chain value, given with an answer.

A signed note of its own kind, so that it can never be read as a checkpoint: its second line is a
log's origin where a checkpoint has a size. Whoever keeps one can show later that the log changed
or lost what it had acknowledged. Source: FORMATS 9.

    tallystick/receipt/v1
    <log>
    <position>
    <base64 chain[position]>

    — <key name> <base64(4-byte key id ‖ signature)>
"""

import base64
import re

import msgspec

from domain.integrity.checkpoint import (
    CheckpointError,
    Note,
    Sign,
    VerifierKey,
    decode_hash,
    parse_note,
    signature_line,
)

RECEIPT_FORMAT = "tallystick/receipt/v1"

_POSITION = re.compile(r"[1-9][0-9]{0,15}").fullmatch


class Receipt(msgspec.Struct, frozen=True):
    """What a receipt says: at this position of this log stands this chain value."""

    log: str
    position: int
    chain: bytes


def sign_receipt(receipt: Receipt, key: VerifierKey, sign: Sign) -> str:
    """Return the signed text of a receipt."""
    chain = base64.b64encode(receipt.chain).decode()
    body = f"{RECEIPT_FORMAT}\n{receipt.log}\n{receipt.position}\n{chain}\n"
    return f"{body}\n{signature_line(key, sign(body.encode()))}"


def parse_receipt(text: str) -> tuple[Receipt, Note]:
    """Return what a receipt says, and the note whose signatures are still to be checked.

    Raises CheckpointError.
    """
    note = parse_note(text)
    if len(note.lines) != 4 or note.lines[0] != RECEIPT_FORMAT or not _POSITION(note.lines[2]):
        raise CheckpointError("a receipt names its format, its log, a position and a chain value")
    return Receipt(note.lines[1], int(note.lines[2]), decode_hash(note.lines[3])), note
