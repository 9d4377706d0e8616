"""Text messages to phones."""

from typing import Protocol

from application.ports.mail import MailRefused, MailUnreachable


class TextUnreachable(MailUnreachable):
    """No gateway took the message, for now: send it again."""


class TextRefused(MailRefused):
    """No gateway will ever take it; the text is a reply code and never the number."""


class Texter(Protocol):
    """Hands text messages to a gateway."""

    def send(self, message_id: str, to: str, text: str) -> None:
        """Hand over a message to a number (E.164); it may arrive twice, under one id.

        Raises TextUnreachable (send again), TextRefused (never will be taken).
        """
        ...
