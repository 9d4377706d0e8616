"""The reconciliation of a token after its events, and the decisions about it."""

from typing import Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event
from domain.kernel.refusal import InvalidField, Refusal
from domain.reconciliation.commands import RequestReconciliation, StateReconciliation
from domain.reconciliation.events import (
    EVENTS,
    ReconciliationRequested,
    ReconciliationStated,
)

Decision = list[Event] | Refusal

REASON_LIMIT: Final = 500


class Reconciliation(msgspec.Struct, frozen=True):
    """The last statement, and whether somebody waits for one."""

    last: ReconciliationStated | None = None
    wanted: bool = False


def evolve(state: Reconciliation, event: Event) -> Reconciliation:
    """Apply one fact."""
    if isinstance(event, ReconciliationStated):
        return Reconciliation(last=event)
    return msgspec.structs.replace(state, wanted=True)


def reconciliation_stream(token: str) -> str:
    """Name the stream of a token's reconciliation."""
    return f"reconciliation:{token}"


def request(state: Reconciliation, command: RequestReconciliation) -> Decision:
    """Ask for a statement; one is enough for all who wait."""
    if len(command.reason) > REASON_LIMIT:
        return InvalidField(field="reason", reason=f"has more than {REASON_LIMIT} characters")
    return [] if state.wanted else [ReconciliationRequested(reason=command.reason)]


def state_result(state: Reconciliation, command: StateReconciliation) -> Decision:
    """Record a statement; the books that it speaks of never get older."""
    if state.last is not None and command.position < state.last.position:
        reason = f"is before {state.last.position}, which was reconciled already"
        return InvalidField(field="position", reason=reason)
    return [
        ReconciliationStated(
            statement=command.statement,
            values=command.values,
            contract=command.contract,
            chain_id=command.chain_id,
            block=command.block,
            block_hash=command.block_hash,
            position=command.position,
            wallets=command.wallets,
            in_transit=command.in_transit,
            break_count=command.break_count,
            breaks=command.breaks,
        )
    ]


RECONCILIATION: Final = Aggregate(
    name="reconciliation", empty=Reconciliation(), evolve=evolve, events=EVENTS
)
