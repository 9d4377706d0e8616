"""Passwords by Argon2id (RFC 9106), peppered; MACs of what must be found but not told.

The costs are OWASP's first choice for servers that share their memory with much else: 46 MiB, one
pass, one lane; some 30 ms. Both keys are derived from one key of the installation, so that a
stolen table alone can neither be searched for addresses nor guessed at.
"""

import base64
import hashlib
import hmac
import threading
import unicodedata
from typing import Final

import argon2

from interfaces.outbound.signer.keyring import derived

MEMORY_KIB: Final = 47_104
AT_ONCE: Final = 2
"""Hashes that are computed at the same time: a flood of sign-ins takes no more memory."""


class PasswordSecrets:
    """Satisfies `application.ports.access.Secrets`."""

    def __init__(self, key: bytes, *, memory_kib: int = MEMORY_KIB) -> None:
        self._pepper = derived(key, "passwords")
        self._index = derived(key, "index")
        self._turns = threading.Semaphore(AT_ONCE)
        self._hasher = argon2.PasswordHasher(time_cost=1, memory_cost=memory_kib, parallelism=1)
        # Nobody's password: it is checked when there is none, so that this takes as long.
        self._nobody = self._hasher.hash(self._peppered(self._pepper.hex()))

    def mac(self, purpose: str, *parts: str) -> str:
        """Make the MAC of something; each part comes with its length, so no two lists collide."""
        message = hmac.new(self._index, digestmod=hashlib.sha256)
        for part in (purpose, *parts):
            encoded = part.encode()
            message.update(len(encoded).to_bytes(8) + encoded)
        return message.hexdigest()

    def hash_password(self, password: str) -> str:
        """Hash a password with a salt of its own."""
        with self._turns:
            return self._hasher.hash(self._peppered(password))

    def right_password(self, kept: str | None, password: str) -> bool:
        """Say whether a password is the one that was hashed; as slow where there is none."""
        with self._turns:
            try:
                self._hasher.verify(kept or self._nobody, self._peppered(password))
            except argon2.exceptions.VerifyMismatchError:
                return False
        return kept is not None

    def is_stale(self, kept: str) -> bool:
        """Say whether a hash was made with other costs than today's."""
        return self._hasher.check_needs_rehash(kept)

    def _peppered(self, password: str) -> str:
        # The same letters typed on another keyboard are the same password (NIST 800-63B, 3.1.1.2).
        plain = unicodedata.normalize("NFKC", password).encode()
        return base64.b64encode(hmac.digest(self._pepper, plain, "sha256")).decode()
