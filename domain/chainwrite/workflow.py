"""The life of a chain write."""

from typing import Final

from domain.kernel.workflow import Transition, Workflow

CHAINWRITE_WORKFLOW: Final = Workflow(
    "chainwrite",
    "NONE",
    (
        Transition("NONE", "chainwrite.plan", "chainwrite.planned", "PLANNED"),
        Transition(
            "PLANNED", "chainwrite.assign_nonce", "chainwrite.nonce_assigned", "NONCE_ASSIGNED"
        ),
        Transition("PLANNED", "chainwrite.record_failed", "chainwrite.failed", "FAILED"),
        Transition("NONCE_ASSIGNED", "chainwrite.assign_nonce", "chainwrite.signed", "SIGNED"),
        Transition("SIGNED", "chainwrite.record_broadcast", "chainwrite.broadcast", "BROADCAST"),
        Transition("SIGNED", "chainwrite.bump_fees", "chainwrite.fee_bumped", "SIGNED"),
        Transition("SIGNED", "chainwrite.record_mined", "chainwrite.mined", "MINED"),
        Transition("SIGNED", "chainwrite.record_replaced", "chainwrite.replaced", "REPLACED"),
        Transition("BROADCAST", "chainwrite.bump_fees", "chainwrite.fee_bumped", "SIGNED"),
        Transition("BROADCAST", "chainwrite.record_mined", "chainwrite.mined", "MINED"),
        Transition("BROADCAST", "chainwrite.record_replaced", "chainwrite.replaced", "REPLACED"),
        Transition("BROADCAST", "chainwrite.record_failed", "chainwrite.failed", "FAILED"),
        Transition("MINED", "chainwrite.record_reorganised", "chainwrite.reorganised", "BROADCAST"),
        Transition("MINED", "chainwrite.record_confirmed", "chainwrite.confirmed", "CONFIRMED"),
        Transition("MINED", "chainwrite.record_confirmed", "chainwrite.restored", "CONFIRMED"),
        Transition("MINED", "chainwrite.record_reverted", "chainwrite.reverted", "REVERTED"),
        Transition("MINED", "chainwrite.record_failed", "chainwrite.failed", "FAILED"),
        Transition(
            "REPLACED", "chainwrite.assign_nonce", "chainwrite.nonce_assigned", "NONCE_ASSIGNED"
        ),
        Transition("REPLACED", "chainwrite.record_failed", "chainwrite.failed", "FAILED"),
        Transition(
            "REVERTED", "chainwrite.assign_nonce", "chainwrite.nonce_assigned", "NONCE_ASSIGNED"
        ),
        Transition("REVERTED", "chainwrite.record_failed", "chainwrite.failed", "FAILED"),
        Transition("FAILED", "chainwrite.retry", "chainwrite.retried", "PLANNED"),
        Transition("FAILED", "chainwrite.record_retracted", "chainwrite.retracted", "BROADCAST"),
        Transition("CONFIRMED", "chainwrite.record_retracted", "chainwrite.retracted", "BROADCAST"),
    ),
)
