"""Decisions about chain writes, the refused ones first (B4)."""

import msgspec
import pytest

from domain.chainwrite import commands, decide, events
from domain.chainwrite.state import CHAINWRITE, ChainWrite
from domain.kernel.event import Event
from domain.kernel.refusal import InvalidField, Refusal, WrongState

pytestmark = pytest.mark.capability("B4")

WRITE = "mint/T"
PLANNED = events.ChainWritePlanned(
    purpose="mint",
    reference="T",
    signer="token_agent",
    contract="Token",
    function="mint",
    arguments=("0x01", "5"),
    target="0x02",
)


def assigned(nonce: int) -> events.NonceAssigned:
    return events.NonceAssigned(
        sender="0x03",
        nonce=nonce,
        value="0",
        gas_limit=9,
        max_fee_per_gas="8",
        max_priority_fee_per_gas="1",
        calldata_hash="00",
    )


def signed(transaction: str) -> events.ChainWriteSigned:
    return events.ChainWriteSigned(transaction=transaction)


def mined(transaction: str, block: int = 7) -> events.ChainWriteMined:
    return events.ChainWriteMined(
        transaction=transaction,
        block=block,
        block_hash=f"0x{block}",
        gas_used=1,
        gas_price="1",
        fee="1",
    )


def bumped(transaction: str) -> events.FeeBumped:
    return events.FeeBumped(
        nonce=4, max_fee_per_gas="9", max_priority_fee_per_gas="2", transaction=transaction
    )


def confirmed(transaction: str, block: int = 7) -> events.ChainWriteConfirmed:
    return events.ChainWriteConfirmed(
        transaction=transaction, block=block, block_hash=f"0x{block}", confirmations=2, result={}
    )


FAILED = events.ChainWriteFailed(reason="no")
SENT = (PLANNED, assigned(4), signed("0xa"), events.ChainWriteBroadcast(transaction="0xa"))
RACE = (*SENT, bumped("0xb"))


def fold(*facts: Event) -> ChainWrite:
    return CHAINWRITE.fold(facts)


def confirm(transaction: str, block: int = 7) -> commands.RecordConfirmed:
    return commands.RecordConfirmed(
        write=WRITE,
        transaction=transaction,
        block=block,
        block_hash=f"0x{block}",
        confirmations=2,
        result={},
    )


def bump(nonce: int, transaction: str) -> commands.BumpFees:
    return commands.BumpFees(
        write=WRITE,
        nonce=nonce,
        max_fee_per_gas="9",
        max_priority_fee_per_gas="2",
        transaction=transaction,
    )


def retract(block: int) -> commands.RecordRetracted:
    return commands.RecordRetracted(
        write=WRITE, transaction="0xa", block=block, block_hash=f"0x{block}"
    )


def saw(transaction: str) -> commands.RecordMined:
    fields = msgspec.structs.asdict(mined(transaction))
    return commands.RecordMined(write=WRITE, **fields)


def test_any_transaction_that_was_signed_for_the_nonce_may_be_the_one_in_a_block() -> None:
    for transaction in ("0xa", "0xb"):
        (fact,) = decided(decide.sight(fold(*RACE), saw(transaction)))
        state = fold(*RACE, fact)
        assert (state.state, state.transaction) == ("MINED", transaction)
    assert fold(*RACE).rivals == ("0xa", "0xb")


def test_a_transaction_that_nobody_signed_is_not_believed() -> None:
    assert isinstance(decide.sight(fold(*RACE), saw("0xc")), InvalidField)
    other = commands.RecordReorganised(write=WRITE, transaction="0xa", block_hash="0x7")
    assert isinstance(decide.record(fold(*RACE, mined("0xb")), other), InvalidField)


def test_more_is_offered_for_the_present_nonce_and_by_another_transaction_only() -> None:
    assert isinstance(decide.bump_fees(fold(*SENT), bump(5, "0xb")), InvalidField)
    assert isinstance(decide.bump_fees(fold(*SENT), bump(4, "0xa")), InvalidField)
    assert isinstance(decide.bump_fees(fold(PLANNED), bump(4, "0xb")), WrongState)
    (fact,) = decided(decide.bump_fees(fold(*SENT), bump(4, "0xb")))
    assert fold(*SENT, fact).state == "SIGNED"


def test_only_the_present_nonce_can_be_lost_to_a_stranger() -> None:
    lost = commands.RecordReplaced(write=WRITE, nonce=4, block=9)
    wrong = commands.RecordReplaced(write=WRITE, nonce=3, block=9)
    assert isinstance(decide.record_replaced(fold(*SENT), wrong), InvalidField)
    assert isinstance(decide.record_replaced(fold(*SENT, mined("0xa")), lost), WrongState)
    (fact,) = decided(decide.record_replaced(fold(*SENT), lost))
    state = fold(*SENT, fact, assigned(5), signed("0xc"))
    assert (state.rivals, state.attempts) == (("0xc",), 2)
    assert len(state.signed) == 2, "the lost ones are not forgotten"


def test_the_first_confirmation_is_told_and_a_later_one_restores() -> None:
    once = (*SENT, mined("0xa"))
    (first,) = decided(decide.record(fold(*once), confirm("0xa")))
    assert isinstance(first, events.ChainWriteConfirmed)
    (gone,) = decided(decide.record(fold(*once, first), retract(7)))
    again = (*once, first, gone, mined("0xa", 9))
    (restored,) = decided(decide.record(fold(*again), confirm("0xa", 9)))
    assert isinstance(restored, events.ChainWriteRestored)
    assert fold(*again, restored).state == "CONFIRMED"


def test_only_the_block_of_the_end_is_taken_back() -> None:
    done = fold(*SENT, mined("0xa"), confirmed("0xa"))
    assert isinstance(decide.record(done, retract(8)), InvalidField)
    failed_unsent = fold(PLANNED, FAILED)
    assert isinstance(decide.record(failed_unsent, retract(7)), Refusal)


def test_a_failed_write_goes_on_when_its_block_is_gone() -> None:
    failed = (*SENT, mined("0xa"), events.ChainWriteFailed(reason="no", transaction="0xa"))
    (gone,) = decided(decide.record(fold(*failed), retract(7)))
    again = (*failed, gone, mined("0xa", 9))
    (fact,) = decided(decide.record(fold(*again), confirm("0xa", 9)))
    assert isinstance(fact, events.ChainWriteConfirmed), "nobody has heard of a success before"


def test_only_what_failed_is_tried_again_and_all_counts_begin_anew() -> None:
    retry = commands.RetryChainWrite(write=WRITE)
    for facts in ((PLANNED,), SENT, (*SENT, mined("0xa"), confirmed("0xa"))):
        assert isinstance(decide.retry(fold(*facts), retry), WrongState)
    failed = (*SENT, mined("0xa"), events.ChainWriteFailed(reason="no", transaction="0xa"))
    (fact,) = decided(decide.retry(fold(*failed), retry))
    state = fold(*failed, fact)
    assert (state.state, state.attempts, state.failures) == ("PLANNED", 0, 1)
    assert state.nonce is None


def test_a_nonce_is_not_assigned_twice() -> None:
    command = commands.AssignNonce(
        write=WRITE,
        sender="0x03",
        nonce=5,
        value="0",
        gas_limit=9,
        max_fee_per_gas="8",
        max_priority_fee_per_gas="1",
        calldata_hash="00",
        transaction="0xc",
    )
    assert isinstance(decide.assign_nonce(fold(*SENT), command), Refusal)


def decided(decision: list[Event] | Refusal) -> list[Event]:
    assert isinstance(decision, list), decision
    return decision
