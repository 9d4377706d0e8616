"""Checkpoints: the log's signed statement of its size, root and chain head, as a C2SP note.

Signing and verifying are arguments: keys never enter the domain. Source: FORMATS 4, C2SP
tlog-checkpoint, signed-note and tlog-cosignature.
"""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Protocol

import msgspec

from domain.integrity.chain import HASH_BYTES

ED25519 = 0x01
COSIGNATURE = 0x04
KEY_ID_BYTES = 4
PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64

Sign = Callable[[bytes], bytes]
"""Signs a message with Ed25519 and gives the 64 bytes of the signature."""

Verify = Callable[[bytes, bytes, bytes], bool]
"""Says of (public key, signature, message) whether the Ed25519 signature holds."""

_KEY_NAME = re.compile(r"[^\s+]+").fullmatch
_ORIGIN = re.compile(r"[^\x00-\x20\x7f]+").fullmatch
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}").fullmatch
_SIGNATURE_LINE = re.compile(r"— ([^\s+]+) (\S+)").fullmatch


class CheckpointError(ValueError):
    """The text is not a checkpoint or a key of the agreed form."""


class Checkpoint(msgspec.Struct, frozen=True):
    """What a log says about itself: origin, number of events, root, and chain[size]."""

    log: str
    size: int
    root: bytes
    chain: bytes


class NoteSignature(msgspec.Struct, frozen=True):
    """One signature line: who claims to have signed, and the bytes behind the key id."""

    name: str
    key_id: bytes
    signature: bytes


class Signed(Protocol):
    """Anything with the exact bytes that were signed and the signatures under them."""

    @property
    def body(self) -> bytes:
        """The bytes, final newline included."""
        ...

    @property
    def signatures(self) -> tuple[NoteSignature, ...]:
        """Whoever claims to have signed."""
        ...


class Note(msgspec.Struct, frozen=True):
    """A signed note whose lines may mean anything."""

    lines: tuple[str, ...]
    body: bytes
    signatures: tuple[NoteSignature, ...]


class SignedCheckpoint(msgspec.Struct, frozen=True):
    """A checkpoint with the exact bytes that were signed and every signature under it."""

    checkpoint: Checkpoint
    body: bytes
    signatures: tuple[NoteSignature, ...]


class TreeHead(msgspec.Struct, frozen=True, kw_only=True):
    """Any log's checkpoint: what a witness reads, for whom further lines have no meaning."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...]
    body: bytes
    signatures: tuple[NoteSignature, ...]


class VerifierKey(msgspec.Struct, frozen=True):
    """The public half of a key, with its name and its algorithm byte."""

    name: str
    public_key: bytes
    algorithm: int = ED25519

    @property
    def key_id(self) -> bytes:
        """The 4 bytes by which a signature line names this key."""
        content = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public_key
        return sha256(content).digest()[:KEY_ID_BYTES]

    def text(self) -> str:
        """Return the key as trust files carry it: name, key id and key, joined by plus signs."""
        key = base64.b64encode(bytes([self.algorithm]) + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"


def verifier_key(*, name: str, public_key: bytes, algorithm: int = ED25519) -> VerifierKey:
    """Return a key after checking its parts. Raises CheckpointError."""
    if not _KEY_NAME(name):
        raise CheckpointError("a key's name has no white space and no plus sign")
    if algorithm not in (ED25519, COSIGNATURE):
        raise CheckpointError(f"unknown algorithm {algorithm}")
    if len(public_key) != PUBLIC_KEY_BYTES:
        raise CheckpointError(f"an Ed25519 key has {PUBLIC_KEY_BYTES} bytes")
    return VerifierKey(name, public_key, algorithm)


def parse_verifier_key(text: str) -> VerifierKey:
    """Return the key of a trust file's line. Raises CheckpointError, also for a wrong key id."""
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    raw = _base64(encoded)
    if len(raw) != 1 + PUBLIC_KEY_BYTES:
        raise CheckpointError("a key is its algorithm byte and 32 bytes")
    key = verifier_key(name=name, public_key=raw[1:], algorithm=raw[0])
    if key.key_id.hex() != key_id:
        raise CheckpointError("the key id is not the one of this name and key")
    return key


def note_body(checkpoint: Checkpoint) -> bytes:
    """Return the bytes that are signed. Raises CheckpointError for parts that cannot be written."""
    if not _ORIGIN(checkpoint.log) or not 0 <= checkpoint.size < 10**16:
        raise CheckpointError("a checkpoint needs a printable origin and a size")
    if len(checkpoint.root) != HASH_BYTES or len(checkpoint.chain) != HASH_BYTES:
        raise CheckpointError("root and chain have 32 bytes")
    root = base64.b64encode(checkpoint.root).decode()
    chain = base64.b64encode(checkpoint.chain).decode()
    return f"{checkpoint.log}\n{checkpoint.size}\n{root}\nchain {chain}\n".encode()


