"""Mail: a message to one person, taken by a mail server or not."""

from typing import Protocol

import msgspec


class Mail(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A message to one address. ``message_id`` is ``<local@domain>`` (RFC 5322).

    The same message sent again has the same id, by which a mailbox recognises it.
    """

    message_id: str
    to: str
    subject: str
    text: str
    html: str | None = None


class MailUnreachable(Exception):
    """No mail server took the message, for now: send it again."""


class MailRefused(Exception):
    """No mail server will ever take the message.

    The text is a reply code with its enhanced code (RFC 3463), e.g. ``550 5.1.1``, and never the
    address: it goes on the log.
    """


class Mailer(Protocol):
    """Hands messages to a mail server (FX16)."""

    def send(self, mail: Mail) -> None:
        """Hand over a message; it may arrive twice when an answer is lost, under one id.

        Raises MailUnreachable (send again), MailRefused (never will be taken).
        """
        ...
