"""What the old key signs when a new one takes its place (FORMATS 1).

The message is ``tallystick/rotation/v1``, the log's origin, the purpose, the old and the new key, a
line each, without an ending. Keys are named as outsiders know them: a checkpoint key in a trust
file's form, a chain account by its address, a secret by the first 8 bytes of its SHA-256. A
checkpoint key signs with Ed25519, an account as EIP-191 says, a secret with HMAC-SHA-256.
"""


def rotation_message(log: str, *, purpose: str, old: str, new: str) -> bytes:
    """Return the bytes to sign."""
    return "\n".join(("tallystick/rotation/v1", log, purpose, old, new)).encode()