def sign_checkpoint(checkpoint: Checkpoint, key: VerifierKey, sign: Sign) -> str:
    """Return the signed text of a checkpoint."""
    body = note_body(checkpoint)
    return body.decode() + "\n" + signature_line(key, sign(body))


def signature_line(key: VerifierKey, signature: bytes) -> str:
    """Return one line to put under a note, ending included."""
    return f"— {key.name} {base64.b64encode(key.key_id + signature).decode()}\n"


def cosignature_message(body: bytes, time: int) -> bytes:
    """Return what a witness signs: the note's body at a time in seconds since 1970."""
    return b"cosignature/v1\ntime " + str(time).encode() + b"\n" + body


def cosign(signed: Signed, key: VerifierKey, time: int, sign: Sign) -> str:
    """Return the line of a witness who has seen this checkpoint at `time` (seconds since 1970)."""
    signature = sign(cosignature_message(signed.body, time))
    return signature_line(key, time.to_bytes(8) + signature)


def parse_checkpoint(text: str) -> SignedCheckpoint:
    """Return the parts of a signed checkpoint, checking its form to the byte but no signature.

    Raises CheckpointError.
    """
    head = parse_tree_head(text)
    if len(head.extensions) != 1 or not head.extensions[0].startswith("chain "):
        raise CheckpointError("a checkpoint of ours has four lines, the last one its chain")
    chain = decode_hash(head.extensions[0].removeprefix("chain "))
    return SignedCheckpoint(
        Checkpoint(head.origin, head.size, head.root, chain), head.body, head.signatures
    )


def parse_tree_head(text: str) -> TreeHead:
    """Return the parts of any log's checkpoint, checking its form but no signature.

    Raises CheckpointError. Source: C2SP tlog-checkpoint.
    """
    note = parse_note(text)
    if len(note.lines) < 3:
        raise CheckpointError("a checkpoint has an origin, a size and a root")
    origin, size, root, *extensions = note.lines
    if not _ORIGIN(origin) or not _SIZE(size):
        raise CheckpointError("origin or size is malformed")
    return TreeHead(
        origin=origin,
        size=int(size),
        root=decode_hash(root),
        extensions=tuple(extensions),
        body=note.body,
        signatures=note.signatures,
    )


def parse_note(text: str) -> Note:
    """Return the lines of a signed note and its signatures, none of them checked.

    Raises CheckpointError. Source: C2SP signed-note.
    """
    head, blank, tail = text.partition("\n\n")
    if not blank or not head or not tail.endswith("\n"):
        raise CheckpointError("a note has lines, a blank one, and lines with signatures")
    signatures = tuple(_signature(line) for line in tail[:-1].split("\n"))
    return Note(tuple(head.split("\n")), (head + "\n").encode(), signatures)


def _signature(line: str) -> NoteSignature:
    found = _SIGNATURE_LINE(line)
    if not found:
        raise CheckpointError("a signature line is a dash, a name and base64")
    raw = _base64(found[2])
    if len(raw) <= KEY_ID_BYTES:
        raise CheckpointError("a signature line holds a key id and a signature")
    return NoteSignature(found[1], raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:])


def is_signed_by(signed: Signed, keys: Sequence[VerifierKey], verify: Verify) -> bool:
    """Say whether the log itself signed: one of its keys, with a signature that holds."""
    return any(
        key.algorithm == ED25519
        and line.name == key.name
        and line.key_id == key.key_id
        and len(line.signature) == SIGNATURE_BYTES
        and verify(key.public_key, line.signature, signed.body)
        for line in signed.signatures
        for key in keys
    )


def witnesses_of(
    signed: Signed, witnesses: Sequence[VerifierKey], verify: Verify
) -> list[VerifierKey]:
    """Return the different witnesses whose cosignature under the checkpoint holds."""
    return [key for key in dict.fromkeys(witnesses) if _is_cosigned_by(signed, key, verify)]


def _is_cosigned_by(signed: Signed, key: VerifierKey, verify: Verify) -> bool:
    for line in signed.signatures:
        if (key.algorithm, key.name, key.key_id) != (COSIGNATURE, line.name, line.key_id):
            continue
        time, signature = line.signature[:8], line.signature[8:]
        message = cosignature_message(signed.body, int.from_bytes(time))
        if len(signature) == SIGNATURE_BYTES and verify(key.public_key, signature, message):
            return True
    return False


def decode_hash(text: str) -> bytes:
    """Return the 32 bytes that a line holds in base64. Raises CheckpointError."""
    raw = _base64(text)
    if len(raw) != HASH_BYTES:
        raise CheckpointError("a hash has 32 bytes")
    return raw


def _base64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CheckpointError("not base64") from error
    if base64.b64encode(raw).decode() != text:
        raise CheckpointError("base64 with stray bits")
    return raw
