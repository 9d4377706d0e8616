"""The SMTP client: the port `application.ports.mail.Mailer` (RFC 5321, RFC 5322)."""

import asyncio
import hashlib
import urllib.parse
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from typing import Final, Literal

import aiosmtplib
import msgspec

from application.ports.mail import Mail, MailRefused, MailUnreachable
from interfaces.outbound.letters import problem_of

TIMEOUT_SECONDS: Final = 15.0
DEFAULT_PORTS: Final = {"plain": 25, "starttls": 587, "tls": 465}


class SmtpServer(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how mail is handed over."""

    host: str
    port: int
    security: Literal["plain", "starttls", "tls"] = "plain"
    username: str | None = None
    password: str | None = None


def server_of(url: str) -> SmtpServer:
    """Read `smtp://`, `smtp+starttls://` or `smtps://` `[user:password@]host[:port]`.

    Raises ValueError without naming the URL, which may hold a password.
    """
    parts = urllib.parse.urlsplit(url)
    securities: dict[str, Literal["plain", "starttls", "tls"]] = {
        "smtp": "plain",
        "smtp+starttls": "starttls",
        "smtps": "tls",
    }
    security = securities.get(parts.scheme)
    if security is None or parts.hostname is None:
        message = "a mail server is smtp://, smtp+starttls:// or smtps:// and a host"
        raise ValueError(message)
    return SmtpServer(
        host=parts.hostname,
        port=parts.port or DEFAULT_PORTS[security],
        security=security,
        username=None if parts.username is None else urllib.parse.unquote(parts.username),
        password=None if parts.password is None else urllib.parse.unquote(parts.password),
    )


class SmtpMailer:
    """Sends mail through one server, each message over a connection of its own.

    `send` blocks, and must not be called from within an event loop.
    """

    def __init__(
        self,
        server: SmtpServer,
        *,
        sender: str,
        now: Callable[[], str],
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._server = server
        self._timeout_seconds = timeout_seconds
        self._sender = sender
        self._now = now

    def send(self, mail: Mail) -> None:
        """Hand over a message; see `Mailer.send`. Raises MailUnreachable or MailRefused."""
        problem = problem_of(mail)
        if problem is not None:
            raise MailRefused(problem)
        # Errors of the library carry the address: none of them may be chained into a log.
        refusal = asyncio.run(self._hand_over(_message(mail, self._sender, self._now())))
        if refusal is not None:
            raise refusal

    async def _hand_over(self, message: EmailMessage) -> MailRefused | MailUnreachable | None:
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            username=server.username,
            password=server.password,
            timeout=self._timeout_seconds,
            local_hostname="localhost",
        )
        try:
            async with client:
                await client.send_message(message)
        except (aiosmtplib.SMTPException, OSError) as error:
            return _verdict(error)
        return None


def _message(mail: Mail, sender: str, now: str) -> EmailMessage:
    message = EmailMessage(policy=WIRE)
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(datetime.fromisoformat(now))
    message["Message-ID"] = mail.message_id
    # Out-of-office replies must not answer us (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
        message.set_boundary(hashlib.sha256(mail.message_id.encode()).hexdigest()[:32])
    return message


def _verdict(error: Exception) -> MailRefused | MailUnreachable:
    """Tell a refusal for ever from a server that cannot or will not talk to us now."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    about_the_mail = isinstance(
        error,
        (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError),
    )
    if about_the_mail and isinstance(error, aiosmtplib.SMTPResponseException):
        code = _reply_code(error)
        permanent = error.code >= 500
        return MailRefused(code) if permanent else MailUnreachable(f"the server said {code}")
    return MailUnreachable(f"the server does not take mail: {type(error).__name__}")


def _reply_code(error: aiosmtplib.SMTPResponseException) -> str:
    """Keep the codes of a reply; its text may repeat the address."""
    enhanced = error.message.split(" ", 1)[0]
    digits = enhanced.replace(".", "")
    known = enhanced.count(".") == 2 and digits.isascii() and digits.isdigit()
    return f"{error.code} {enhanced}" if known else str(error.code)
