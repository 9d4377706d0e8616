"""Names of streams, commands and subjects, derived and checked, never invented."""

import hashlib
import re

STREAM = re.compile(r"[a-z]+:[A-Za-z0-9._/-]{1,128}")
SUBJECT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
IDEMPOTENCY_KEY = re.compile(r"[\x20-\x7e]{1,255}")


def stream_id(aggregate: str, identity: str) -> str:
    """Name a stream (FORMATS 1); raises ValueError when the name is not a legal one."""
    stream = f"{aggregate}:{identity}"
    if STREAM.fullmatch(stream) is None:
        message = f"not a stream name: {stream!r}"
        raise ValueError(message)
    return stream


def aggregate_of(stream: str) -> str:
    """Tell the aggregate of a stream, the part before the colon."""
    return stream.partition(":")[0]


def identity_of(stream: str) -> str:
    """Tell the identity within the aggregate, the part after the colon."""
    return stream.partition(":")[2]


def command_id(actor: str, key: str) -> str:
    """Derive a command's UUIDv8 from its actor and idempotency key (FORMATS 1)."""
    return _uuid(f"{actor}\n{key}")


def correlation_id(command: str) -> str:
    """Derive the correlation of a request that nobody correlated from its command."""
    return _uuid(f"tallystick:correlation\n{command}")


def _uuid(name: str) -> str:
    """Make the UUIDv8 of the first 16 bytes of a name's SHA-256 (RFC 9562)."""
    raw = bytearray(hashlib.sha256(name.encode()).digest()[:16])
    raw[6] = (raw[6] & 0x0F) | 0x80
    raw[8] = (raw[8] & 0x3F) | 0x80
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def fingerprint(*parts: str) -> str:
    """Hash parts to 64 hex digits, each with its length, so that no two lists collide."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()
