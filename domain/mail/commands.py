"""What processes wish and the mail worker reports."""

from domain.kernel.command import Command


class RequestMail(Command, frozen=True, kw_only=True):
    """Send a template to a subject, once for each reference."""

    TYPE = "mail.request"
    template: str
    recipient: str
    reference: str
    fields: dict[str, str]


class RecordMailSent(Command, frozen=True, kw_only=True):
    """It was taken."""

    TYPE = "mail.record_sent"
    mail: str
    message_id: str


class RecordMailRefused(Command, frozen=True, kw_only=True):
    """It was refused for good."""

    TYPE = "mail.record_refused"
    mail: str
    reason: str
