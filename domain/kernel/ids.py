"""Names of streams, commands and subjects, derived and checked, never invented."""

import hashlib
import re

STREAM = re.compile(r"[a-z]+:[A-Za-z0-9._/-]{1,128}")
SUBJECT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
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
    text = hashlib.sha256(name.encode()).hexdigest()
    variant = _VARIANT[text[16]]
    return f"{text[:8]}-{text[8:12]}-8{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


def fingerprint(*parts: str) -> str:
    """Hash parts to 64 hex digits, each with its length, so that no two lists collide."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()
