"""What happened to a mail; the stream is ``mail:<template>/<reference>/<recipient>``."""

from domain.kernel.event import Event


class MailRequested(Event, frozen=True, kw_only=True):
    """A template is to go to a subject; the address is opened only when it is sent."""

    TYPE = "mail.requested"
    template: str
    recipient: str
    reference: str
    fields: dict[str, str]


class MailSent(Event, frozen=True, kw_only=True):
    """The mail server took it."""

    TYPE = "mail.sent"
    message_id: str


class MailRefused(Event, frozen=True, kw_only=True):
    """The mail server will never take it."""

    TYPE = "mail.refused"
    reason: str


EVENTS = (MailRequested, MailSent, MailRefused)
