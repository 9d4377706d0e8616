"""The life of an invoice's token."""

from typing import Final

from domain.kernel.workflow import Transition, Workflow

TOKEN_WORKFLOW: Final = Workflow(
    "token",
    "NONE",
    (
        Transition("NONE", "token.plan", "token.planned", "PLANNED"),
        Transition("PLANNED", "token.record_deployed", "token.deployed", "DEPLOYED"),
        Transition("DEPLOYED", "token.record_minted", "token.minted", "MINTED"),
        Transition("MINTED", "token.slice", "token.sliced", "MINTED"),
        Transition("MINTED", "invoice.distribute", "token.burn_requested", "RETIRING"),
        Transition("RETIRING", "invoice.distribute", "token.burn_requested", "RETIRING"),
        Transition("RETIRING", "token.record_burned", "token.burned", "RETIRING"),
    ),
)
