"""Signatures of chain accounts, whoever holds the key (secp256k1, EIP-2).

A hardware token gives (r, s) only. Chains take s in the lower half of the order, and want to know
which of the points with that r it was: that is found by recovering the signer's own key.
"""

from functools import lru_cache
from typing import Final, Protocol, runtime_checkable

import msgspec
from eth_keys.datatypes import PrivateKey, PublicKey, Signature
from eth_keys.exceptions import BadSignature
from eth_keys.main import KeyAPI
from eth_utils.exceptions import ValidationError as BadPoint

ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
NUMBER_BYTES: Final = 32


class EvmSignature(msgspec.Struct, frozen=True, kw_only=True):
    """r, s in the lower half of the order, and the parity of the point (0 or 1)."""

    r: int
    s: int
    parity: int

    def text(self) -> bytes:
        """Return the 65 bytes that ``ecrecover`` takes: r, s, and 27 or 28."""
        numbers = self.r.to_bytes(NUMBER_BYTES) + self.s.to_bytes(NUMBER_BYTES)
        return numbers + bytes([27 + self.parity])


@runtime_checkable
class EvmSigner(Protocol):
    """Signs for the chain accounts of one installation, each named by its purpose."""

    def evm_address(self, purpose: str) -> str:
        """Tell the account's address in lower case; raises KeyError for no such purpose."""
        ...

    def sign_digest(self, purpose: str, digest: bytes, account: str | None = None) -> EvmSignature:
        """Sign 32 bytes; raises KeyError for no such purpose, or no key of it for the account."""
        ...


def sign_with(key: bytes, digest: bytes) -> EvmSignature:
    """Sign a digest with a private key; the same input gives the same signature (RFC 6979)."""
    signed = _private(key).sign_msg_hash(digest)
    return EvmSignature(r=signed.r, s=signed.s, parity=signed.v)


def address_of(key: bytes) -> str:
    """Tell the address of a private key in lower case."""
    return _private(key).public_key.to_address()


@lru_cache(maxsize=32)
def _private(key: bytes) -> PrivateKey:
    # It works its public key out at once, which takes longer than a signature.
    return KeyAPI().PrivateKey(key)


def address_of_point(point: bytes) -> str:
    """Tell the address of a public key, 64 bytes, in lower case."""
    return PublicKey(point).to_address()


def completed(signature: bytes, digest: bytes, point: bytes) -> EvmSignature:
    """Make of a token's r and s, 64 bytes, what a chain takes.

    Raises ValueError when no point of that signature is the public key.
    """
    r, s = int.from_bytes(signature[:NUMBER_BYTES]), int.from_bytes(signature[NUMBER_BYTES:])
    s = min(s, ORDER - s)
    for parity in (0, 1):
        try:
            found = Signature(vrs=(parity, r, s)).recover_public_key_from_msg_hash(digest)
        except (BadSignature, BadPoint):
            continue
        if found.to_bytes() == point:
            return EvmSignature(r=r, s=s, parity=parity)
    message = "the signature is not of this key"
    raise ValueError(message)
