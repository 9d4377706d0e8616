"""What a key file holds: a key sealed under the installation's passphrase, or a plain one.

The sealing key is scrypt of the passphrase (RFC 7914); the box is AES-256-GCM with the key's
purpose as associated data, so that no file can take another's place. A salt serves one
installation, so that a process that needs ten keys stretches the passphrase once.
"""

import secrets
from functools import lru_cache
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

KEY_BYTES: Final = 32
SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12
SCRYPT_COST: Final = 2**15
SCRYPT_BLOCK: Final = 8
SCRYPT_LANES: Final = 1
FORMAT: Final = "tallystick/key/v1"


class KeyDamaged(Exception):
    """A key file does not hold a key; the text names its purpose."""


class KeyLocked(Exception):
    """A key is sealed, and the passphrase is missing or another; the text names its purpose."""


class _Sealed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: str
    cost: int
    salt: bytes
    nonce: bytes
    box: bytes


_sealed: Final = msgspec.json.Decoder(_Sealed).decode


def is_sealed(text: str) -> bool:
    """Say whether a file's text is a sealed key."""
    return text.startswith("{")


def salt_of(text: str) -> bytes:
    """Tell the salt of a sealed key's file."""
    return _sealed(text).salt


def seal_key(purpose: str, key: bytes, passphrase: bytes, salt: bytes) -> str:
    """Write the text of a key's file."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    box = AESGCM(_stretched(passphrase, salt, SCRYPT_COST)).encrypt(nonce, key, purpose.encode())
    sealed = _Sealed(format=FORMAT, cost=SCRYPT_COST, salt=salt, nonce=nonce, box=box)
    return msgspec.json.encode(sealed).decode() + "\n"


def open_key(purpose: str, text: str, passphrase: bytes | None) -> bytes:
    """Read a key's file. Raises KeyDamaged, KeyLocked."""
    if not is_sealed(text):
        return _demand(purpose, _plain(purpose, text))
    if passphrase is None:
        message = f"the key for {purpose} is sealed: its passphrase is needed"
        raise KeyLocked(message)
    try:
        sealed = _sealed(text)
    except msgspec.DecodeError as error:
        raise KeyDamaged(_damaged(purpose)) from error
    if sealed.format != FORMAT or not 1 < sealed.cost <= SCRYPT_COST:
        raise KeyDamaged(_damaged(purpose))
    try:
        stretched = _stretched(passphrase, sealed.salt, sealed.cost)
        key = AESGCM(stretched).decrypt(sealed.nonce, sealed.box, purpose.encode())
    except (InvalidTag, ValueError) as error:
        message = f"the passphrase does not open the key for {purpose}"
        raise KeyLocked(message) from error
    return _demand(purpose, key)


def _plain(purpose: str, text: str) -> bytes:
    try:
        return bytes.fromhex(text.strip())
    except ValueError as error:
        raise KeyDamaged(_damaged(purpose)) from error


def _demand(purpose: str, key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise KeyDamaged(_damaged(purpose))
    return key


def _damaged(purpose: str) -> str:
    return f"the key for {purpose} is damaged"


@lru_cache(maxsize=4)
def _stretched(passphrase: bytes, salt: bytes, cost: int) -> bytes:
    kdf = Scrypt(salt=salt, length=KEY_BYTES, n=cost, r=SCRYPT_BLOCK, p=SCRYPT_LANES)
    return kdf.derive(passphrase)
