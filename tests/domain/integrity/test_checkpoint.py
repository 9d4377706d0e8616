"""Checkpoints and evidence: what is signed is read back, what is bent is refused."""

import json
from base64 import b64encode

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from domain.integrity import evidence as bundle
from domain.integrity.checkpoint import (
    COSIGNATURE,
    Checkpoint,
    CheckpointError,
    VerifierKey,
    cosign,
    is_signed_by,
    note_body,
    parse_checkpoint,
    parse_verifier_key,
    sign_checkpoint,
    verifier_key,
    witnesses_of,
)

PRIVATE = [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in range(1, 5)]
PUBLIC = [private.public_key().public_bytes_raw() for private in PRIVATE]
KEY = verifier_key(name="tallystick.example/main", public_key=PUBLIC[0])
OTHER = verifier_key(name="tallystick.example/main", public_key=PUBLIC[1])
WITNESSES = [
    verifier_key(name=f"witness-{number}", public_key=PUBLIC[number], algorithm=COSIGNATURE)
    for number in (2, 3)
]
CHECKPOINT = Checkpoint("tallystick.example/main", 5, bytes(range(32)), bytes(range(32, 64)))
TEXT = sign_checkpoint(CHECKPOINT, KEY, PRIVATE[0].sign)


def verify(public_key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_the_text_is_the_one_of_the_format() -> None:
    root, chain = b64encode(bytes(range(32))).decode(), b64encode(bytes(range(32, 64))).decode()
    head = f"tallystick.example/main\n5\n{root}\nchain {chain}\n"
    assert note_body(CHECKPOINT) == head.encode()
    signature = b64encode(KEY.key_id + PRIVATE[0].sign(head.encode())).decode()
    assert f"{head}\n— tallystick.example/main {signature}\n" == TEXT


def test_a_checkpoint_is_read_back_and_its_signature_holds() -> None:
    signed = parse_checkpoint(TEXT)
    assert signed.checkpoint == CHECKPOINT
    assert signed.body == note_body(CHECKPOINT)
    assert is_signed_by(signed, [OTHER, KEY], verify)
    assert not is_signed_by(signed, [OTHER], verify)
    assert not is_signed_by(signed, [], verify)


def test_a_changed_size_breaks_the_signature() -> None:
    assert not is_signed_by(parse_checkpoint(TEXT.replace("\n5\n", "\n6\n")), [KEY], verify)


def test_witnesses_count_once_and_only_with_a_true_cosignature() -> None:
    signed = parse_checkpoint(TEXT)
    lines = [
        cosign(signed, witness, 1_700_000_000 + number, PRIVATE[2 + number].sign)
        for number, witness in enumerate(WITNESSES)
    ]
    both = parse_checkpoint(TEXT + lines[0] + lines[0] + lines[1])
    assert witnesses_of(both, [*WITNESSES, WITNESSES[0]], verify) == WITNESSES
    one = parse_checkpoint(TEXT + lines[1])
    assert witnesses_of(one, WITNESSES, verify) == [WITNESSES[1]]
    forged = cosign(signed, WITNESSES[0], 1_700_000_000, PRIVATE[0].sign)
    assert witnesses_of(parse_checkpoint(TEXT + forged), WITNESSES, verify) == []
    assert is_signed_by(both, [KEY], verify)


def test_a_plain_signature_of_a_witness_is_no_cosignature() -> None:
    plain = VerifierKey(WITNESSES[0].name, WITNESSES[0].public_key)
    signed = parse_checkpoint(sign_checkpoint(CHECKPOINT, plain, PRIVATE[2].sign))
    assert witnesses_of(signed, WITNESSES, verify) == []


@pytest.mark.parametrize(
    "bent",
    [
        "",
        TEXT.rstrip("\n"),
        TEXT + "\n",
        TEXT.replace("\n\n", "\n"),
        TEXT.replace("\n5\n", "\n05\n"),
        TEXT.replace("\n5\n", "\n-5\n"),
        TEXT.replace("\n5\n", "\n99999999999999999\n"),
        TEXT.replace("\nchain ", "\nchian "),
        TEXT.replace("\n\n", "\nextra\n\n"),
        TEXT.replace("— ", "- "),
        TEXT.replace("tallystick.example/main\n5", "tallystick example\n5"),
        TEXT.replace("AAEC", "AAE"),
        TEXT.replace("AAEC", ""),
        TEXT.replace("Hh8=", "Hh9="),
        TEXT.replace("AAEC", "AA*C"),
        TEXT.partition("\n\n")[0] + "\n\n— key AAAA\n",
        TEXT.partition("\n\n")[0] + "\n\n",
    ],
)
def test_any_other_form_is_refused(bent: str) -> None:
    with pytest.raises(CheckpointError):
        parse_checkpoint(bent)


@pytest.mark.parametrize(
    "checkpoint",
    [
        Checkpoint("two\nlines", 1, bytes(32), bytes(32)),
        Checkpoint("", 1, bytes(32), bytes(32)),
        Checkpoint("log", -1, bytes(32), bytes(32)),
        Checkpoint("log", 1, bytes(31), bytes(32)),
        Checkpoint("log", 1, bytes(32), bytes(33)),
    ],
)
def test_what_cannot_be_written_is_refused(checkpoint: Checkpoint) -> None:
    with pytest.raises(CheckpointError):
        note_body(checkpoint)


def test_a_key_is_read_back_from_its_text() -> None:
    assert parse_verifier_key(KEY.text()) == KEY
    assert parse_verifier_key(WITNESSES[0].text()) == WITNESSES[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000+" + b64encode(b"\x01" + PUBLIC[0]).decode(),
        KEY.text() + "=",
        KEY.text().replace("+", " ", 1),
        "n+00000000+" + b64encode(b"\x01" + PUBLIC[0][:31]).decode(),
        "n+00000000+" + b64encode(b"\x07" + PUBLIC[0]).decode(),
        "+00000000+" + b64encode(b"\x01" + PUBLIC[0]).decode(),
    ],
)
def test_a_malformed_key_is_refused(text: str) -> None:
    with pytest.raises(CheckpointError):
        parse_verifier_key(text)


