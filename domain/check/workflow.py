"""The life of a check; a later answer of the provider counts more than an earlier one."""

from typing import Final

from domain.kernel.workflow import Transition, Workflow

_ANSWERED: Final = ("ASKED", "RETURNED", "FAILED")

CHECK_WORKFLOW: Final = Workflow(
    "check",
    "NONE",
    (
        Transition("NONE", "check.advance", "check.asked", "ASKED"),
        *(Transition(each, "check.record", "check.passed", "PASSED") for each in _ANSWERED),
        *(Transition(each, "check.record", "check.failed", "FAILED") for each in _ANSWERED),
        *(Transition(each, "check.record", "check.returned", "RETURNED") for each in _ANSWERED),
        Transition("PASSED", "check.record", "check.passed", "PASSED"),
        Transition("PASSED", "check.record", "check.alerted", "ALERTED"),
        Transition("ALERTED", "check.record", "check.alerted", "ALERTED"),
        Transition("ALERTED", "check.record", "check.passed", "PASSED"),
    ),
)
