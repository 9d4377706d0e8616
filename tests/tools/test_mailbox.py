"""The mailbox as a process, and what it does with odd messages."""

import signal
import smtplib
import subprocess
import sys
from pathlib import Path

import pytest

from interfaces.outbound.mail.smtp import SmtpMailer, server_of
from tests.conformance.mail import MAIL, TOM
from tools.mailbox import Mailbox, read_mailbox, wait_for_mail


@pytest.mark.slow
def test_a_mailbox_process_keeps_mail_and_stops_when_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tools.mailbox", "--port", "0"]
    command += ["--folder", str(tmp_path / "mail"), "--url-file", str(tmp_path / "url")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert (tmp_path / "url").read_text() == url
        mailer = SmtpMailer(
            server_of(url), sender="us@tallystick.example", now=lambda: "2026-05-22T10:44:00Z"
        )
        mailer.send(MAIL)
        found = wait_for_mail(tmp_path / "mail", to=TOM, subject="FX-INV-23A4F")
        assert found.text == MAIL.text
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_a_message_without_a_name_is_named_by_its_bytes(tmp_path: Path) -> None:
    with Mailbox(tmp_path) as mailbox, smtplib.SMTP("127.0.0.1", _port(mailbox)) as client:
        for text in ("one", "two", "one"):
            client.sendmail("a@b.example", [TOM], f"Subject: hello\r\n\r\n{text}\r\n")
    assert [mail.text.strip() for mail in read_mailbox(tmp_path)] == ["one", "two"]


def test_only_whole_messages_lie_in_the_folder(tmp_path: Path) -> None:
    with Mailbox(tmp_path) as mailbox:
        client = smtplib.SMTP("127.0.0.1", _port(mailbox))
        client.ehlo()
        client.mail("a@b.example")
        client.rcpt(TOM)
        client.putcmd("data")
        client.getreply()
        client.send(b"Subject: half a mess")
        client.close()
    assert list(tmp_path.iterdir()) == []


def test_waiting_for_mail_that_does_not_come_ends(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError, match="no mail about"):
        wait_for_mail(tmp_path, to=TOM, subject="x", seconds=0.05)


def test_a_mailbox_that_is_not_started_has_no_address(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    mailbox.stop()
    with pytest.raises(RuntimeError, match="not started"):
        _port(mailbox)


def _port(mailbox: Mailbox) -> int:
    return int(mailbox.url.rpartition(":")[2])
