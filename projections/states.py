"""The state of a stream after an event, by the workflow that its aggregate declares."""

from typing import Final

from domain.anchor.workflow import ANCHOR_WORKFLOW
from domain.business.workflow import BUSINESS_WORKFLOW
from domain.case.workflow import CASE_WORKFLOW
from domain.chainfact.workflow import CHAINFACT_WORKFLOW
from domain.chainwrite.workflow import CHAINWRITE_WORKFLOW
from domain.check.workflow import CHECK_WORKFLOW
from domain.invoice.workflow import INVOICE_WORKFLOW
from domain.issuer.workflow import ISSUER_WORKFLOW
from domain.kernel.workflow import Workflow
from domain.kyc.workflow import KYC_WORKFLOW
from domain.listing.workflow import LISTING_WORKFLOW
from domain.mail.workflow import MAIL_WORKFLOW
from domain.payment.workflow import PAYMENT_WORKFLOW
from domain.receipt.workflow import RECEIPT_WORKFLOW
from domain.request.workflow import REQUEST_WORKFLOW
from domain.subject.workflow import SUBJECT_WORKFLOW
from domain.token.workflow import TOKEN_WORKFLOW
from domain.trade.workflow import TRADE_WORKFLOW
from domain.user.workflow import USER_WORKFLOW

WORKFLOWS: Final[dict[str, Workflow]] = {
    workflow.name: workflow
    for workflow in (
        ANCHOR_WORKFLOW,
        BUSINESS_WORKFLOW,
        CASE_WORKFLOW,
        CHAINFACT_WORKFLOW,
        CHAINWRITE_WORKFLOW,
        CHECK_WORKFLOW,
        INVOICE_WORKFLOW,
        ISSUER_WORKFLOW,
        KYC_WORKFLOW,
        LISTING_WORKFLOW,
        MAIL_WORKFLOW,
        PAYMENT_WORKFLOW,
        RECEIPT_WORKFLOW,
        REQUEST_WORKFLOW,
        SUBJECT_WORKFLOW,
        TOKEN_WORKFLOW,
        TRADE_WORKFLOW,
        USER_WORKFLOW,
    )
}
"""Workflows by the name of their aggregate; aggregates without one have no state."""

_STEPS: Final = {
    name: frozenset(row.event for row in workflow.rows) for name, workflow in WORKFLOWS.items()
}


def state_after(aggregate: str, state: str | None, event_type: str) -> str:
    """Tell the state after an event; events beside the workflow leave it as it is.

    No state means that the event is the stream's first. Raises KeyError for a history that
    the workflow does not allow.
    """
    workflow = WORKFLOWS[aggregate]
    before = workflow.start if state is None else state
    return workflow.after(before, event_type) if event_type in _STEPS[aggregate] else before
