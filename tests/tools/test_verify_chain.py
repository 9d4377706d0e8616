"""The auditor's verifier and a chain: a small node, asked over real HTTP."""

import importlib.util
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typing_extensions import override

from tools import verify


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made = _load("verify_log")
LOG = made.books()
Answer = tuple[str, int | None]
Run = Callable[..., Answer]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that verifies a feed and gives the code and the position."""
    verifier = made.verifier(tmp_path, capsys)

    def start(evidence: object, *arguments: str, **options: object) -> Answer:
        answer = verifier(evidence, *arguments, **options)
        return answer["code"], answer["position"]

    return start


class Chain(dict[str, Any]):
    """What a node answers, by method; `call` gives the answers of the registry by selector."""

    def __init__(self, log: Any, size: int) -> None:
        root, head = log.words(size)
        word = size.to_bytes(32)
        block = (12).to_bytes(32)
        event = {
            "address": made.REGISTRY,
            "topics": [verify.ANCHORED, log.id, "0x" + word.hex()],
            "data": "0x" + (root + head).hex(),
        }
        receipt = {
            "status": "0x1",
            "transactionHash": made.TRANSACTION,
            "blockNumber": "0xc",
            "blockHash": made.BLOCK_HASH,
            "logs": [{**event, "topics": ["0x00"]}, event],
        }
        super().__init__(
            eth_chainId="0x7a69",
            eth_getTransactionReceipt=receipt,
            eth_getBlockByNumber={"hash": made.BLOCK_HASH},
        )
        self.call = {
            verify.ANCHOR_AT: root + head + block + bytes(32),
            verify.LATEST: word + root + head + block,
        }
        self.asked: list[Any] = []

    def answer(self, method: str, params: list[Any]) -> object:
        self.asked.append((method, params))
        if method == "eth_call":
            return "0x" + self.call[params[0]["data"][:10]].hex()
        return self[method]


@pytest.fixture
def chain() -> Iterator[tuple[str, Chain]]:
    """Serve a chain in which the log is anchored at 19, over real HTTP."""
    state = Chain(LOG, 19)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = {"result": state.answer(question["method"], question["params"])}
            raw = state.get("raw", json.dumps(answer).encode())
            self.send_response(state.get("status", 200))
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        @override
        def log_message(self, format: str, *_: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", state
    server.shutdown()
    thread.join()
    server.server_close()


BUNDLE = json.dumps(LOG.bundle(7, anchored=True), indent=1)


def test_an_anchored_event_verifies(run: Run, chain: tuple[str, Chain]) -> None:
    assert run(BUNDLE, "--rpc", chain[0]) == ("ok", None)
    call = next(params for method, params in chain[1].asked if method == "eth_call")
    assert call[0]["to"] == made.REGISTRY
    assert call[0]["data"] == verify.ANCHOR_AT + LOG.id[2:] + (19).to_bytes(32).hex()


def test_an_anchor_is_demanded_where_a_chain_is_asked(run: Run, chain: tuple[str, Chain]) -> None:
    assert run(json.dumps(LOG.bundle(7), indent=1), "--rpc", chain[0]) == ("anchor_missing", None)


def _receipt(**members: object) -> Callable[[Chain], None]:
    return lambda chain: chain["eth_getTransactionReceipt"].update(members)


def _event(**members: object) -> Callable[[Chain], None]:
    return lambda chain: chain["eth_getTransactionReceipt"]["logs"][1].update(members)


def _anchor_at(at: int) -> Callable[[Chain], None]:
    def change(chain: Chain) -> None:
        words = bytearray(chain.call[verify.ANCHOR_AT])
        words[at] ^= 1
        chain.call[verify.ANCHOR_AT] = bytes(words)

    return change


MISMATCHES: dict[str, Callable[[Chain], None]] = {
    "another chain": lambda chain: chain.update(eth_chainId="0x1"),
    "no registry": lambda chain: chain.call.update({verify.ANCHOR_AT: b""}),
    "another root": _anchor_at(0),
    "another head": _anchor_at(63),
    "disavowed": _anchor_at(127),
    "no receipt": lambda chain: chain.update(eth_getTransactionReceipt=None),
    "a receipt of another form": lambda chain: chain.update(eth_getTransactionReceipt=[]),
    "reverted": _receipt(status="0x0"),
    "another transaction": _receipt(transactionHash="0x" + "00" * 32),
    "another block": _receipt(blockNumber="0xd"),
    "another block hash": _receipt(blockHash="0x" + "00" * 32),
    "a block that is no longer canonical": lambda chain: chain.update(
        eth_getBlockByNumber={"hash": "0x" + "00" * 32}
    ),
    "no such block": lambda chain: chain.update(eth_getBlockByNumber=None),
    "no event": _receipt(logs=[]),
    "an event of another contract": _event(address="0x" + "3" * 40),
    "another event": _event(topics=["0x" + "00" * 32]),
    "an event of another tree": _event(data="0x" + "00" * 64),
}


@pytest.mark.parametrize("case", MISMATCHES)
def test_anchor_mismatch(run: Run, chain: tuple[str, Chain], case: str) -> None:
    MISMATCHES[case](chain[1])
    assert run(BUNDLE, "--rpc", chain[0]) == ("anchor_mismatch", None)


@pytest.mark.parametrize(
    "members",
    [
        {"raw": b"{}"},
        {"raw": b"no JSON"},
        {"raw": b"[]"},
        {"raw": b'{"error":{"code":-32005,"message":"slow down"}}'},
        {"status": 500},
        {"status": 404},
    ],
    ids=str,
)
def test_an_endpoint_that_does_not_answer(
    run: Run, chain: tuple[str, Chain], members: dict[str, Any]
) -> None:
    chain[1].update(members)
    assert run(BUNDLE, "--rpc", chain[0]) == ("rpc_unreachable", None)


def test_an_endpoint_that_is_not_there(run: Run) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    url = f"http://127.0.0.1:{server.server_port}"
    server.server_close()
    assert run(BUNDLE, "--rpc", url) == ("rpc_unreachable", None)
    assert run(LOG.proofs(), "--rpc", url) == ("rpc_unreachable", None)


def test_the_chain_is_asked_after_all_that_needs_none(run: Run) -> None:
    """A fault of the bundle itself is found without an endpoint."""
    bent = BUNDLE.replace(LOG.bundle(7)["root"], "0" * 64)
    assert run(bent, "--rpc", "http://127.0.0.1:1") == ("root_mismatch", 7)


def test_a_feed_reaches_the_latest_anchor(run: Run, chain: tuple[str, Chain]) -> None:
    url = chain[0]
    assert run(LOG.proofs(), "--rpc", url) == ("ok", None)
    assert run(LOG.proofs(), "--rpc", url, checkpoint=LOG.checkpoint(18)) == ("ok", None)
    assert run(LOG.proofs()[:-1], "--rpc", url) == ("tail_missing", 19)
    chain[1].call[verify.LATEST] = Chain(made.Log(), 1).call[verify.LATEST]
    assert run(LOG.proofs(), "--rpc", url) == ("ok", None)
    chain[1].call[verify.LATEST] = Chain(made.Log("other"), 1).call[verify.LATEST]
    assert run(LOG.proofs(), "--rpc", url) == ("fork", 1)
    chain[1].call[verify.LATEST] = bytes(128)
    assert run(LOG.proofs(), "--rpc", url) == ("anchor_missing", None)
