"""Signatures of the claim issuer (ERC-735, ONCHAINID)."""

from eth_abi.abi import encode
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils.crypto import keccak

from interfaces.outbound.evm.abi import Parameter, natives

_FIELDS = (
    Parameter(type="address", name="identity"),
    Parameter(type="uint256", name="topic"),
    Parameter(type="bytes", name="data"),
)


def sign_claim(key: bytes, identity: str, topic: int, data: str) -> str:
    """Sign that an identity has a claim; `data` and the answer are bare hex.

    The signature is that of an EIP-191 message over the hash of (identity, topic, data), and the
    same for the same claim (RFC 6979). Raises MalformedCall for what is no address or no hex.
    """
    values = natives(_FIELDS, (identity, topic, "0x" + data), "claim")
    said = keccak(encode([field.type for field in _FIELDS], values))
    signed = Account.sign_message(encode_defunct(said), key)
    return bytes(signed.signature).hex()