def test_a_key_has_32_bytes() -> None:
    with pytest.raises(CheckpointError, match="32 bytes"):
        verifier_key(name="n", public_key=b"short")
    with pytest.raises(CheckpointError, match="algorithm"):
        verifier_key(name="n", public_key=PUBLIC[0], algorithm=7)


def _event(position: int) -> bundle.LoggedEvent:
    return bundle.LoggedEvent(position, b"{}", bytes(32), bytes(32))


def test_a_bundle_has_the_members_of_the_format_in_order() -> None:
    anchor = bundle.Anchor(31337, "0x" + "0" * 40, "0x" + "1" * 64, 12, "0x" + "2" * 64)
    made = bundle.evidence(
        _event(3), [b"\x07" * 32], signed=parse_checkpoint(TEXT), text=TEXT, anchor=anchor
    )
    read = json.loads(bundle.document(made))
    assert " ".join(read) == (
        "format log position body previous chain index size path root head checkpoint anchor"
    )
    assert " ".join(read["anchor"]) == "chain_id registry transaction block block_hash"
    assert (read["index"], read["size"], read["path"]) == (2, 5, ["07" * 32])
    assert read["root"] == CHECKPOINT.root.hex()
    assert read["head"] == CHECKPOINT.chain.hex()


@pytest.mark.parametrize("position", [0, 6])
def test_an_event_outside_the_checkpoint_has_no_bundle(position: int) -> None:
    with pytest.raises(ValueError, match="is not under a checkpoint"):
        bundle.evidence(_event(position), [], signed=parse_checkpoint(TEXT), text=TEXT)


def test_a_trust_file_names_keys_and_witnesses() -> None:
    plain = bundle.trust(log="l", keys=[KEY], chain_id=1, registry="0xr", owner="0xo")
    file = json.loads(bundle.document(bundle.with_witnesses(plain, WITNESSES, 2)))
    assert " ".join(file) == "format log keys witnesses quorum chain_id registry owner"
    assert file["keys"] == [KEY.text()]
    assert file["witnesses"] == [witness.text() for witness in WITNESSES]
    assert file["quorum"] == 2
    with pytest.raises(ValueError, match="cannot sign"):
        bundle.with_witnesses(plain, [*WITNESSES[:1], WITNESSES[0]], 2)
