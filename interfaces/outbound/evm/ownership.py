"""Whose signature it is: of a key (EIP-191) or of a contract that stands for one (EIP-1271)."""

import threading
from typing import Final

from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

from application.ports.wallets import ChainAway, Proof, Site
from interfaces.outbound.evm.errors import ChainUnreachable
from interfaces.outbound.evm.rpc import RpcClient, RpcFault

MAGIC: Final = "1626ba7e"
"""What a contract answers when the signature is its own (EIP-1271)."""
SELECTOR: Final = "1626ba7e"
"""`isValidSignature(bytes32,bytes)`."""
SIGNATURE_BYTES: Final = 65
HALF_ORDER: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
TIMEOUT_SECONDS: Final = 5.0
GAS: Final = "0x2dc6c0"
"""What a contract may use to answer."""


class ChainWalletProofs:
    """Checks signatures, the contracts' with one node; satisfies ``WalletProofs``."""

    def __init__(self, chain_url: str, *, domain: str, uri: str) -> None:
        self._url = chain_url
        self._domain = domain
        self._uri = uri
        self._chain_id: int | None = None
        self._rpc: RpcClient | None = None
        self._lock = threading.Lock()

    def site(self) -> Site:
        """Tell who asks, and for which chain. Raises ChainAway."""
        if self._chain_id is None:
            self._chain_id = int(self._ask("eth_chainId"), 16)
        return Site(domain=self._domain, uri=self._uri, chain_id=self._chain_id)

    def check(self, message: str, address: str, signature: bytes) -> Proof | None:
        """Tell how the signature is the address's, nothing when it is not. Raises ChainAway."""
        digest = digest_of(message)
        if signer_of(digest, signature) == address.lower():
            return Proof(method="eip191")
        return self._contract(digest, address, signature)

    def close(self) -> None:
        """Close the connection."""
        if self._rpc is not None:
            self._rpc.close()

    def _contract(self, digest: bytes, address: str, signature: bytes) -> Proof | None:
        block = self._ask("eth_blockNumber")
        if self._ask("eth_getCode", address, block) in {"0x", "0x0"}:
            return None
        padded = signature + bytes(-len(signature) % 32)
        arguments = digest + (64).to_bytes(32) + len(signature).to_bytes(32) + padded
        data = "0x" + SELECTOR + arguments.hex()
        try:
            answer = self._ask("eth_call", {"to": address, "data": data, "gas": GAS}, block)
        except RpcFault:  # the contract reverts: it does not know the signature
            return None
        if answer[2:].ljust(64, "0")[:64] != MAGIC.ljust(64, "0"):
            return None
        return Proof(method="eip1271", block=int(block, 16))

    def _ask(self, method: str, *params: object) -> str:
        try:
            with self._lock:
                self._rpc = self._rpc or RpcClient(self._url, timeout_seconds=TIMEOUT_SECONDS)
                return self._rpc.request(method, str, *params)  # type: ignore[arg-type]
        except ChainUnreachable as error:
            raise ChainAway(str(error)) from error


def digest_of(message: str) -> bytes:
    """Hash a message as wallets sign it (EIP-191, version 0x45)."""
    text = message.encode()
    return bytes(keccak(b"\x19Ethereum Signed Message:\n" + str(len(text)).encode() + text))


def signer_of(digest: bytes, signature: bytes) -> str | None:
    """Tell the address in lower case whose key signed; nothing for what is no signature.

    s must lie in the lower half (EIP-2), so that a signature has one form only.
    """
    if len(signature) != SIGNATURE_BYTES or signature[64] not in {0, 1, 27, 28}:
        return None
    if int.from_bytes(signature[32:64]) > HALF_ORDER:
        return None
    plain = signature[:64] + bytes([signature[64] % 27])
    try:
        recovered = Signature(plain).recover_public_key_from_msg_hash(digest)
    except (BadSignature, ValidationError):
        return None
    return str(recovered.to_address())
