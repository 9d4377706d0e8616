"""Receipts: signed, read back, and never taken for a checkpoint."""

import pytest

from domain.integrity.checkpoint import (
    Checkpoint,
    CheckpointError,
    is_signed_by,
    parse_checkpoint,
    parse_verifier_key,
    sign_checkpoint,
)
from domain.integrity.receipt import Receipt, parse_receipt, sign_receipt
from interfaces.outbound.signer.keyring import Ed25519Signer
from interfaces.outbound.witness.ed25519 import verified

LOG = "tallystick.example/main"
SIGNER = Ed25519Signer(bytes(range(32)), name=LOG)
KEY = parse_verifier_key(SIGNER.verifier_key)
RECEIPT = Receipt(LOG, 17, b"\x05" * 32)
TEXT = sign_receipt(RECEIPT, KEY, SIGNER.sign)


def test_a_receipt_is_read_back_and_holds() -> None:
    receipt, note = parse_receipt(TEXT)
    assert receipt == RECEIPT
    assert is_signed_by(note, [KEY], verified)


@pytest.mark.parametrize(("old", "new"), [("17", "18"), ("main\n", "other\n"), ("BQUF", "BQUE")])
def test_another_word_is_not_signed(old: str, new: str) -> None:
    head, blank, tail = TEXT.partition("\n\n")
    _, note = parse_receipt(head.replace(old, new, 1) + blank + tail)
    assert not is_signed_by(note, [KEY], verified)


def test_receipt_and_checkpoint_are_never_mistaken() -> None:
    """One key signs both; neither reads as the other, whatever a log is called."""
    with pytest.raises(CheckpointError):
        parse_checkpoint(TEXT)
    for origin in (LOG, "tallystick/receipt/v1"):
        checkpoint = Checkpoint(origin, 17, b"\x01" * 32, b"\x02" * 32)
        with pytest.raises(CheckpointError):
            parse_receipt(sign_checkpoint(checkpoint, KEY, SIGNER.sign))


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT[:-1],
        TEXT.replace("receipt/v1", "receipt/v2"),
        TEXT.replace("\n17\n", "\n017\n"),
        TEXT.replace("\n17\n", "\n0\n"),
        TEXT.replace("\n17\n", "\n17\n17\n"),
        TEXT.replace("\n\n", "\n", 1),
        TEXT.replace("BQU=", "BQU"),
    ],
)
def test_what_is_no_receipt_is_refused(text: str) -> None:
    with pytest.raises(CheckpointError):
        parse_receipt(text)
