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


class FeeBumped(Event, frozen=True, kw_only=True):
    """Another transaction for the same nonce, with higher fees in wei; one of them is mined."""

    TYPE = "chainwrite.fee_bumped"
    VISIBLE = VISIBLE_TO_ALL
    nonce: int
    max_fee_per_gas: str
    max_priority_fee_per_gas: str
    transaction: str


class ChainWriteReplaced(Event, frozen=True, kw_only=True):
    """Somebody else used the nonce with our key: none of our transactions can be mined any more.

    ``block`` is the height at which the chain was deep enough behind the stranger's transaction,
    ``stranger`` the hash of that one, absent when no node could tell it any more.
    """

    TYPE = "chainwrite.replaced"
    SCHEMA = 2
    VISIBLE = VISIBLE_TO_ALL
    nonce: int
    block: int
    stranger: str | None = None


class ChainWriteReverted(Event, frozen=True, kw_only=True):
    """The transaction was mined, deep enough, and did nothing; the call is tried once more."""

    TYPE = "chainwrite.reverted"
    VISIBLE = VISIBLE_TO_ALL
    transaction: str
    reason: str


class ChainWriteRetracted(Event, frozen=True, kw_only=True):
    """The block of a write that was reported at its end is gone: what was told does not hold.

    The write goes on until it is mined again; ``chainwrite.restored`` says that it holds again.
    """

    TYPE = "chainwrite.retracted"
    VISIBLE = VISIBLE_TO_ALL
    transaction: str
    block: int
    block_hash: str


class ChainWriteRestored(Event, frozen=True, kw_only=True):
    """What was retracted is confirmed again: same call, other block, perhaps other transaction."""

    TYPE = "chainwrite.restored"
    VISIBLE = VISIBLE_TO_ALL
    transaction: str
    block: int
    block_hash: str
    confirmations: int
    result: dict[str, str]


class ChainWriteRetried(Event, frozen=True, kw_only=True):
    """A person had a failed write planned anew; ``failures`` says how often it had failed."""

    TYPE = "chainwrite.retried"
    VISIBLE = VISIBLE_TO_ALL
    failures: int


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
    FeeBumped,
    ChainWriteReplaced,
    ChainWriteReverted,
    ChainWriteRetracted,
    ChainWriteRestored,
    ChainWriteRetried,
)
