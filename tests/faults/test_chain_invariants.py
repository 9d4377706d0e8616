"""Each invariant of a chain run can fail: an honest run is bent in one place and it is named."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from domain.chainwrite import events
from domain.kernel.event import Event
from interfaces.outbound.evm.gateway import transaction_hash
from interfaces.outbound.rawtransaction import RawTransaction
from tools.soak.chaincli import planned, summary
from tools.soak.chainfaults import CHAIN_PLANS
from tools.soak.chaininvariants import (
    CHAIN_INVARIANTS,
    ChainEvidence,
    Invariant,
    OnChain,
    PastBlock,
    chain_violations,
)
from tools.soak.chainrun import ChainOutcome

pytestmark = pytest.mark.capability("B4")

KEY = "0x" + "aa" * 20
BYTES = b"signed"
HASH = transaction_hash(BYTES)
BLOCKS = [f"0x{number:064x}" for number in range(5)]
GONE = "0x" + "ee" * 32

Bend = Callable[[ChainEvidence], ChainEvidence]


def told(kind: type[Event], block: str, number: int = 2) -> Event:
    fields: dict[str, Any] = {"confirmations": 2, "result": {}}
    return kind(transaction=HASH, block=number, block_hash=block, **fields)


def life(block: str = BLOCKS[2]) -> list[Event]:
    return [
        events.ChainWritePlanned(
            purpose="soak",
            reference="write1",
            signer="token_agent",
            contract="Identity",
            function="execute",
            arguments=(),
            target=KEY,
        ),
        events.NonceAssigned(
            sender=KEY,
            nonce=0,
            value="0",
            gas_limit=1,
            max_fee_per_gas="1",
            max_priority_fee_per_gas="1",
            calldata_hash="00",
        ),
        events.ChainWriteSigned(transaction=HASH),
        events.ChainWriteBroadcast(transaction=HASH),
        events.ChainWriteMined(
            transaction=HASH, block=2, block_hash=block, gas_used=1, gas_price="1", fee="1"
        ),
        told(events.ChainWriteConfirmed, block),
    ]


def raw(**changes: Any) -> RawTransaction:
    fields: dict[str, Any] = {"write": "write1", "nonce": 0, "transaction": HASH, "raw": BYTES}
    return RawTransaction(
        sender=KEY,
        gas_limit=1,
        max_fee_per_gas=1,
        max_priority_fee_per_gas=1,
        **(fields | changes),
    )


def mined(**changes: Any) -> OnChain:
    fields: dict[str, Any] = {"transaction": HASH, "nonce": 0, "block": 2, "block_hash": BLOCKS[2]}
    return OnChain(sender=KEY, succeeded=True, **(fields | changes))


def honest() -> ChainEvidence:
    return ChainEvidence(
        expected={"write1": "CONFIRMED"},
        facts={"write1": life()},
        raws=[raw()],
        mined=[mined()],
        effects={"write1": 1},
        counted=["write1"],
        blocks=BLOCKS,
        past={block: PastBlock(number, 5 - number) for number, block in enumerate(BLOCKS)},
        nonces={KEY: 1},
        strangers={},
        confirmations=2,
    )


def bent(**changes: Any) -> Bend:
    return lambda evidence: msgspec.structs.replace(evidence, **changes)


BENDS: dict[str, list[Bend]] = {
    "once_on_chain": [
        bent(mined=[]),
        bent(mined=[mined(), mined(nonce=1)]),
        bent(effects={}),
        bent(effects={"write1": 2}),
        bent(expected={"write1": "FAILED"}),
    ],
    "nothing_else": [bent(mined=[mined(), mined(transaction=GONE, nonce=1)])],
    "at_its_end": [bent(facts={"write1": life()[:-1]}), bent(facts={})],
    "log_agrees": [bent(mined=[mined(block_hash=GONE)]), bent(mined=[mined(block=3)])],
    "never_rashly": [
        bent(facts={"write1": life(GONE)}),
        bent(confirmations=4),
        bent(facts={"write1": [*life()[:-1], told(events.ChainWriteConfirmed, BLOCKS[2], 3)]}),
    ],
    "retracted": [
        bent(blocks=[*BLOCKS[:2], GONE]),
        bent(facts={"write1": [*life(), told(events.ChainWriteRestored, BLOCKS[2])]}),
    ],
    "once_published": [bent(facts={"write1": [*life(), *life()[-1:]]})],
    "without_gaps": [bent(nonces={KEY: 2}), bent(nonces={KEY: 0}), bent(raws=[raw(nonce=1)])],
    "one_owner": [bent(raws=[raw(), raw(write="write2")])],
    "bytes_kept": [bent(raws=[]), bent(raws=[raw(raw=b"others")])],
    "log_first": [bent(unknown_sent=[HASH])],
}


def test_an_honest_run_violates_nothing() -> None:
    assert chain_violations(honest()) == []


def test_a_stranger_is_no_violation() -> None:
    foreign = mined(transaction=GONE, nonce=1)
    evidence = bent(mined=[mined(), foreign], strangers={GONE: KEY}, nonces={KEY: 2})(honest())
    assert chain_violations(evidence) == []


@pytest.mark.parametrize("invariant", CHAIN_INVARIANTS, ids=lambda each: each.__name__)
def test_each_invariant_can_fail(invariant: Invariant) -> None:
    for bend in BENDS[invariant.__name__]:
        assert list(invariant(bend(honest())))


def test_a_campaign_goes_round_the_faults_and_sums_up() -> None:
    faults = [wish.fault for wish in planned(list(CHAIN_PLANS), 40, 3)]
    assert set(faults) == set(CHAIN_PLANS)
    assert summary([ChainOutcome(fault="lose", seed=3, writes=4)]).row_count == 2
