"""Decisions about anchors."""

from domain.anchor.commands import ConfirmAnchor, FailAnchor, PlanAnchor
from domain.anchor.events import AnchorConfirmed, AnchorFailed, AnchorPlanned
from domain.anchor.state import Anchor, anchor_stream
from domain.anchor.workflow import ANCHOR_WORKFLOW
from domain.kernel.event import Event
from domain.kernel.refusal import Refusal

Decision = list[Event] | Refusal


def plan(state: Anchor, command: PlanAnchor, *, write: str) -> Decision:
    """Plan the anchor of a size, once."""
    stream = anchor_stream(command.size)
    if refusal := ANCHOR_WORKFLOW.refuse(stream, state.state, command.TYPE):
        return refusal
    return [
        AnchorPlanned(
            size=command.size,
            root=command.root,
            head=command.head,
            checkpoint=command.checkpoint,
            write=write,
        )
    ]


def confirm(state: Anchor, command: ConfirmAnchor, *, chain_id: int, registry: str) -> Decision:
    """Record where the chain holds the anchor."""
    stream = anchor_stream(command.size)
    if refusal := ANCHOR_WORKFLOW.refuse(stream, state.state, command.TYPE):
        return refusal
    return [
        AnchorConfirmed(
            size=command.size,
            chain_id=chain_id,
            registry=registry,
            transaction=command.transaction,
            block=command.block,
            block_hash=command.block_hash,
        )
    ]


def fail(state: Anchor, command: FailAnchor) -> Decision:
    """Record that this anchor will not come."""
    stream = anchor_stream(command.size)
    if refusal := ANCHOR_WORKFLOW.refuse(stream, state.state, command.TYPE):
        return refusal
    return [AnchorFailed(size=command.size, reason=command.reason)]
