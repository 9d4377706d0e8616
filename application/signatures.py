"""Whether a signature is the key's: arithmetic only, the same whenever it is asked."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from domain.kernel.event import Authorisation
from domain.request.authorisation import Words


def verify(shown: Authorisation, words: Words) -> bool:
    """Say whether an authorisation is signed by the key that it names (FORMATS 1)."""
    signature = bytes.fromhex(shown.signature)
    if shown.alg == "eip712":
        return _recovered(signature, words) == shown.key
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(shown.key)).verify(signature, words.text())
    except (InvalidSignature, ValueError):
        return False
    return True


def _recovered(signature: bytes, words: Words) -> str:
    # Heavy, and only for who signs with a wallet.
    from eth_account import Account  # noqa: PLC0415
    from eth_account.messages import encode_typed_data  # noqa: PLC0415
    from eth_keys.exceptions import BadSignature  # noqa: PLC0415
    from eth_utils.exceptions import ValidationError  # noqa: PLC0415

    message = encode_typed_data(full_message=words.typed_data())
    try:
        return str(Account.recover_message(message, signature=signature)).lower()
    except (BadSignature, ValidationError, ValueError):
        return ""
