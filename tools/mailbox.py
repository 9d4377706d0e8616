"""A mail server that keeps what it is sent: each message one `.eml` file in a folder.

A message that comes again (same Message-ID) is kept once. For the demo and for tests; it sends
nothing on. Run it with `python -m tools.mailbox --folder DIR [--port 0] [--url-file FILE]`.
"""

import argparse
import asyncio
import hashlib
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec
from aiosmtpd.smtp import SMTP, Envelope, Session

from interfaces.outbound.files import replace_file

HOST: Final = "127.0.0.1"
MESSAGE_BYTES_MAX: Final = 10 * 2**20


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A message as a person reads it; `path` is its file."""

    path: Path
    message_id: str
    to: str
    subject: str
    date: str
    text: str
    html: str | None


class Mailbox:
    """The server, in a thread of its own between `start` and `stop`."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self.folder = folder
        self.replies: dict[str, str] = {}
        """What to answer for an address instead of taking its mail, e.g. ``550 5.1.1 unknown``."""
        self._wanted_port = port
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._serving = threading.Event()
        self._end: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        """Where the server is found; raises RuntimeError before `start`."""
        if self._listener is None:
            message = "the mailbox is not started"
            raise RuntimeError(message)
        return f"smtp://{HOST}:{self._listener.getsockname()[1]}"

    def start(self) -> Self:
        """Listen; raises OSError when the port is taken."""
        self.folder.mkdir(parents=True, exist_ok=True)
        listener = self._listener = socket.create_server((HOST, self._wanted_port))
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listener)), name="mailbox"
        )
        self._thread.start()
        self._serving.wait()
        return self

    def stop(self) -> None:
        """Stop listening; the messages stay."""
        if self._thread is not None and self._thread.is_alive():
            self._end()
            self._thread.join()

    async def _serve(self, listener: socket.socket) -> None:
        loop, told = asyncio.get_running_loop(), asyncio.Event()
        self._end = lambda: _call(loop, told.set)
        handler = _Handler(self)
        server = await loop.create_server(lambda: _protocol(handler, loop), sock=listener)
        self._serving.set()
        await told.wait()
        # Conversations that are under way are cut when the loop ends: their senders try again.
        server.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _call(loop: asyncio.AbstractEventLoop, what: Callable[[], None]) -> None:
    loop.call_soon_threadsafe(what)


def _protocol(handler: "_Handler", loop: asyncio.AbstractEventLoop) -> SMTP:
    return SMTP(
        handler,
        hostname="localhost",
        ident="Tallystick mailbox",
        data_size_limit=MESSAGE_BYTES_MAX,
        loop=loop,
    )


class _Handler:
    """The calls that aiosmtpd makes."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_RCPT(  # noqa: N802 (the library's name and arguments)
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        reply = self._mailbox.replies.get(address)
        if reply is not None:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 (the library's name)
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        if not isinstance(content, bytes):
            return "554 5.6.0 no content"
        _keep(self._mailbox.folder, content)
        return "250 2.0.0 kept"


def _keep(folder: Path, content: bytes) -> None:
    """Write a message unless one of its name is there; without a name, its bytes name it."""
    name = str(_parsed(content)["Message-ID"] or "").strip().encode() or content
    path = folder / f"{hashlib.sha256(name).hexdigest()[:40]}.eml"
    if not path.exists():
        replace_file(path, content)


def _parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def read_mailbox(folder: Path) -> list[Received]:
    """Read every message, in the order of arrival."""
    files = sorted(folder.glob("*.eml"), key=lambda path: (path.stat().st_mtime_ns, path.name))
    return [_read(path) for path in files]


def _read(path: Path) -> Received:
    message = _parsed(path.read_bytes())
    return Received(
        path=path,
        message_id=str(message["Message-ID"] or ""),
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        date=str(message["Date"] or ""),
        text=_body(message, "plain") or "",
        html=_body(message, "html"),
    )


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body((kind,))
    return None if part is None else str(part.get_content()).replace("\r\n", "\n")


def wait_for_mail(folder: Path, *, to: str, subject: str, seconds: float = 10.0) -> Received:
    """Wait for a message to an address whose subject holds some words; raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while True:
        for mail in read_mailbox(folder):
            if mail.to == to and subject in mail.subject:
                return mail
        if time.monotonic() > deadline:
            message = f"no mail about {subject!r} came in {seconds} s"
            raise TimeoutError(message)
        time.sleep(0.02)


def main(arguments: list[str]) -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m tools.mailbox", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where messages are kept")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--url-file", type=Path, help="where to write the server's URL")
    options = parser.parse_args(arguments)
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    with Mailbox(options.folder, port=options.port) as mailbox:
        if options.url_file is not None:
            replace_file(options.url_file, mailbox.url.encode())
        print(mailbox.url, flush=True)
        told.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
