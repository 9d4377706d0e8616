"""What a node's answers look like on the wire, and how they become our own data.

Quantities are ``0x`` hex without leading zeros, names are in camel case (Ethereum JSON-RPC).
"""

import msgspec

from interfaces.outbound.evm.transactions import Block, Log, Receipt


def quantity(text: str) -> int:
    """Read a quantity."""
    return int(text, 16)


class RawBlock(msgspec.Struct, frozen=True, rename="camel"):
    """A block without its transactions."""

    number: str
    hash: str
    parent_hash: str
    timestamp: str
    base_fee_per_gas: str = "0x0"

    def tidy(self) -> Block:
        """Return it in our own form."""
        return Block(
            number=quantity(self.number),
            block_hash=self.hash.lower(),
            parent_hash=self.parent_hash.lower(),
            timestamp=quantity(self.timestamp),
            base_fee=quantity(self.base_fee_per_gas),
        )


class RawSent(msgspec.Struct, frozen=True):
    """A transaction in a block: whose it is, and which."""

    hash: str
    sender: str = msgspec.field(name="from")
    nonce: str


class FullBlock(msgspec.Struct, frozen=True):
    """A block with its transactions."""

    number: str
    hash: str
    transactions: tuple[RawSent, ...]


class RawLog(msgspec.Struct, frozen=True, rename="camel"):
    """An event in a receipt."""

    address: str
    topics: tuple[str, ...]
    data: str
    log_index: str

    def tidy(self) -> Log:
        """Return it in our own form."""
        return Log(
            address=self.address.lower(),
            topics=tuple(bytes.fromhex(topic.removeprefix("0x")) for topic in self.topics),
            data=bytes.fromhex(self.data.removeprefix("0x")),
            log_index=quantity(self.log_index),
        )


class RawReceipt(msgspec.Struct, frozen=True, rename="camel"):
    """A receipt."""

    transaction_hash: str
    status: str
    block_number: str
    block_hash: str
    gas_used: str
    effective_gas_price: str
    logs: tuple[RawLog, ...]
    contract_address: str | None = None

    def tidy(self) -> Receipt:
        """Return it in our own form."""
        created = self.contract_address
        return Receipt(
            transaction_hash=self.transaction_hash.lower(),
            succeeded=quantity(self.status) == 1,
            block_number=quantity(self.block_number),
            block_hash=self.block_hash.lower(),
            gas_used=quantity(self.gas_used),
            effective_gas_price=quantity(self.effective_gas_price),
            contract_address=created.lower() if created is not None else None,
            logs=tuple(log.tidy() for log in self.logs),
        )
