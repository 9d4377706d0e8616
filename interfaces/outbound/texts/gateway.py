"""Text messages by mail: a gateway that takes ``<number>@<domain>``, as carriers offer.

Without one of its own, an installation reads them in its mailbox and reads them out by hand.
"""

from typing import Final

from application.ports.mail import Mail, Mailer, MailRefused, MailUnreachable
from application.ports.texts import TextRefused, TextUnreachable

SUBJECT: Final = "Text message"


class MailTexter:
    """Hands text messages to a gateway as mail; satisfies ``Texter``."""

    def __init__(self, mailer: Mailer, *, domain: str) -> None:
        self._mailer = mailer
        self._domain = domain

    def send(self, message_id: str, to: str, text: str) -> None:
        """Hand over a message to a number. Raises TextUnreachable, TextRefused."""
        address = f"{to.removeprefix('+')}@{self._domain}"
        try:
            self._mailer.send(Mail(message_id=message_id, to=address, subject=SUBJECT, text=text))
        except MailRefused as error:
            raise TextRefused(str(error)) from error
        except MailUnreachable as error:
            raise TextUnreachable(str(error)) from error
