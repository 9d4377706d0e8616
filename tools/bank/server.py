"""The doors of the simulated bank.

For customers (ISO 20022 XML, except the account query):

    POST /payments                               pain.001 in, pain.002 out (202; 409, 422 refused)
    GET  /notifications?account=A&after=SEQUENCE camt.054 and pain.002, each with its sequence
    GET  /statements?account=A&day=YYYY-MM-DD    camt.053
    GET  /accounts?account=A                     JSON: balance and what is available

For the demo and for tests (JSON): POST /control/{accounts,credits,behaviours,settle,outage},
GET /health.
The control doors stay open while the bank is down.
"""

import http.server
import re
import sqlite3
import threading
import urllib.parse
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import msgspec

from interfaces.outbound.bank.iso20022 import MalformedMessage
from tools.bank.ledger import Ledger
from tools.bank.messages import (
    malformed_message,
    messages_document,
    read_order,
    statement_document,
    verdict_message,
)
from tools.bank.model import BadRequest, Behaviour, OpenAccount, Outage, OutsideCredit

BODY_BYTES_MAX: Final = 2**20
IDLE_SECONDS_MAX: Final = 60
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NUMBER: Final = re.compile(r"\d{1,18}", re.ASCII)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP answer; `drop` closes the connection instead of sending it."""

    status: HTTPStatus = HTTPStatus.OK
    content: bytes = b""
    kind: str = "application/xml"
    retry_after: int | None = None
    drop: bool = False


class Doors:
    """Answers requests, one at a time, so that the books are never read half-written."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._turn = threading.Lock()
        self._routes: dict[tuple[str, str], Callable[[dict[str, str], bytes], Answer]] = {
            ("POST", "/payments"): self._payments,
            ("GET", "/notifications"): self._notifications,
            ("GET", "/statements"): self._statements,
            ("GET", "/accounts"): self._account,
            ("GET", "/health"): lambda _query, _body: _json({"status": "up"}),
            ("POST", "/control/accounts"): self._open_account,
            ("POST", "/control/credits"): self._credit,
            ("POST", "/control/behaviours"): self._behave,
            ("POST", "/control/settle"): self._settle,
            ("POST", "/control/outage"): self._go_down,
        }

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        """Answer one request."""
        address = urllib.parse.urlsplit(target)
        route = self._routes.get((method, address.path))
        if route is None:
            return _json({"error": "no such door"}, HTTPStatus.NOT_FOUND)
        with self._turn:
            down = self._ledger.seconds_down()
            if down and not address.path.startswith(("/control/", "/health")):
                return Answer(status=HTTPStatus.SERVICE_UNAVAILABLE, retry_after=int(down) + 1)
            try:
                return route(dict(urllib.parse.parse_qsl(address.query)), body)
            except (BadRequest, msgspec.DecodeError) as error:
                return _json({"error": str(error)}, HTTPStatus.BAD_REQUEST)
            except (sqlite3.Error, FileNotFoundError) as error:
                # The books or the story's clock cannot be read: nothing was done.
                return _json({"error": repr(error)}, HTTPStatus.INTERNAL_SERVER_ERROR)

    def _payments(self, _query: dict[str, str], body: bytes) -> Answer:
        try:
            order = read_order(body)
        except MalformedMessage as error:
            return Answer(status=HTTPStatus.BAD_REQUEST, content=malformed_message(str(error)))
        verdict = self._ledger.order(order)
        status = HTTPStatus.ACCEPTED if verdict.reason is None else HTTPStatus.UNPROCESSABLE_ENTITY
        return Answer(
            status=HTTPStatus.CONFLICT if verdict.conflict else status,
            content=verdict_message(verdict),
            drop=verdict.drop_answer,
        )

    def _notifications(self, query: dict[str, str], _body: bytes) -> Answer:
        after = query.get("after", "0")
        if _NUMBER.fullmatch(after) is None:
            raise BadRequest("after is a sequence number")
        account = self._ledger.account(query.get("account", ""))
        told = self._ledger.notifications(account.account, int(after))
        return Answer(content=messages_document(account, told))

    def _statements(self, query: dict[str, str], _body: bytes) -> Answer:
        day = query.get("day", "")
        if _DAY.fullmatch(day) is None:
            raise BadRequest("day is YYYY-MM-DD")
        return Answer(
            content=statement_document(self._ledger.statement(query.get("account", ""), day))
        )

    def _account(self, query: dict[str, str], _body: bytes) -> Answer:
        self._ledger.settle_due()
        return _json(self._ledger.account(query.get("account", "")))

    def _open_account(self, _query: dict[str, str], body: bytes) -> Answer:
        return _json(self._ledger.open_account(msgspec.json.decode(body, type=OpenAccount)))

    def _credit(self, _query: dict[str, str], body: bytes) -> Answer:
        credit = msgspec.json.decode(body, type=OutsideCredit)
        return _json({"reference": self._ledger.credit_from_outside(credit).reference})

    def _behave(self, _query: dict[str, str], body: bytes) -> Answer:
        self._ledger.behave(msgspec.json.decode(body, type=Behaviour))
        return _json({})

    def _settle(self, _query: dict[str, str], _body: bytes) -> Answer:
        self._ledger.settle_now()
        return _json({})

    def _go_down(self, _query: dict[str, str], body: bytes) -> Answer:
        self._ledger.go_down(msgspec.json.decode(body, type=Outage))
        return _json({})


def _json(content: object, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    return Answer(status=status, content=msgspec.json.encode(content), kind="application/json")


class BankServer(http.server.ThreadingHTTPServer):
    """The bank on a TCP port; port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], doors: Doors) -> None:
        super().__init__(address, _Handler)
        self.doors = doors

    @property
    def url(self) -> str:
        """Where the bank is found."""
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS_MAX
    # Headers and body leave in one packet; else each answer waits for the peer's delayed ack.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: BankServer

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if _NUMBER.fullmatch(length) is None:
            self._refuse(HTTPStatus.LENGTH_REQUIRED)
        elif int(length) > BODY_BYTES_MAX:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            self._serve(self.rfile.read(int(length)))

    def _refuse(self, status: HTTPStatus) -> None:
        # The body stays unread, so nothing more can be understood on this connection.
        self.close_connection = True
        self._send(Answer(status=status))

    def _serve(self, body: bytes) -> None:
        answer = self.server.doors.answer(self.command, self.path, body)
        if answer.drop:
            self.close_connection = True
        else:
            self._send(answer)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("content-type", answer.kind)
        self.send_header("content-length", str(len(answer.content)))
        if answer.retry_after is not None:
            self.send_header("retry-after", str(answer.retry_after))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(answer.content)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # type: ignore[explicit-override]  # noqa: A002
        """Keep silent: paths carry account numbers."""
