"""What the chain worker reports, and what others plan."""

from typing import Any

from domain.kernel.command import Command


class PlanChainWrite(Command, frozen=True, kw_only=True):
    """Plan a call; the same identity plans it once."""

    TYPE = "chainwrite.plan"
    write: str
    purpose: str
    reference: str
    signer: str
    contract: str
    function: str
    arguments: tuple[Any, ...]
    target: str | None = None


class AssignNonce(Command, frozen=True, kw_only=True):
    """Fix nonce, fees and calldata, and the hash of the signed transaction."""

    TYPE = "chainwrite.assign_nonce"
    write: str
    sender: str
    nonce: int
    value: str
    gas_limit: int
    max_fee_per_gas: str
    max_priority_fee_per_gas: str
    calldata_hash: str
    transaction: str


class RecordBroadcast(Command, frozen=True, kw_only=True):
    """A node took it."""

    TYPE = "chainwrite.record_broadcast"
    write: str
    transaction: str


class RecordMined(Command, frozen=True, kw_only=True):
    """A block holds it."""

    TYPE = "chainwrite.record_mined"
    write: str
    transaction: str
    block: int
    block_hash: str
    gas_used: int
    gas_price: str
    fee: str


class RecordReorganised(Command, frozen=True, kw_only=True):
    """Its block is gone."""

    TYPE = "chainwrite.record_reorganised"
    write: str
    transaction: str
    block_hash: str


class RecordConfirmed(Command, frozen=True, kw_only=True):
    """Deep enough."""

    TYPE = "chainwrite.record_confirmed"
    write: str
    transaction: str
    block: int
    block_hash: str
    confirmations: int
    result: dict[str, str]


class RecordFailed(Command, frozen=True, kw_only=True):
    """Refused by the chain."""

    TYPE = "chainwrite.record_failed"
    write: str
    reason: str
    transaction: str | None = None


class BumpFees(Command, frozen=True, kw_only=True):
    """Sign the same call once more for the same nonce, with higher fees in wei."""

    TYPE = "chainwrite.bump_fees"
    write: str
    nonce: int
    max_fee_per_gas: str
    max_priority_fee_per_gas: str
    transaction: str


class RecordReplaced(Command, frozen=True, kw_only=True):
    """Another transaction used the nonce, deep enough; ``stranger`` is its hash if known."""

    TYPE = "chainwrite.record_replaced"
    write: str
    nonce: int
    block: int
    stranger: str | None = None


class RecordReverted(Command, frozen=True, kw_only=True):
    """Mined without effect, deep enough, and worth another attempt."""

    TYPE = "chainwrite.record_reverted"
    write: str
    transaction: str
    reason: str


class RecordRetracted(Command, frozen=True, kw_only=True):
    """The block of a write at its end is gone."""

    TYPE = "chainwrite.record_retracted"
    write: str
    transaction: str
    block: int
    block_hash: str


class RetryChainWrite(Command, frozen=True, kw_only=True):
    """Plan a failed write anew (B4)."""

    TYPE = "chainwrite.retry"
    write: str
