"""A JSON-RPC endpoint before a real node that loses, delays, bends and invents as it is told.

Every rule stands for itself: which requests it meets, how often, and what becomes of them. The
lies are consistent: whoever lags lags with its head, its receipts and its nonces alike.
"""

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import msgspec
from typing_extensions import override

ANSWER_SECONDS: Final = 20.0

Json = Any
"""Whatever JSON can say: the proxy passes on what it does not know."""


class NoAnswer(Exception):
    """The line is cut before an answer."""


class Asked(msgspec.Struct, frozen=True):
    """A request; ``forward`` asks the node for its result and raises Fault for its errors."""

    method: str
    params: list[Json]
    forward: Callable[[str, list[Json]], Json]

    def passed_on(self) -> Json:
        """What the node says."""
        return self.forward(self.method, self.params)


class Fault(Exception):
    """The node answered with an error."""

    def __init__(self, error: Json) -> None:
        self.error = error
        super().__init__(str(error))


Action = Callable[[Asked], Json]
"""Gives the result to answer with; may raise NoAnswer, Fault or Garbage."""


class Garbage(Exception):
    """The answer is no JSON."""


class Rule(msgspec.Struct):
    """What becomes of some requests: of these methods (none: all), so often, so many times."""

    action: Action
    methods: frozenset[str] = frozenset()
    chance: float = 1.0
    left: int = 1_000_000
    met: int = 0


def lose_request(_: Asked) -> Json:
    """Cut the line before the node hears of it."""
    raise NoAnswer


def lose_answer(asked: Asked) -> Json:
    """Cut the line after the node did it."""
    asked.passed_on()
    raise NoAnswer


def garbage(_: Asked) -> Json:
    """Answer like a broken gateway in between."""
    raise Garbage


def late(seconds: float) -> Action:
    """Let the node do it at once and answer when nobody waits any more."""

    def act(asked: Asked) -> Json:
        result = asked.passed_on()
        time.sleep(seconds)
        return result

    return act


def swallow(_: Asked) -> Json:
    """Say yes and do nothing."""
    return "0x" + "00" * 32


def answered(result: Json) -> Action:
    """Answer always the same."""
    return lambda _: result


def lagging(blocks: int) -> Action:
    """Know nothing of the newest blocks."""

    def act(asked: Asked) -> Json:
        head = max(0, int(asked.forward("eth_blockNumber", []), 16) - blocks)
        match asked.method, asked.params:
            case "eth_blockNumber", _:
                return hex(head)
            case "eth_getBlockByNumber", [str(which), *_]:
                number = head if which in {"latest", "pending"} else int(which, 16)
                if number > head:
                    return None
                return asked.forward(asked.method, [hex(number), False])
            case (("eth_getTransactionCount" | "eth_getBalance"), [address, _]):
                return asked.forward(asked.method, [address, hex(head)])
            case (("eth_getTransactionReceipt" | "eth_getTransactionByHash"), _):
                found = asked.passed_on()
                number = found and found.get("blockNumber")
                return None if number and int(number, 16) > head else found
            case _:
                return asked.passed_on()

    return act


def lying(kind: str) -> Action:
    """Tell untruths of one kind: about receipts, outcomes, blocks or nonces."""

    def act(asked: Asked) -> Json:
        result = asked.passed_on()
        match kind, asked.method:
            case "no_receipts", "eth_getTransactionReceipt":
                return None
            case "other_blocks", "eth_getTransactionReceipt" if result:
                return result | {"blockHash": _other(result["blockHash"])}
            case "other_outcomes", "eth_getTransactionReceipt" if result:
                return result | {"status": "0x0" if result["status"] == "0x1" else "0x1"}
            case "other_hashes", "eth_getBlockByNumber" if result:
                return result | {"hash": _other(result["hash"])}
            case "higher_nonces", "eth_getTransactionCount":
                return hex(int(result, 16) + 2)
            case _:
                return result

    return act


LIES: Final = ("no_receipts", "other_blocks", "other_outcomes", "other_hashes", "higher_nonces")


def _other(block_hash: str) -> str:
    return block_hash[:-8] + f"{int(block_hash[-8:], 16) ^ 0xFFFFFFFF:08x}"


class RpcProxy:
    """An endpoint; ``rules`` of the first that meets a request decide, else the node does."""

    def __init__(self, node_url: str, seed: str) -> None:
        self.node_url = node_url
        self.seen: Callable[[Asked], None] = lambda _: None
        """Hears of each request before the node does."""
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self._random = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
        self._server = _server(self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), name="proxy", daemon=True
        )
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

    def obey(self, *rules: Rule) -> None:
        """Follow these rules, too."""
        with self._lock:
            self._rules += rules

    def heal(self) -> None:
        """Be an honest endpoint again."""
        with self._lock:
            self._rules.clear()

    def reply(self, body: bytes) -> bytes | None:
        """Answer a request; nothing cuts the line."""
        wish = json.loads(body)
        asked = Asked(wish["method"], wish.get("params", []), self.forward)
        head: dict[str, Json] = {"jsonrpc": "2.0", "id": wish.get("id")}
        try:
            self.seen(asked)
            rule = self._rule(asked)
            result = asked.passed_on() if rule is None else rule.action(asked)
        except NoAnswer:
            return None
        except Garbage:
            return b"<html><body>502 Bad Gateway</body></html>"
        except Fault as fault:
            return json.dumps(head | {"error": fault.error}).encode()
        return json.dumps(head | {"result": result}).encode()

    def forward(self, method: str, params: list[Json]) -> Json:
        """Ask the node. Raises Fault, and NoAnswer when it is away."""
        place = urlsplit(self.node_url)
        line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=ANSWER_SECONDS)
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        try:
            line.request("POST", "/", body, {"Content-Type": "application/json"})
            answer: Mapping[str, Json] = json.load(line.getresponse())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NoAnswer from error
        finally:
            line.close()
        if answer.get("error") is not None:
            raise Fault(answer["error"])
        return answer.get("result")

    def _rule(self, asked: Asked) -> Rule | None:
        with self._lock:
            for rule in self._rules:
                if rule.methods and asked.method not in rule.methods:
                    continue
                if rule.left > 0 and self._random.random() < rule.chance:
                    rule.left -= 1
                    rule.met += 1
                    return rule
        return None


def _server(proxy: RpcProxy) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        # The line stays open between requests, as a node keeps it.
        protocol_version = "HTTP/1.1"
        # Head and body go out as one packet: the other end would wait 40 ms for the second.
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            reply = proxy.reply(body)
            if reply is None:
                self.close_connection = True
                return
            try:
                self.send_response(200)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)
                self.wfile.flush()
            except ConnectionError:
                # Whoever asked has died or has given up; that is what a run is about.
                self.close_connection = True

        @override
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        @override
        def handle_error(self, *_: object) -> None:
            """A client that was killed in the middle of a word is no error here."""

    return Server(("127.0.0.1", 0), Handler)
