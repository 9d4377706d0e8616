"""The key ring: a folder with one file for each purpose, made at first need, mode 0600.

A key is 32 random bytes. Nothing here prints or logs one; errors name the purpose only.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from eth_account import Account

from domain.integrity.checkpoint import VerifierKey, verifier_key

KEY_BYTES: Final = 32
EVM_PURPOSES: Final = (
    "registry_owner",
    "anchorer",
    "token_agent",
    "settlement_operator",
    "claim_issuer",
    "listing",
)
"""Keys that own an account on the chain."""


class KeyDamaged(Exception):
    """A key file does not hold a key; the text names its purpose."""


class KeyRing:
    """All keys of one installation."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def key(self, purpose: str) -> bytes:
        """Fetch the key of a purpose, made at first need. Raises KeyDamaged, OSError."""
        path = self._folder / f"{purpose}.key"
        if not path.is_file():
            self._make(path)
        found = bytes.fromhex(path.read_text().strip())
        if len(found) != KEY_BYTES:
            message = f"the key for {purpose} is damaged"
            raise KeyDamaged(message)
        return found

    def _make(self, path: Path) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(self._folder / ".lock"):
            if path.is_file():
                return
            # Written aside and moved, so that no process ever reads half a key.
            fresh = path.with_suffix(".new")
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(KEY_BYTES) + "\n")
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)

    def evm_key(self, purpose: str) -> bytes:
        """Fetch the private key of a chain account; raises KeyError for another purpose."""
        if purpose not in EVM_PURPOSES:
            raise KeyError(purpose)
        return self.key(purpose)

    def evm_address(self, purpose: str) -> str:
        """Tell the address of a chain account, in lower case."""
        return str(Account.from_key(self.evm_key(purpose)).address).lower()


class Ed25519Signer:
    """Signs checkpoints under the log's name (FORMATS 4); satisfies ``CheckpointSigner``."""

    def __init__(self, seed: bytes, *, name: str) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key: VerifierKey = verifier_key(name=name, public_key=public)

    @property
    def verifier_key(self) -> str:
        """The key in a trust file's form."""
        return self.key.text()

    def sign(self, message: bytes) -> bytes:
        """Sign; the same message gives the same signature (RFC 8032)."""
        return self._key.sign(message)


def checkpoint_signer(ring: KeyRing, log: str) -> Ed25519Signer:
    """Make the signer of a log's checkpoints."""
    return Ed25519Signer(ring.key("checkpoint"), name=log)


def contract_address(creator: str, nonce: int) -> str:
    """Tell where an account's transaction of a nonce creates its contract, in lower case.

    Keccak-256 of the RLP list (address, nonce), last 20 bytes; nonces below 128 only, which is
    all that a cold owner needs.
    """
    if not 0 <= nonce < 128:
        message = "only the first 128 nonces are computed here"
        raise ValueError(message)
    encoded_nonce = b"\x80" if nonce == 0 else bytes([nonce])
    payload = b"\x94" + bytes.fromhex(creator.removeprefix("0x")) + encoded_nonce
    return "0x" + _keccak(bytes([0xC0 + len(payload)]) + payload)[12:].hex()


def _keccak(data: bytes) -> bytes:
    from eth_utils.crypto import keccak  # noqa: PLC0415 - heavy, and only for the set-up

    return bytes(keccak(data))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        flock(file, LOCK_EX)
        try:
            yield
        finally:
            flock(file, LOCK_UN)


def derived(key: bytes, purpose: str) -> bytes:
    """Derive a key for a narrower purpose, so that no key ever serves two."""
    return hashlib.blake2b(purpose.encode(), key=key, digest_size=KEY_BYTES).digest()
