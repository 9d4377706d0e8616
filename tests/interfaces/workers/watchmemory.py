"""The memory of a watch over the chain, in dictionaries."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from interfaces.outbound.evm.discovery import Wallets
from interfaces.outbound.evm.logs import Contract
from interfaces.outbound.postgres.chainwatch import SeenBlock


class Memory:
    """What the watch remembers, in dictionaries."""

    def __init__(self) -> None:
        self.seen: dict[int, str] = {}
        self.watched: dict[str, Contract] = {}
        self.named: set[tuple[str, str]] = set()
        self.own: dict[str, str] = {}

    def last(self) -> SeenBlock | None:
        """Tell the last block that was read."""
        return next(iter(self.blocks()), None)

    def blocks(self) -> Sequence[SeenBlock]:
        """List the blocks, the last first."""
        return [SeenBlock(number, self.seen[number]) for number in sorted(self.seen, reverse=True)]

    def contracts(self) -> Sequence[Contract]:
        """List the contracts."""
        return list(self.watched.values())

    def commit(
        self, blocks: Iterable[SeenBlock], contracts: Iterable[Contract], wallets: Iterable[Wallets]
    ) -> None:
        """Remember all of it."""
        self.watched.update({each.address: each for each in contracts})
        self.named |= {(each.contract, wallet) for each in wallets for wallet in each.wallets}
        self.seen.update({block.number: block.block_hash for block in blocks})

    def rewind(self, block: int) -> None:
        """Forget what is behind a block."""
        self.seen = {number: at for number, at in self.seen.items() if number <= block}
        self.watched = {at: each for at, each in self.watched.items() if each.block <= block}

    def wallets(self, contract: str) -> frozenset[str]:
        """Tell whom the events of a contract name."""
        return frozenset(wallet for at, wallet in self.named if at == contract)

    def writes_of(self, transactions: Collection[str]) -> Mapping[str, str]:
        """Tell which write signed a transaction."""
        return {each: self.own[each] for each in transactions if each in self.own}
