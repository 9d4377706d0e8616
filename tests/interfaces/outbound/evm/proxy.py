"""A proxy before a real node that loses requests and answers as a test tells it to."""

import json
import threading
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

import requests
from typing_extensions import override

Forward = Callable[[], bytes]
Action = Callable[[Forward], bytes | None]
"""Takes a way to ask the node; gives the answer to send, or None to hang up without one."""


def lose_request(_: Forward) -> None:
    """Hang up before the node hears of it."""


def lose_answer(forward: Forward) -> None:
    """Let the node do it, then hang up."""
    forward()


def garbage(_: Forward) -> bytes:
    """Answer with what is no JSON."""
    return b"<html>502</html>"


def answer(result: object) -> Action:
    """Answer with a result of the test's own."""
    return lambda _: json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()


def error(message: str, *, code: int = -32000, data: object = None) -> Action:
    """Answer with an error in the words of some other node."""
    body = {"code": code, "message": message, "data": data}
    return lambda _: json.dumps({"jsonrpc": "2.0", "id": 1, "error": body}).encode()


class ScriptedProxy:
    """Passes every request on, but for the methods that have an action waiting."""

    def __init__(self, node_url: str) -> None:
        self._node_url = node_url
        self._script: dict[str, deque[Action]] = {}
        self.asked: list[str] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                reply = proxy.reply(body)
                if reply is None:
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            @override
            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def then(self, method: str, *actions: Action) -> None:
        """Do these, one for each of the next requests of a method."""
        self._script.setdefault(method, deque()).extend(actions)

    def reply(self, body: bytes) -> bytes | None:
        method = json.loads(body)["method"]
        self.asked.append(method)
        waiting = self._script.get(method)
        if waiting:
            return waiting.popleft()(lambda: self._forward(body))
        return self._forward(body)

    def _forward(self, body: bytes) -> bytes:
        return requests.post(
            self._node_url, body, headers={"Content-Type": "application/json"}, timeout=10
        ).content
