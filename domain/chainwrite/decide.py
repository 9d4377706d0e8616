"""Decisions about chain writes; repeats of the worker are refused by the table."""

from domain.chainwrite import commands, events
from domain.chainwrite.state import UNSIGNED, ChainWrite
from domain.chainwrite.workflow import CHAINWRITE_WORKFLOW
from domain.kernel.event import Event
from domain.kernel.refusal import InvalidField, Refusal

Decision = list[Event] | Refusal
Sighting = commands.RecordBroadcast | commands.RecordMined
Report = (
    commands.RecordReorganised
    | commands.RecordConfirmed
    | commands.RecordReverted
    | commands.RecordRetracted
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
    if state.state not in UNSIGNED:
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


def bump_fees(state: ChainWrite, command: commands.BumpFees) -> Decision:
    """Put another transaction in the race for the nonce."""
    if refusal := CHAINWRITE_WORKFLOW.refuse(command.write, state.state, command.TYPE):
        return refusal
    if command.nonce != state.nonce:
        return InvalidField(field="nonce", reason=f"is not {state.nonce}")
    if command.transaction in state.rivals:
        return InvalidField(field="transaction", reason="is signed already")
    return [
        events.FeeBumped(
            nonce=command.nonce,
            max_fee_per_gas=command.max_fee_per_gas,
            max_priority_fee_per_gas=command.max_priority_fee_per_gas,
            transaction=command.transaction,
        )
    ]


def sight(state: ChainWrite, command: Sighting) -> Decision:
    """Take that a node, or a block, has one of the transactions that were signed."""
    if refusal := CHAINWRITE_WORKFLOW.refuse(command.write, state.state, command.TYPE):
        return refusal
    if command.transaction not in {each.transaction for each in state.signed}:
        return InvalidField(field="transaction", reason="was never signed for this write")
    if isinstance(command, commands.RecordBroadcast):
        return [events.ChainWriteBroadcast(transaction=command.transaction)]
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


def record_replaced(state: ChainWrite, command: commands.RecordReplaced) -> Decision:
    """Take that a stranger used the nonce: the write needs another one."""
    if refusal := CHAINWRITE_WORKFLOW.refuse(command.write, state.state, command.TYPE):
        return refusal
    if command.nonce != state.nonce:
        return InvalidField(field="nonce", reason=f"is not {state.nonce}")
    if command.stranger in {each.transaction for each in state.signed}:
        return InvalidField(field="stranger", reason="was signed for this write")
    return [
        events.ChainWriteReplaced(
            nonce=command.nonce, block=command.block, stranger=command.stranger
        )
    ]


def record(state: ChainWrite, command: Report) -> Decision:
    """Take what the chain worker saw of the transaction that counts."""
    if refusal := CHAINWRITE_WORKFLOW.refuse(command.write, state.state, command.TYPE):
        return refusal
    if command.transaction is not None and command.transaction != state.transaction:
        return InvalidField(field="transaction", reason=f"is not {state.transaction}")
    match command:
        case commands.RecordReorganised(transaction=transaction, block_hash=block_hash):
            return [events.ChainWriteReorganised(transaction=transaction, block_hash=block_hash)]
        case commands.RecordConfirmed():
            return [_confirmed(state, command)]
        case commands.RecordReverted(transaction=transaction, reason=reason):
            return [events.ChainWriteReverted(transaction=transaction, reason=reason)]
        case commands.RecordRetracted():
            return _retract(state, command)
        case commands.RecordFailed(reason=reason, transaction=failed):
            return [events.ChainWriteFailed(reason=reason, transaction=failed)]


def _confirmed(state: ChainWrite, command: commands.RecordConfirmed) -> Event:
    # Others have acted on the first confirmation: they are not told twice to act.
    kind = events.ChainWriteRestored if state.confirmed else events.ChainWriteConfirmed
    return kind(
        transaction=command.transaction,
        block=command.block,
        block_hash=command.block_hash,
        confirmations=command.confirmations,
        result=command.result,
    )


def _retract(state: ChainWrite, command: commands.RecordRetracted) -> Decision:
    if (command.block, command.block_hash) != (state.block, state.block_hash):
        return InvalidField(field="block_hash", reason=f"is not {state.block_hash}")
    return [
        events.ChainWriteRetracted(
            transaction=command.transaction, block=command.block, block_hash=command.block_hash
        )
    ]


def retry(state: ChainWrite, command: commands.RetryChainWrite) -> Decision:
    """Plan a failed write anew; it gets a nonce of its own."""
    if refusal := CHAINWRITE_WORKFLOW.refuse(command.write, state.state, command.TYPE):
        return refusal
    return [events.ChainWriteRetried(failures=state.failures)]
