"""A signed transaction as it lies in the chain worker's table, before anybody has seen it."""

import msgspec


class RawTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """Name of the write, sender, nonce, hash, bytes; fees in wei for each unit of gas."""

    write: str
    sender: str
    nonce: int
    transaction: str
    raw: bytes
    gas_limit: int
    max_fee_per_gas: int
    max_priority_fee_per_gas: int
