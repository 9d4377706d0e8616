"""The life of an invoice (FX7's happy path and the refusals of FX1 and FX2)."""

from typing import Final

from domain.kernel.workflow import Transition, Workflow

_SUBMIT = ("invoice.submit", "invoice.submitted", "SUBMITTED")

INVOICE_WORKFLOW: Final = Workflow(
    "invoice",
    "NONE",
    (
        Transition("NONE", *_SUBMIT),
        Transition("REJECTED", *_SUBMIT),
        Transition("EXPIRED", *_SUBMIT),
        Transition(
            "SUBMITTED", "invoice.start_verification", "invoice.verification_started", "VERIFYING"
        ),
        Transition("VERIFYING", "invoice.record_verification", "invoice.verified", "VERIFIED"),
        Transition("VERIFYING", "invoice.record_verification", "invoice.rejected", "REJECTED"),
        Transition("VERIFIED", "invoice.ask_buyer", "invoice.buyer_asked", "AWAITING_BUYER"),
        Transition("AWAITING_BUYER", "invoice.confirm", "invoice.confirmed", "CONFIRMED"),
        Transition("AWAITING_BUYER", "invoice.dispute", "invoice.disputed", "DISPUTED"),
        Transition("AWAITING_BUYER", "invoice.expire", "invoice.expired", "EXPIRED"),
        Transition("CONFIRMED", "invoice.list", "invoice.tokenised", "TOKENISED"),
        Transition("TOKENISED", "invoice.list", "invoice.listed", "LISTED"),
        Transition("LISTED", "invoice.fund", "invoice.funded", "FUNDED"),
        Transition("FUNDED", "invoice.reverse_funding", "invoice.funding_reversed", "LISTED"),
        Transition("FUNDED", "invoice.complete_funding", "invoice.advance_paid", "FUNDED"),
        Transition("FUNDED", "invoice.record_disbursed", "invoice.disbursed", "DISBURSED"),
        Transition("DISBURSED", "invoice.remind", "invoice.reminded", "DISBURSED"),
        Transition("DISBURSED", "receipt.match", "invoice.obligor_paid", "OBLIGOR_PAID"),
        Transition("OBLIGOR_PAID", "invoice.distribute", "invoice.distributed", "OBLIGOR_PAID"),
        Transition("OBLIGOR_PAID", "invoice.settle", "invoice.settled", "SETTLED"),
    ),
)
