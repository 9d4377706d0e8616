"""Draws the workflows from the tables that the code runs on (Mermaid, in each aggregate's room)."""

from pathlib import Path
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

WORKFLOWS: Final[tuple[Workflow, ...]] = (
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

ROOT: Final = Path(__file__).resolve().parent.parent


def diagrams() -> dict[Path, str]:
    """Tell each diagram's file and text."""
    return {
        ROOT / "domain" / workflow.name / "WORKFLOW.md": (
            f"# The workflow of `{workflow.name}`\n\n"
            "Drawn from `workflow.py` by `python -m tools.diagrams`; the table decides.\n\n"
            f"```mermaid\n{workflow.mermaid()}```\n"
        )
        for workflow in WORKFLOWS
    }


def main() -> None:
    """Write all diagrams."""
    for path, text in diagrams().items():
        path.write_text(text)


if __name__ == "__main__":
    main()
