"""A mail after its events, and the decisions about it."""

from typing import Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event
from domain.kernel.refusal import Refusal
from domain.mail import commands
from domain.mail.events import EVENTS, MailRefused, MailRequested, MailSent
from domain.mail.workflow import MAIL_WORKFLOW

Decision = list[Event] | Refusal


class Mail(msgspec.Struct, frozen=True):
    """State of the mail."""

    state: str = MAIL_WORKFLOW.start


def evolve(state: Mail, event: Event) -> Mail:
    """Apply one fact."""
    return Mail(state=MAIL_WORKFLOW.after(state.state, event.TYPE))


def mail_id(template: str, reference: str, recipient: str) -> str:
    """Name a mail so that the same wish names the same mail."""
    return f"{template}/{reference}/{recipient}"


def mail_stream(mail: str) -> str:
    """Name the stream of a mail."""
    return f"mail:{mail}"


def request(state: Mail, command: commands.RequestMail) -> Decision:
    """Wish a mail, once."""
    if state.state != MAIL_WORKFLOW.start:
        return []
    return [
        MailRequested(
            template=command.template,
            recipient=command.recipient,
            reference=command.reference,
            fields=command.fields,
        )
    ]


def record_sent(state: Mail, command: commands.RecordMailSent) -> Decision:
    """Record that it went out."""
    if refusal := MAIL_WORKFLOW.refuse(command.mail, state.state, command.TYPE):
        return refusal
    return [MailSent(message_id=command.message_id)]


def record_refused(state: Mail, command: commands.RecordMailRefused) -> Decision:
    """Record that it never will."""
    if refusal := MAIL_WORKFLOW.refuse(command.mail, state.state, command.TYPE):
        return refusal
    return [MailRefused(reason=command.reason)]


MAIL: Final = Aggregate(name="mail", empty=Mail(), evolve=evolve, events=EVENTS)
