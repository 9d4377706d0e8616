"""A chain write to which everything happens that can."""

from domain.chainwrite import events
from tests.projections.support import Scribe

TROUBLED = "platform/agent"


def assigned(nonce: int) -> events.NonceAssigned:
    """A nonce with its fees."""
    return events.NonceAssigned(
        sender="0x02",
        nonce=nonce,
        value="0",
        gas_limit=30_000,
        max_fee_per_gas="9",
        max_priority_fee_per_gas="1",
        calldata_hash="0a",
    )


def mined(transaction: str, block: int) -> events.ChainWriteMined:
    """A transaction in a block."""
    return events.ChainWriteMined(
        transaction=transaction,
        block=block,
        block_hash=f"0x{block:02x}",
        gas_used=20_000,
        gas_price="7",
        fee="140000",
    )


def troubled_write(scribe: Scribe) -> None:
    """Replaced by a stranger, bumped, reverted, failed, retried, confirmed, retracted, restored."""
    restored = {"block": 16, "block_hash": "0x10", "confirmations": 2, "result": {"address": "a"}}
    scribe.write(
        f"chainwrite:{TROUBLED}",
        events.ChainWritePlanned(
            purpose="platform",
            reference="agent",
            signer="owner",
            contract="SettlementAgent",
            function="constructor",
            arguments=(),
        ),
        assigned(5),
        events.ChainWriteSigned(transaction="0xa1"),
        events.ChainWriteBroadcast(transaction="0xa1"),
        events.ChainWriteReplaced(nonce=5, block=11),
        assigned(6),
        events.ChainWriteSigned(transaction="0xa2"),
        events.ChainWriteBroadcast(transaction="0xa2"),
        events.FeeBumped(
            nonce=6, max_fee_per_gas="11", max_priority_fee_per_gas="2", transaction="0xa3"
        ),
        events.ChainWriteBroadcast(transaction="0xa3"),
        mined("0xa2", 12),
        events.ChainWriteReverted(transaction="0xa2", reason="out of gas"),
        assigned(7),
        events.ChainWriteSigned(transaction="0xa4"),
        mined("0xa4", 13),
        events.ChainWriteFailed(reason="Paused", transaction="0xa4"),
        events.ChainWriteRetried(failures=1),
        assigned(8),
        events.ChainWriteSigned(transaction="0xa5"),
        mined("0xa5", 14),
        events.ChainWriteConfirmed(
            transaction="0xa5",
            block=14,
            block_hash="0x0e",
            confirmations=2,
            result={"address": "a"},
        ),
        events.ChainWriteRetracted(transaction="0xa5", block=14, block_hash="0x0e"),
        mined("0xa5", 16),
        events.ChainWriteRestored(transaction="0xa5", **restored),
    )
