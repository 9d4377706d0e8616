"""What other endpoints say: a final verdict needs all of them, so that no single one can lie."""

from collections.abc import Callable, Sequence
from enum import Enum

from interfaces.outbound.evm.errors import ChainUnreachable
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.transactions import Receipt


class Opinion(Enum):
    """What an endpoint says; the worst of all counts."""

    AGREES = 0
    BEHIND = 1
    DIFFERS = 2


class CrossCheck:
    """Further endpoints of the same chain; without any, everything is agreed to."""

    def __init__(self, gateways: Sequence[EvmGateway] = ()) -> None:
        self._gateways = gateways

    def holds(self, receipt: Receipt, chain_id: int) -> Opinion:
        """Ask whether a transaction lies in this block with this outcome."""

        def ask(gateway: EvmGateway) -> Opinion:
            found = gateway.receipt(receipt.transaction_hash)
            if (
                found is not None
                and found.block_hash == receipt.block_hash
                and found.succeeded == receipt.succeeded
            ):
                return Opinion.AGREES
            return _behind(gateway, receipt.block_number)

        return self._ask(ask, chain_id)

    def gone(self, block: int, block_hash: str, chain_id: int) -> Opinion:
        """Ask whether a block is no longer canonical."""

        def ask(gateway: EvmGateway) -> Opinion:
            canonical = gateway.canonical_block_hash(block)
            if canonical is None:
                return Opinion.BEHIND
            return Opinion.DIFFERS if canonical == block_hash else Opinion.AGREES

        return self._ask(ask, chain_id)

    def used(self, sender: str, nonce: int, rivals: Sequence[str], chain_id: int) -> Opinion:
        """Ask whether a nonce is used by none of these transactions."""

        def ask(gateway: EvmGateway) -> Opinion:
            if gateway.nonce(sender).latest <= nonce:
                return Opinion.BEHIND
            found = [each for each in rivals if gateway.receipt(each) is not None]
            return Opinion.DIFFERS if found else Opinion.AGREES

        return self._ask(ask, chain_id)

    def counted(self, sender: str, count: int, chain_id: int) -> Opinion:
        """Ask whether an account has sent so many transactions that are mined."""

        def ask(gateway: EvmGateway) -> Opinion:
            enough = gateway.nonce(sender).latest >= count
            return Opinion.AGREES if enough else Opinion.BEHIND

        return self._ask(ask, chain_id)

    def _ask(self, ask: Callable[[EvmGateway], Opinion], chain_id: int) -> Opinion:
        found = Opinion.AGREES
        for gateway in self._gateways:
            try:
                same = gateway.chain_id() == chain_id
                said = ask(gateway) if same else Opinion.DIFFERS
            except ChainUnreachable:
                said = Opinion.BEHIND
            found = max(found, said, key=lambda each: each.value)
        return found


def _behind(gateway: EvmGateway, block: int) -> Opinion:
    return Opinion.BEHIND if gateway.block_number() < block else Opinion.DIFFERS
