"""The HTTP adapter against the simulated bank, over real connections."""

import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from application.ports.world import BankUnreachable
from interfaces.outbound.bank.client import BankClient
from interfaces.outbound.bank.messages import payment_message
from interfaces.outbound.clock import SystemClock
from interfaces.outbound.memory.bank import Treatment
from tests.conformance.bank import PAYMENT, BankConformance
from tools.bank.control import BankControl
from tools.bank.ledger import Ledger
from tools.bank.messages import read_order, verdict_message
from tools.bank.model import Behaviour, OpenAccount, OutsideCredit, RefusalCode, Verdict
from tools.bank.server import BankServer, Doors

LONG = 3600.0


class SimulatedWorld:
    """Steers the simulated bank through its control doors."""

    def __init__(self, url: str) -> None:
        self._control = BankControl(url)

    def open_account(
        self, account: str, *, name: str, currency: str = "GBP", balance: int = 0
    ) -> None:
        self._control.open_account(
            OpenAccount(account=account, name=name, currency=currency, balance=balance)
        )

    def credit_from_outside(
        self, account: str, *, amount: int, narration: str, counterparty: str
    ) -> None:
        self._control.credit_from_outside(
            OutsideCredit(
                account=account, amount=amount, narration=narration, counterparty=counterparty
            )
        )

    def treat(self, treatment: Treatment) -> None:
        self._control.behave(
            Behaviour(
                end_to_end_id=treatment.end_to_end_id,
                refuse=msgspec.convert(treatment.refuse, RefusalCode | None),
                at_once=treatment.at_once,
                repeats=treatment.repeats,
                settle_after=LONG if treatment.hold else None,
                drop_answer=treatment.drop_answer,
            )
        )

    def release(self) -> None:
        self._control.settle()

    def set_down(self, *, down: bool) -> None:
        self._control.go_down(LONG if down else 0.0)

    def balance(self, account: str) -> int:
        return self._control.account(account).balance

    def close(self) -> None:
        self._control.close()


@pytest.fixture
def serve() -> Iterator[Callable[[http.server.ThreadingHTTPServer], str]]:
    """Run servers for the time of a test."""
    running: list[tuple[http.server.ThreadingHTTPServer, threading.Thread]] = []

    def run(server: http.server.ThreadingHTTPServer) -> str:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield run
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


class TestBankClient(BankConformance):
    @pytest.fixture
    def url(
        self, tmp_path: Path, serve: Callable[[http.server.ThreadingHTTPServer], str]
    ) -> Iterator[str]:
        ledger = Ledger(tmp_path / "bank.sqlite3", now=SystemClock().now, settle_after=0.0)
        yield serve(BankServer(("127.0.0.1", 0), Doors(ledger)))
        ledger.close()

    @pytest.fixture
    def world(self, url: str) -> Iterator[SimulatedWorld]:
        world = SimulatedWorld(url)
        yield world
        world.close()

    @pytest.fixture
    def bank(self, url: str) -> Iterator[BankClient]:
        with BankClient(url) as bank:
            yield bank


class Scripted(http.server.BaseHTTPRequestHandler):
    """Answers everything with one prepared answer."""

    status = 200
    content = b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(self.status)
        self.send_header("content-length", str(len(self.content)))
        self.end_headers()
        self.wfile.write(self.content)

    def do_GET(self) -> None:
        self.headers["content-length"] = "0"
        self.do_POST()

    def log_request(self, *_args: object) -> None:  # type: ignore[explicit-override]
        """Keep the test's output clean."""


OTHER = read_order(payment_message(PAYMENT, "x").replace(b"e2e-1", b"e2e-2"))
ENTITY = (
    b'<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "aaaa">]>'
    b'<messages><message sequence="1">&a;</message></messages>'
)


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (500, b""),
        (404, b"not here"),
        (302, b""),
        (202, b""),
        (202, b"<html>a proxy's greeting</html>"),
        (202, verdict_message(Verdict(order=OTHER, reason=None))),
        (422, verdict_message(Verdict(order=OTHER, reason="AM04"))),
        (422, b"<not xml"),
    ],
)
def test_what_is_no_word_on_this_payment_counts_as_no_answer(
    serve: Callable[[http.server.ThreadingHTTPServer], str], status: int, content: bytes
) -> None:
    handler = type("One", (Scripted,), {"status": status, "content": content})
    url = serve(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
    with BankClient(url) as bank, pytest.raises(BankUnreachable):
        bank.pay(PAYMENT)


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (503, b""),
        (200, b""),
        (200, b"<message/>"),
        (200, b'<messages><message sequence="1"/></messages>'),
        (200, b'<messages><message sequence="-1"><Document/></message></messages>'),
        (200, b'<messages><message sequence="1"><Document/></message></messages>'),
        (200, ENTITY),
    ],
)
def test_what_is_no_list_of_messages_counts_as_no_answer(
    serve: Callable[[http.server.ThreadingHTTPServer], str], status: int, content: bytes
) -> None:
    handler = type("One", (Scripted,), {"status": status, "content": content})
    url = serve(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
    with BankClient(url) as bank, pytest.raises(BankUnreachable):
        bank.notifications("04-00-75/10000001", 0)


def test_a_bank_that_is_not_there_is_unreachable() -> None:
    with BankClient("http://127.0.0.1:9") as bank, pytest.raises(BankUnreachable):
        bank.pay(PAYMENT)
