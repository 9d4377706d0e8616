"""Whether a signature is a wallet's: by its key, or as the contract that it is."""

from typing import Literal, Protocol

import msgspec


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks for a signature, and for which chain (EIP-4361)."""

    domain: str
    uri: str
    chain_id: int


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """How a signature was found to be good; ``block`` is where a contract was asked."""

    method: Literal["eip191", "eip1271"]
    block: int | None = None


class ChainAway(Exception):
    """The chain cannot be asked now."""


class WalletProofs(Protocol):
    """Checks signatures over messages."""

    def site(self) -> Site:
        """Tell who asks, and for which chain. Raises ChainAway."""
        ...

    def check(self, message: str, address: str, signature: bytes) -> Proof | None:
        """Tell how the signature is the address's, nothing when it is not. Raises ChainAway."""
        ...
