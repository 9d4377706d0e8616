"""The SMTP adapter in a real conversation with a mail server."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from application.ports.mail import Mail, MailUnreachable
from interfaces.outbound.mail.smtp import SmtpMailer, SmtpServer, server_of
from tests.conformance.mail import MAIL, MailConformance
from tools.mailbox import Mailbox, read_mailbox

NOW = "2026-05-22T10:44:00.000000Z"
SENDER = "FinToken X <post@tallystick.example>"


class MailboxWorld:
    """Steers a mailbox; it comes back at its port with its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mailbox = Mailbox(folder).start()
        self.url = self._mailbox.url

    def delivered(self) -> list[Mail]:
        return [
            Mail(
                message_id=one.message_id,
                to=one.to,
                subject=one.subject,
                text=one.text,
                html=one.html,
            )
            for one in read_mailbox(self._folder)
        ]

    def answer(self, to: str, reply: str | None) -> None:
        self._mailbox.replies.pop(to, None)
        if reply is not None:
            self._mailbox.replies[to] = f"{reply} about {to}"

    def set_down(self, *, down: bool) -> None:
        if down:
            self._mailbox.stop()
        else:
            port = int(self.url.rpartition(":")[2])
            self._mailbox = Mailbox(self._folder, port=port).start()

    def close(self) -> None:
        self._mailbox.stop()


class TestSmtpMailer(MailConformance):
    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[MailboxWorld]:
        world = MailboxWorld(tmp_path)
        yield world
        world.close()

    @pytest.fixture
    def mailer(self, world: MailboxWorld) -> SmtpMailer:
        return SmtpMailer(server_of(world.url), sender=SENDER, now=lambda: NOW)

    def test_the_date_is_that_of_the_clock_and_replies_are_not_wanted(
        self, mailer: SmtpMailer, world: MailboxWorld, tmp_path: Path
    ) -> None:
        mailer.send(MAIL)
        (received,) = read_mailbox(tmp_path)
        assert received.date == "Fri, 22 May 2026 10:44:00 +0000"
        raw = received.path.read_bytes()
        assert b"Auto-Submitted: auto-generated" in raw
        assert b"From: FinToken X <post@tallystick.example>" in raw
        assert len(world.delivered()) == 1

    def test_the_same_message_is_the_same_bytes(self, mailer: SmtpMailer, tmp_path: Path) -> None:
        contents = set()
        for _ in range(2):
            mailer.send(
                Mail(
                    message_id=MAIL.message_id,
                    to=MAIL.to,
                    subject=MAIL.subject,
                    text=MAIL.text,
                    html="<p>Hello</p>\n",
                )
            )
            (received,) = read_mailbox(tmp_path)
            contents.add(received.path.read_bytes())
            received.path.unlink()
        assert len(contents) == 1


def _speak(listener: socket.socket, lines: list[bytes]) -> None:
    connection, _ = listener.accept()
    with connection:
        for line in lines:
            connection.sendall(line)
            connection.recv(4096)


@pytest.mark.parametrize(
    "lines",
    [
        [b""],
        [b"554 5.7.1 go away\r\n"],
        [b"220 hello\r\n", b"500 what?\r\n", b"500 what?\r\n"],
        [b"220 hello\r\n", b"250 here\r\n", b"421 4.3.2 closing\r\n"],
        [b"HTTP/1.1 200 OK\r\n\r\n"],
    ],
    ids=["silent", "unwelcome", "speechless", "closing", "stranger"],
)
def test_a_server_that_will_not_talk_has_not_refused_the_message(lines: list[bytes]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        speaker = threading.Thread(target=_speak, args=(listener, lines))
        speaker.start()
        server = SmtpServer(host="127.0.0.1", port=listener.getsockname()[1])
        mailer = SmtpMailer(server, sender=SENDER, now=lambda: NOW, timeout_seconds=0.5)
        with pytest.raises(MailUnreachable):
            mailer.send(MAIL)
        speaker.join()


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://127.0.0.1:2525", SmtpServer(host="127.0.0.1", port=2525)),
        ("smtp://mail.example", SmtpServer(host="mail.example", port=25)),
        ("smtps://mail.example", SmtpServer(host="mail.example", port=465, security="tls")),
        (
            "smtp+starttls://us%40er:p%3Aw@mail.example",
            SmtpServer(
                host="mail.example",
                port=587,
                security="starttls",
                username="us@er",
                password="p:w",
            ),
        ),
    ],
)
def test_a_server_is_named_by_a_url(url: str, server: SmtpServer) -> None:
    assert server_of(url) == server


@pytest.mark.parametrize("url", ["", "mail.example:25", "http://mail.example", "smtp://"])
def test_what_names_no_server_is_told_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="a mail server is smtp://"):
        server_of(url)
