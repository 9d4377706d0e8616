"""Signatures of the claim issuer (ERC-735, ONCHAINID)."""

from collections.abc import Callable

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from interfaces.outbound.evm.abi import Parameter, natives
from interfaces.outbound.signer.secp256k1 import EvmSigner, sign_with

_SIGNED_MESSAGE = b"\x19Ethereum Signed Message:\n32"
"""What EIP-191 puts before a message of 32 bytes."""

_FIELDS = (
    Parameter(type="address", name="identity"),
    Parameter(type="uint256", name="topic"),
    Parameter(type="bytes", name="data"),
)


def claim_digest(identity: str, topic: int, data: str) -> bytes:
    """Return the 32 bytes that an issuer signs: the EIP-191 hash of the claim's own hash.

    `data` is bare hex. Raises MalformedCall for what is no address or no hex.
    """
    values = natives(_FIELDS, (identity, topic, "0x" + data), "claim")
    said = keccak(encode([field.type for field in _FIELDS], values))
    return bytes(keccak(_SIGNED_MESSAGE + said))


def sign_claim(key: bytes, identity: str, topic: int, data: str) -> str:
    """Sign that an identity has a claim; `data` and the answer are bare hex.

    The signature is that of an EIP-191 message over the hash of (identity, topic, data), and the
    same for the same claim (RFC 6979). Raises MalformedCall for what is no address or no hex.
    """
    return sign_with(key, claim_digest(identity, topic, data)).text().hex()


def sign_claim_by(signer: EvmSigner, purpose: str) -> Callable[[str, int, str], str]:
    """Make what signs claims with an issuer's key, wherever that key lies."""

    def sign(identity: str, topic: int, data: str) -> str:
        digest = claim_digest(identity, topic, data)
        return signer.sign_digest(purpose, digest).text().hex()

    return sign
