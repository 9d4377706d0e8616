"""Decisions about chain writes; repeats of the worker are refused by the table."""

from domain.chainwrite import commands, events
from domain.chainwrite.state import ChainWrite
from domain.chainwrite.workflow import CHAINWRITE_WORKFLOW
from domain.kernel.event import Event
from domain.kernel.refusal import InvalidField, Refusal

Decision = list[Event] | Refusal
Report = (
    commands.RecordBroadcast
    | commands.RecordMined
    | commands.RecordReorganised
    | commands.RecordConfirmed
    | commands.RecordFailed
)


def plan(state: ChainWrite, command: commands.PlanChainWrite) -> Decision:
    """Plan a call once; the same plan again changes nothing."""
    planned = events.ChainWritePlanned(
        purpose=command.purpose,
        reference=command.reference,
        signer=command.signer,
        contract=command.contract,
        function=command.function,
        arguments=command.arguments,
        target=command.target,
    )
    if state.plan == planned:
        return []
    if refusal := CHAINWRITE_WORKFLOW.refuse(command.write, state.state, command.TYPE):
        return refusal
    return [planned]


def assign_nonce(state: ChainWrite, command: commands.AssignNonce) -> Decision:
    """Fix the transaction before anybody sees it."""
    if state.state != "PLANNED":
        refusal = CHAINWRITE_WORKFLOW.refuse(command.write, state.state, command.TYPE)
        return refusal or InvalidField(field="write", reason="has a nonce already")
    return [
        events.NonceAssigned(
            sender=command.sender,
            nonce=command.nonce,
            value=command.value,
            gas_limit=command.gas_limit,
            max_fee_per_gas=command.max_fee_per_gas,
            max_priority_fee_per_gas=command.max_priority_fee_per_gas,
            calldata_hash=command.calldata_hash,
        ),
        events.ChainWriteSigned(transaction=command.transaction),
    ]


def record(state: ChainWrite, command: Report) -> Decision:
    """Take what the chain worker saw."""
    if refusal := CHAINWRITE_WORKFLOW.refuse(command.write, state.state, command.TYPE):
        return refusal
    if command.transaction is not None and command.transaction != state.transaction:
        return InvalidField(field="transaction", reason=f"is not {state.transaction}")
    match command:
        case commands.RecordBroadcast():
            return [events.ChainWriteBroadcast(transaction=command.transaction)]
        case commands.RecordMined():
            return [
                events.ChainWriteMined(
                    transaction=command.transaction,
                    block=command.block,
                    block_hash=command.block_hash,
                    gas_used=command.gas_used,
                    gas_price=command.gas_price,
                    fee=command.fee,
                )
            ]
        case commands.RecordReorganised():
            return [
                events.ChainWriteReorganised(
                    transaction=command.transaction, block_hash=command.block_hash
                )
            ]
        case commands.RecordConfirmed():
            return [
                events.ChainWriteConfirmed(
                    transaction=command.transaction,
                    block=command.block,
                    block_hash=command.block_hash,
                    confirmations=command.confirmations,
                    result=command.result,
                )
            ]
        case commands.RecordFailed():
            return [events.ChainWriteFailed(reason=command.reason, transaction=command.transaction)]
