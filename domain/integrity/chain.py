"""The hash chain: each event's hash covers its position, its body and all that came before.

Source: FORMATS 2.
"""

from hashlib import sha256

HASH_BYTES = 32


def genesis(log: str) -> bytes:
    """Return chain[0], the 32 bytes from which the chain of this log starts."""
    return sha256(b"tallystick/v1\n" + log.encode()).digest()


def extend(position: int, previous: bytes, body: bytes) -> bytes:
    """Return chain[position] from chain[position - 1] and the exact body."""
    return extend_hashed(position, previous, sha256(body).digest())


def extend_hashed(position: int, previous: bytes, body_hash: bytes) -> bytes:
    """Return chain[position] where only the SHA-256 of the body is known (a redacted event)."""
    return sha256(b"\x02" + position.to_bytes(8) + previous + body_hash).digest()


def log_id(log: str) -> bytes:
    """Return the 32 bytes that name this log on chain."""
    return sha256(log.encode()).digest()
