"""The life of a case: nothing found, or a report that is due until it is filed."""

from typing import Final

from domain.kernel.workflow import Transition, Workflow

CASE_WORKFLOW: Final = Workflow(
    "case",
    "NONE",
    (
        Transition("NONE", "case.open", "case.opened", "OPEN"),
        Transition("OPEN", "case.clear", "case.cleared", "CLEARED"),
        Transition("OPEN", "case.require_report", "case.report_due", "REPORT_DUE"),
        Transition("CLEARED", "case.require_report", "case.report_due", "REPORT_DUE"),
        Transition("REPORT_DUE", "case.escalate", "case.escalated", "ESCALATED"),
        Transition("REPORT_DUE", "case.file_report", "case.reported", "REPORTED"),
        Transition("ESCALATED", "case.file_report", "case.reported", "REPORTED"),
    ),
)
