"""The transition table of a user; everything else that happens to it leaves its state."""

from typing import Final

from domain.kernel.workflow import Transition, Workflow

USER_WORKFLOW: Final = Workflow(
    "user",
    "NONE",
    (
        Transition("NONE", "user.register", "user.registered", "INVITED"),
        Transition("INVITED", "user.record_password_set", "user.password_set", "ACTIVE"),
        Transition("INVITED", "user.record_identity_linked", "user.identity_linked", "ACTIVE"),
        Transition("ACTIVE", "user.record_password_set", "user.password_set", "ACTIVE"),
        Transition("ACTIVE", "user.record_identity_linked", "user.identity_linked", "ACTIVE"),
        Transition("INVITED", "user.close", "user.closed", "CLOSED"),
        Transition("ACTIVE", "user.close", "user.closed", "CLOSED"),
    ),
)
