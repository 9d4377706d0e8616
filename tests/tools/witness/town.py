"""Witnesses behind real sockets, in this process."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from domain.integrity.checkpoint import VerifierKey
from interfaces.outbound.witness.client import HttpWitnesses
from tests.tools.witness.loghouse import LOG_KEY, ORIGIN, witness_key
from tools.witness.memory import Memory
from tools.witness.rules import Witness
from tools.witness.server import WitnessServer

TIME = 1_790_000_000


@contextmanager
def served(server: ThreadingHTTPServer) -> Iterator[str]:
    """Serve in the background; gives the URL."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Town:
    """Some witnesses, each in a folder of its own."""

    def __init__(self, folder: Path, origin: str = ORIGIN, log: VerifierKey = LOG_KEY) -> None:
        self._folder = folder
        self._logs = [(origin, log)]
        self._stack = ExitStack()
        self.addresses: dict[VerifierKey, str] = {}

    def add(self, seed: int) -> VerifierKey:
        key, private = witness_key(seed, f"witness.example/w{seed}")
        memory = self._stack.enter_context(Memory(self._folder / str(seed)))
        witness = Witness(memory, key=key, sign=private.sign, logs=self._logs, now=lambda: TIME)
        server = WitnessServer(("127.0.0.1", 0), witness)
        self.addresses[key] = self._stack.enter_context(served(server))
        return key

    def strange(
        self, key: VerifierKey, status: int, content: bytes, kind: str = "text/plain"
    ) -> None:
        """Add a witness that always answers the same."""

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                """Keep quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.addresses[key] = self._stack.enter_context(served(server))

    def client(self, timeout: float = 5.0, quorum: int = 0) -> HttpWitnesses:
        client = HttpWitnesses(self.addresses, quorum=quorum, timeout=timeout)
        self._stack.callback(client.close)
        return client

    def close(self) -> None:
        self._stack.close()
