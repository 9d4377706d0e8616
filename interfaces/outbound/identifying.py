"""Keyed hashes of addresses and phones, and the one-time codes that prove them.

Whoever has the database but not the keys can neither tell who has an address nor try all phones.
"""

import hashlib
import hmac
from typing import Final

CODE_DIGITS: Final = 8
NAME_LENGTH: Final = 20


def mac_of(key: bytes, *parts: str) -> bytes:
    """Authenticate parts, each with its length, so that no two lists collide."""
    text = b"".join(len(each.encode()).to_bytes(4, "big") + each.encode() for each in parts)
    return hmac.digest(key, text, "sha256")


def name_of(key: bytes, *parts: str) -> str:
    """Make the name of somebody new: the same parts, the same name."""
    return "u-" + mac_of(key, "name", *parts).hex()[:NAME_LENGTH]


class HmacCodes:
    """Codes of one installation; satisfies ``Codes``."""

    def __init__(self, key: bytes, *, log: str) -> None:
        # One key, one purpose: the code and its digest come from keys of their own.
        self._codes = hashlib.blake2b(b"codes", key=key, digest_size=32).digest()
        self._digests = hashlib.blake2b(b"digests", key=key, digest_size=32).digest()
        self._log = log

    def code(self, subject: str, channel: str, nonce: str) -> str:
        """Tell the eight digits that follow from a nonce."""
        mac = mac_of(self._codes, self._log, subject, channel, nonce)
        return f"{int.from_bytes(mac) % 10**CODE_DIGITS:0{CODE_DIGITS}d}"

    def digest(self, subject: str, channel: str, code: str) -> str:
        """Tell what the log keeps of a code."""
        return mac_of(self._digests, self._log, subject, channel, code).hex()
