"""The key ring: all keys of an installation, each for one purpose, made at first need.

Keys that sign lie in a token, where one is configured. All others, and without a token those too,
are files of mode 0600 in one folder: sealed under a passphrase where one is configured, else
plain; a plain one is sealed when it is next used. Nothing here prints or logs a key.
"""

import hashlib
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from application.ports.gate import StoreUnavailable
from domain.integrity.checkpoint import VerifierKey, verifier_key
from interfaces.outbound.signer.keyfile import (
    KEY_BYTES,
    SALT_BYTES,
    KeyDamaged,
    KeyLocked,
    is_sealed,
    open_key,
    salt_of,
    seal_key,
)
from interfaces.outbound.signer.secp256k1 import EvmSignature, address_of, sign_with

__all__ = ["EVM_PURPOSES", "KeyDamaged", "KeyLocked", "KeyRing", "checkpoint_signer"]

EVM_PURPOSES: Final = (
    "registry_owner",
    "anchorer",
    "token_agent",
    "settlement_operator",
    "claim_issuer",
    "listing",
)
"""Keys that own an account on the chain."""
CHECKPOINT: Final = "checkpoint"
NEXT: Final = ".next"
"""What a key is called while it waits to take the place of the present one."""


class KeyRotated(StoreUnavailable):
    """The key was rotated between its name and its signature: do it again."""


class Token(Protocol):
    """A place that keys never leave."""

    def ed25519_public(self, purpose: str) -> bytes:
        """Tell the 32 public bytes of a checkpoint key."""
        ...

    def ed25519_sign(self, purpose: str, message: bytes) -> bytes:
        """Sign a message."""
        ...

    def evm_address(self, purpose: str) -> str:
        """Tell a chain account's address."""
        ...

    def sign_digest(self, purpose: str, digest: bytes) -> EvmSignature:
        """Sign 32 bytes for a chain account."""
        ...

    def has(self, purpose: str) -> bool:
        """Say whether there is a key of this purpose."""
        ...

    def rename(self, purpose: str, name: str) -> None:
        """Give a key another purpose."""
        ...


