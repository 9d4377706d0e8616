"""Transactions, receipts and fees, as plain data.

Amounts of ether are integers in wei. Addresses and hashes are ``0x`` lower-case hex.
"""

from enum import Enum

import msgspec


class Fees(msgspec.Struct, frozen=True, kw_only=True):
    """What a transaction offers for each unit of gas (EIP-1559), in wei."""

    max_fee: int
    max_priority_fee: int

    def raised(self, floor: "Fees") -> "Fees":
        """Return fees that replace a pending transaction: an eighth more, and at least `floor`.

        Nodes ask for a tenth more on both figures, rounded up, and for more than before even of
        nothing, before they let one transaction take another's place.
        """
        tip = max(_more(self.max_priority_fee), floor.max_priority_fee)
        return Fees(max_fee=max(_more(self.max_fee), floor.max_fee, tip), max_priority_fee=tip)


def _more(wei: int) -> int:
    return max(-(-wei * 9 // 8), wei + 1)


class FeePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How much the chain may cost: both in wei for each unit of gas."""

    cap: int = 500 * 10**9
    tip_cap: int = 50 * 10**9


class Nonces(msgspec.Struct, frozen=True, kw_only=True):
    """The next nonce of an account: after what is mined, and after what waits as well."""

    latest: int
    pending: int


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """An EIP-1559 transaction before its signature; `to` None creates a contract."""

    chain_id: int
    nonce: int
    to: str | None
    data: bytes
    gas: int
    fees: Fees
    value: int = 0


class SignedTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes to broadcast, and the hash under which the chain will know them."""

    raw: bytes
    transaction_hash: str


class Outcome(Enum):
    """What a node said to a broadcast.

    All but ACCEPTED mean *look*: the transaction, or another of its nonce, may well be mined.
    """

    ACCEPTED = "accepted"
    ALREADY_KNOWN = "already_known"
    NONCE_TOO_LOW = "nonce_too_low"
    UNDERPRICED = "underpriced"


class Broadcast(msgspec.Struct, frozen=True, kw_only=True):
    """The hash of what was sent, computed by us, and the node's answer in short and in full."""

    transaction_hash: str
    outcome: Outcome
    message: str = ""


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """An event as the chain keeps it."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    log_index: int


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """The transaction that used a nonce, and the block that holds it now."""

    transaction_hash: str
    block_number: int
    block_hash: str


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a transaction in the block that holds it now."""

    transaction_hash: str
    succeeded: bool
    block_number: int
    block_hash: str
    gas_used: int
    effective_gas_price: int
    contract_address: str | None
    logs: tuple[Log, ...]


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A block's place on the chain, its time in seconds, and what it charged for gas."""

    number: int
    block_hash: str
    parent_hash: str
    timestamp: int
    base_fee: int
