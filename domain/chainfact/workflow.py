"""The life of a chain fact: a block may leave the chain, and come back."""

from typing import Final

from domain.kernel.workflow import Transition, Workflow

CHAINFACT_WORKFLOW: Final = Workflow(
    "chainfact",
    "NONE",
    (
        Transition("NONE", "chainfact.observe", "chainfact.observed", "OBSERVED"),
        Transition("OBSERVED", "chainfact.retract", "chainfact.retracted", "RETRACTED"),
        Transition("RETRACTED", "chainfact.observe", "chainfact.observed", "OBSERVED"),
    ),
)
