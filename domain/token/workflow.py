"""The life of an invoice's token."""

from typing import Final

from domain.kernel.workflow import Transition, Workflow

_AT_ANY_TIME: Final = (
    "token.pause",
    "token.resume",
    "token.freeze_wallets",
    "token.unfreeze_wallets",
    "token.freeze_units",
    "token.unfreeze_units",
    "token.register_holders",
)
"""Operations that change no balance: proceeds may be on their way."""

_WHILE_MINTED: Final = (
    "token.mint_units",
    "token.burn_units",
    "token.recover_holder",
    "token.adopt_rules",
)

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
        *(
            Transition("MINTED", command, "token.operation_requested", "MINTED")
            for command in (*_AT_ANY_TIME, *_WHILE_MINTED)
        ),
        *(
            Transition("RETIRING", command, "token.operation_requested", "RETIRING")
            for command in _AT_ANY_TIME
        ),
    ),
)
