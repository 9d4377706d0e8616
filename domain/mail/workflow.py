"""The life of a mail."""

from typing import Final

from domain.kernel.workflow import Transition, Workflow

MAIL_WORKFLOW: Final = Workflow(
    "mail",
    "NONE",
    (
        Transition("NONE", "mail.request", "mail.requested", "REQUESTED"),
        Transition("REQUESTED", "mail.record_sent", "mail.sent", "SENT"),
        Transition("REQUESTED", "mail.record_refused", "mail.refused", "REFUSED"),
    ),
)
