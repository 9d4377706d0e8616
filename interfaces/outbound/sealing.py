"""Boxes of personal data: AES-256-GCM, each bound to the place in the log where it lies.

Source: FORMATS 7. Data keys are wrapped by the key-encryption key and bound to their own name
and person, so a key that is moved to another row opens nothing.
"""

import base64
import hmac
import os
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.integrity.canonical import canonical
from domain.kernel.sealed import Sealed

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
NAME_BYTES: Final = 16


class BoxDamaged(ValueError):
    """The box was not made under this key for this place, or was changed."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a box lies: log, stream, event type and RFC 6901 pointer into the data."""

    log: str
    stream: str
    type: str
    pointer: str

    def text(self) -> bytes:
        """The associated data of FORMATS 7."""
        return "\n".join((self.log, self.stream, self.type, self.pointer)).encode()


def new_key() -> tuple[str, bytes]:
    """Make a data key and a name for it."""
    return os.urandom(NAME_BYTES).hex(), os.urandom(KEY_BYTES)


def wrap(key_encryption_key: bytes, *, name: str, person: str, key: bytes) -> bytes:
    """Wrap a data key for the vault."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key_encryption_key).encrypt(nonce, key, _owner(name, person))


def unwrap(key_encryption_key: bytes, *, name: str, person: str, wrapped: bytes) -> bytes:
    """Unwrap a data key. Raises BoxDamaged."""
    nonce, box = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
    try:
        return AESGCM(key_encryption_key).decrypt(nonce, box, _owner(name, person))
    except InvalidTag as error:
        raise BoxDamaged("a data key does not belong to its row") from error


def _owner(name: str, person: str) -> bytes:
    return f"tallystick/vault\n{name}\n{person}".encode()


def seal(name: str, key: bytes, place: Place, value: str) -> Sealed:
    """Seal a value under a named data key; the same value at the same place, the same box.

    So a request that is repeated under its idempotency key is the same request (FORMATS 9). The
    nonce is a MAC of place and value under a key of its own (the idea of RFC 5297): it repeats
    only where the whole box does.
    """
    plain = canonical(value)
    nonce = _nonce(key, place, plain)
    box = AESGCM(key).encrypt(nonce, plain, place.text())
    return Sealed(
        sealed=name, nonce=base64.b64encode(nonce).decode(), box=base64.b64encode(box).decode()
    )


def _nonce(key: bytes, place: Place, plain: bytes) -> bytes:
    mac_key = hmac.digest(key, b"tallystick/seal/nonce", "sha256")
    return hmac.digest(mac_key, place.text() + b"\x00" + plain, "sha256")[:NONCE_BYTES]


def unseal(key: bytes, place: Place, sealed: Sealed) -> str:
    """Open a box. Raises BoxDamaged."""
    try:
        nonce = base64.b64decode(sealed.nonce, validate=True)
        box = base64.b64decode(sealed.box, validate=True)
        plain = AESGCM(key).decrypt(nonce, box, place.text())
        return msgspec.json.decode(plain, type=str)
    except (InvalidTag, ValueError) as error:
        raise BoxDamaged("a box does not belong to its place") from error


def label_of(person: str, digest: str) -> str:
    """Name what a sealed document of a person is bound to."""
    return f"tallystick/document\n{person}\n{digest}"


def seal_content(name: str, key: bytes, label: str, content: bytes) -> bytes:
    """Seal bytes that lie outside the log: key name ‖ nonce ‖ ciphertext, bound to a label."""
    nonce = os.urandom(NONCE_BYTES)
    return bytes.fromhex(name) + nonce + AESGCM(key).encrypt(nonce, content, label.encode())


def key_of_content(box: bytes) -> str:
    """Tell the name of the key that seals a box of bytes."""
    return box[:NAME_BYTES].hex()


def unseal_content(key: bytes, label: str, box: bytes) -> bytes:
    """Open a box of bytes. Raises BoxDamaged."""
    nonce, sealed = box[NAME_BYTES:][:NONCE_BYTES], box[NAME_BYTES + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, sealed, label.encode())
    except (InvalidTag, ValueError) as error:
        raise BoxDamaged("a box does not belong to its label") from error
