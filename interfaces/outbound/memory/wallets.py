"""Checks of wallets' signatures without a chain: keys, and contracts by name."""

from application.ports.wallets import ChainAway, Proof, Site
from interfaces.outbound.evm.ownership import digest_of, signer_of


class MemoryWalletProofs:
    """Knows keys as the real one; a contract says yes to the signatures that it was given."""

    def __init__(self, *, domain: str = "tallystick.example", chain_id: int = 31337) -> None:
        self._site = Site(domain=domain, uri=f"https://{domain}", chain_id=chain_id)
        self.contracts: dict[str, bytes] = {}
        self.away = False

    def site(self) -> Site:
        """Tell who asks, and for which chain. Raises ChainAway."""
        self._demand()
        return self._site

    def check(self, message: str, address: str, signature: bytes) -> Proof | None:
        """Tell how the signature is the address's. Raises ChainAway."""
        if signer_of(digest_of(message), signature) == address.lower():
            return Proof(method="eip191")
        self._demand()
        known = self.contracts.get(address.lower())
        return Proof(method="eip1271", block=1) if known == signature else None

    def _demand(self) -> None:
        if self.away:
            raise ChainAway("the node does not answer")
