"""The doors of the witness: POST /add-checkpoint, GET /<SHA-256 of an origin>/checkpoint."""

import http.server
import re
import sys
from http import HTTPStatus
from typing import Final

from typing_extensions import override

from tools.witness.rules import Answer, Witness

BODY_BYTES_MAX: Final = 64 * 1024
IDLE_SECONDS_MAX: Final = 60

_NOTE: Final = re.compile(r"/([0-9a-f]{64})/checkpoint").fullmatch


class WitnessServer(http.server.ThreadingHTTPServer):
    """Serves one witness."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], witness: Witness) -> None:
        super().__init__(address, _Handler)
        self.witness = witness

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS_MAX
    server: WitnessServer

    def do_POST(self) -> None:
        """Answer a request to cosign."""
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or len(length) > 7:
            self._close(HTTPStatus.LENGTH_REQUIRED)
        elif int(length) > BODY_BYTES_MAX:
            self._close(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            content = self.rfile.read(int(length))
            if self.path != "/add-checkpoint":
                self._send(Answer(HTTPStatus.NOT_FOUND))
            elif len(content) == int(length):
                self._send(self._add(content))

    def do_GET(self) -> None:
        """Show the last checkpoint of a log."""
        found = _NOTE(self.path)
        if found is None:
            self._send(Answer(HTTPStatus.NOT_FOUND))
        else:
            self._send(self.server.witness.last_note(found[1]))

    def _add(self, content: bytes) -> Answer:
        try:
            return self.server.witness.add_checkpoint(content)
        except OSError as error:
            # A full disk or a broken one: what cannot be kept is not signed.
            print(f"witness: {type(error).__name__}", file=sys.stderr, flush=True)
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE)

    def _close(self, status: HTTPStatus) -> None:
        self.close_connection = True
        self._send(Answer(status))

    def _send(self, answer: Answer) -> None:
        content = answer.content.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: who asks what is nobody's business."""