class KeyRing:
    """All keys of one installation."""

    def __init__(
        self, folder: Path, *, passphrase: bytes | None = None, token: Token | None = None
    ) -> None:
        self._folder = folder
        self._passphrase = passphrase
        self._token = token

    def key(self, purpose: str) -> bytes:
        """Fetch a key that is no signing key, made at first need.

        Raises KeyDamaged, KeyLocked, OSError.
        """
        path = self._path(purpose)
        if not path.is_file():
            self._make(path, purpose)
        text = path.read_text()
        found = open_key(purpose, text, self._passphrase)
        if self._passphrase is not None and not is_sealed(text):
            with _locked(self._folder / ".lock"):
                self._write(path, purpose, found)
        return found

    def keys(self, purpose: str) -> tuple[bytes, ...]:
        """Fetch a key that is no signing key, then the next one and the old ones, newest first."""
        return tuple(map(self.key, self.names(purpose)))

    def names(self, purpose: str) -> list[str]:
        """Tell under which names there are keys: the present one, the old ones, the next one.

        The old ones come newest first.
        """
        others = [purpose + NEXT] if self.has(purpose + NEXT) else []
        number = 1
        while self.has(old := f"{purpose}.old-{number}"):
            others.insert(0, old)
            number += 1
        return [purpose, *others]

    def first(self, purpose: str) -> str:
        """Tell the name of the key that a purpose had first."""
        first = f"{purpose}.old-1"
        return first if self.has(first) else purpose

    def has(self, purpose: str) -> bool:
        """Say whether there is a key for this purpose yet."""
        if self._token is not None and _signs(purpose):
            return self._token.has(purpose)
        return self._path(purpose).is_file()

    def evm_key(self, purpose: str) -> bytes:
        """Fetch the private key of a chain account.

        Raises KeyError for another purpose, KeyLocked when it lies in a token.
        """
        _demand_account(purpose)
        if self._token is not None:
            message = f"the key for {purpose} never leaves its token"
            raise KeyLocked(message)
        return self.key(purpose)

    def evm_address(self, purpose: str) -> str:
        """Tell the address of a chain account, in lower case. Raises KeyError."""
        _demand_account(purpose)
        if self._token is not None:
            return self._token.evm_address(purpose)
        return address_of(self.key(purpose))

    def sign_digest(self, purpose: str, digest: bytes, account: str | None = None) -> EvmSignature:
        """Sign 32 bytes for a chain account: the present one, or a certain one of its purpose.

        Raises KeyError, also when the purpose never had that account; KeyRotated.
        """
        _demand_account(purpose)
        if account is None:
            return self._sign_digest(purpose, digest)
        wanted = account.lower()
        for name in self.names(purpose):
            if self.evm_address(name) != wanted:
                continue
            signature = self._sign_digest(name, digest)
            if not self.has(name) or self.evm_address(name) != wanted:
                # Its keys were changed over meanwhile: the signature may be another account's.
                raise KeyRotated
            return signature
        raise KeyError(account)

    def _sign_digest(self, purpose: str, digest: bytes) -> EvmSignature:
        if self._token is not None:
            return self._token.sign_digest(purpose, digest)
        return sign_with(self.key(purpose), digest)

    def ed25519_public(self, purpose: str) -> bytes:
        """Tell the 32 public bytes of a checkpoint key."""
        if self._token is not None:
            return self._token.ed25519_public(purpose)
        key = Ed25519PrivateKey.from_private_bytes(self.key(purpose))
        return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def ed25519_sign(self, purpose: str, message: bytes) -> bytes:
        """Sign with a checkpoint key; the same message gives the same signature (RFC 8032)."""
        if self._token is not None:
            return self._token.ed25519_sign(purpose, message)
        return Ed25519PrivateKey.from_private_bytes(self.key(purpose)).sign(message)

    def promote(self, purpose: str) -> None:
        """Let the next key take the present one's place, which is kept as ``<purpose>.old-<n>``.

        Raises KeyError when there is no next key.
        """
        if not self.has(purpose + NEXT):
            raise KeyError(purpose + NEXT)
        with _locked(self._folder / ".lock"):
            number = 1
            while self.has(f"{purpose}.old-{number}"):
                number += 1
            if self.has(purpose):
                self._rename(purpose, f"{purpose}.old-{number}")
            self._rename(purpose + NEXT, purpose)

    def _rename(self, purpose: str, name: str) -> None:
        if self._token is not None and _signs(purpose):
            self._token.rename(purpose, name)
            return
        # A sealed key is bound to its purpose: it is sealed anew for the other one.
        path = self._path(purpose)
        self._write(self._path(name), name, open_key(purpose, path.read_text(), self._passphrase))
        path.unlink()

    def _path(self, purpose: str) -> Path:
        return self._folder / f"{purpose}.key"

    def _make(self, path: Path, purpose: str) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(self._folder / ".lock"):
            if not path.is_file():
                self._write(path, purpose, secrets.token_bytes(KEY_BYTES))

    def _write(self, path: Path, purpose: str, key: bytes) -> None:
        # Written aside and moved, so that no process ever reads half a key.
        text = key.hex() + "\n"
        if self._passphrase is not None:
            text = seal_key(purpose, key, self._passphrase, self._salt())
        fresh = path.with_name(path.name + ".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)

    def _salt(self) -> bytes:
        for path in sorted(self._folder.glob("*.key")):
            if is_sealed(text := path.read_text()):
                return salt_of(text)
        return secrets.token_bytes(SALT_BYTES)


def _signs(purpose: str) -> bool:
    return purpose.partition(".")[0] in {CHECKPOINT, *EVM_PURPOSES}


def _demand_account(purpose: str) -> None:
    if purpose.partition(".")[0] not in EVM_PURPOSES:
        raise KeyError(purpose)


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

    def named(self, key: str) -> "Ed25519Signer":
        """There is one key here, whatever is asked for."""
        del key
        return self

    def sign(self, message: bytes) -> bytes:
        """Sign; the same message gives the same signature (RFC 8032)."""
        return self._key.sign(message)


class CheckpointKey:
    """Signs checkpoints with whatever key the ring holds now; satisfies ``CheckpointSigner``.

    `named` tells the signer of a certain key, which may be the next one already or an old one.

    A thread that was told one key and signs with the next one is refused: a rotation must never
    put one key's name to another's signature.
    """

    def __init__(self, ring: KeyRing, log: str, purpose: str = CHECKPOINT) -> None:
        self._ring = ring
        self._log = log
        self._purpose = purpose
        self._told = threading.local()

    @property
    def key(self) -> VerifierKey:
        """The key under which it is verified."""
        public = self._told.public = self._ring.ed25519_public(self._purpose)
        return verifier_key(name=self._log, public_key=public)

    def named(self, key: str) -> "CheckpointKey":
        """Tell who signs with this key, a trust file's form; itself when the ring has it not."""
        for purpose in self._ring.names(self._purpose):
            found = CheckpointKey(self._ring, self._log, purpose)
            if found.verifier_key == key:
                return found
        return self

    @property
    def verifier_key(self) -> str:
        """The key in a trust file's form."""
        return self.key.text()

    def sign(self, message: bytes) -> bytes:
        """Sign; the same message gives the same signature (RFC 8032). Raises KeyRotated."""
        if self._purpose != CHECKPOINT and not self._ring.has(self._purpose):
            # It has another name by now; asked for under this one, a fresh key would be made.
            raise KeyRotated
        signature = self._ring.ed25519_sign(self._purpose, message)
        if told := getattr(self._told, "public", None):
            try:
                Ed25519PublicKey.from_public_bytes(told).verify(signature, message)
            except InvalidSignature as error:
                raise KeyRotated from error
        return signature


def checkpoint_signer(ring: KeyRing, log: str) -> CheckpointKey:
    """Make the signer of a log's checkpoints."""
    return CheckpointKey(ring, log)


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
