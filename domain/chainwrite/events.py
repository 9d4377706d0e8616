"""What happened to a chain write; amounts on chain are decimal strings."""

from typing import Any

from domain.kernel.event import VISIBLE_TO_ALL, Event


class ChainWritePlanned(Event, frozen=True, kw_only=True):
    """A call that is to be made once: ``function`` of ``contract`` at ``target``.

    ``target`` is absent for a contract creation, ``signer`` names the key's purpose,
    ``reference`` the thing on the log that wants it.
    """

    TYPE = "chainwrite.planned"
    VISIBLE = VISIBLE_TO_ALL
    purpose: str
    reference: str
    signer: str
    contract: str
    function: str
    arguments: tuple[Any, ...]
    target: str | None = None


class NonceAssigned(Event, frozen=True, kw_only=True):
    """Nonce, fees and calldata are fixed."""

    TYPE = "chainwrite.nonce_assigned"
    VISIBLE = VISIBLE_TO_ALL
    sender: str
    nonce: int
    value: str
    gas_limit: int
    max_fee_per_gas: str
    max_priority_fee_per_gas: str
    calldata_hash: str


class ChainWriteSigned(Event, frozen=True, kw_only=True):
    """The transaction has its hash; its raw bytes lie in the chain worker's table."""

    TYPE = "chainwrite.signed"
    VISIBLE = VISIBLE_TO_ALL
    transaction: str


class ChainWriteBroadcast(Event, frozen=True, kw_only=True):
    """A node took the transaction."""

    TYPE = "chainwrite.broadcast"
    VISIBLE = VISIBLE_TO_ALL
    transaction: str


class ChainWriteMined(Event, frozen=True, kw_only=True):
    """The transaction lies in a block; fee is gas used times price, in wei."""

    TYPE = "chainwrite.mined"
    VISIBLE = VISIBLE_TO_ALL
    transaction: str
    block: int
    block_hash: str
    gas_used: int
    gas_price: str
    fee: str


class ChainWriteReorganised(Event, frozen=True, kw_only=True):
    """The block that held the transaction is no longer canonical."""

    TYPE = "chainwrite.reorganised"
    VISIBLE = VISIBLE_TO_ALL
    transaction: str
    block_hash: str


class ChainWriteConfirmed(Event, frozen=True, kw_only=True):
    """The block is deep enough and still canonical; ``result`` is what the call gave."""

    TYPE = "chainwrite.confirmed"
    VISIBLE = VISIBLE_TO_ALL
    transaction: str
    block: int
    block_hash: str
    confirmations: int
    result: dict[str, str]


class ChainWriteFailed(Event, frozen=True, kw_only=True):
    """The chain refuses the call; nothing of it happened."""

    TYPE = "chainwrite.failed"
    VISIBLE = VISIBLE_TO_ALL
    reason: str
    transaction: str | None = None


EVENTS = (
    ChainWritePlanned,
    NonceAssigned,
    ChainWriteSigned,
    ChainWriteBroadcast,
    ChainWriteMined,
    ChainWriteReorganised,
    ChainWriteConfirmed,
    ChainWriteFailed,
)
