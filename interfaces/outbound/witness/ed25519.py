"""Ed25519 for who only verifies."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def verified(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether a signature holds; satisfies `domain.integrity.checkpoint.Verify`."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
