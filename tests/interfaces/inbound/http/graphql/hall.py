"""The doors of GraphQL over the house in memory, with a story that has got as far as a trade."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import msgspec
from litestar import Litestar
from litestar.testing import TestClient, WebSocketTestSession
from typing_extensions import override

from application.ports.log import Head
from domain.invoice import commands as invoice
from domain.kernel.money import Money
from domain.listing import commands as listing
from domain.token import commands as token
from domain.trade import commands as trade
from interfaces.inbound.http.app import create_app
from interfaces.inbound.http.graphql import graphql_routes
from interfaces.inbound.http.services import Limits, Services
from projections.query import Query
from tests.interfaces.inbound.http.house import House
from tests.projections.tale import ANSWERS, INVOICE, TOKEN

R = TypeVar("R", bound=msgspec.Struct)

LISTING = f"{TOKEN}-S2-1"
QUICK = Limits(wait_seconds_max=0.2, heartbeat_seconds=0.05, key_cache_seconds=0.0)

_NAMED: Final = {
    "(number = ANY(%(number_among)s))": ("number", "number_among"),
    "(token = ANY(%(token_among)s))": ("token", "token_among"),
    "(trade = ANY(%(trade_among)s))": ("trade", "trade_among"),
}
_HELD: Final = "(purpose = 'units' AND balance <> 0)"


class Hall(House):
    """A house whose reader also knows the conditions of bulk queries.

    ``heads`` counts how often somebody asked for the feed's head; ``looked`` tells of it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.heads = 0
        self.looked = threading.Event()

    @override
    async def head(self) -> Head:
        """Tell the last position."""
        self.heads += 1
        self.looked.set()
        return await super().head()

    @override
    async def fetch(self, query: Query[R]) -> list[R]:
        """Answer a query; bulk conditions are tried on the rows of the query without them."""
        for condition, (column, name) in _NAMED.items():
            if condition in query.sql:
                rows = await super().fetch(_without(query, condition))
                wanted = query.parameters[name]
                return [row for row in rows if getattr(row, column) in wanted]
        if _HELD in query.sql:
            found: Sequence[Any] = await super().fetch(_without(query, _HELD))
            kept = [row for row in found if row.purpose == "units" and row.balance]
            return kept[: query.parameters["limit"]]
        return await super().fetch(query)

    def list_invoice(self, number: str = INVOICE) -> None:
        """Bring an invoice to the market."""
        self.tale.submit(number)
        self.tale.verify(number)
        link = self.tale.link(number)
        self.tale.act("northwind", invoice.ConfirmInvoice(invoice=number, link=link))

    def fund(self, number: str = INVOICE) -> None:
        """Let the lender fund it."""
        self.tale.act("pennine", invoice.FundInvoice(invoice=number, discount_bps=240))

    def offer(self) -> None:
        """Split the token and list the second slice."""
        price = Money(199_150, "GBP")
        offer = listing.OpenListing(token=TOKEN, slice=2, price=price, quoted_yield_bps=242)
        self.tale.act("pennine", token.SliceToken(token=TOKEN, slices=5), offer)

    def buy(self, name: str = "T1") -> None:
        """Let the investor buy it."""
        check = trade.CheckTrade(trade=name, listing=LISTING, answers=ANSWERS)
        self.tale.act("brunel", check, trade.ExecuteTrade(trade=name))


def _without(query: Query[R], condition: str) -> Query[R]:
    sql = query.sql.replace(f" AND {condition}", "").replace(f"{condition} AND ", "")
    sql = sql.replace(f"\nWHERE {condition}", "")
    return Query(sql, {**query.parameters, "limit": 10_000}, query.row)


def told() -> Hall:
    """Tell the story up to the trade."""
    hall = Hall()
    hall.tale.now = "2026-05-22T10:42:00.000000Z"
    hall.list_invoice()
    hall.fund()
    hall.offer()
    hall.buy()
    hall.list_invoice("FX-INV-NEXT")
    return hall


class Guest:
    """Somebody at the door of GraphQL; without a name somebody without a key."""

    def __init__(self, client: TestClient[Litestar], name: str | None) -> None:
        self.client = client
        self.headers = {} if name is None else {"Authorization": f"Bearer secret-{name}"}

    def post(self, body: object, **headers: str) -> Any:
        """Send any body."""
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        names = {"Content-Type": "application/json", **self.headers, **headers}
        return self.client.post("/graphql", content=content, headers=names)

    def ask(self, query: str, **variables: object) -> Any:
        """Ask a question and give data and errors."""
        return self.post({"query": query, "variables": variables}).json()

    def data(self, query: str, **variables: object) -> Any:
        """Ask a question that has an answer."""
        answer = self.ask(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def code(self, query: str, **variables: object) -> str:
        """Ask a question that fails, and give the code."""
        answer = self.ask(query, **variables)
        return str(answer["errors"][0]["extensions"]["code"])

    @contextmanager
    def connected(self, **payload: object) -> Iterator[WebSocketTestSession]:
        """Open a connection that is acknowledged; the key goes in the payload."""
        with self.socket() as socket:
            given = payload or {"authorization": self.headers["Authorization"]}
            socket.send_json({"type": "connection_init", "payload": given})
            assert socket.receive_json(timeout=5) == {"type": "connection_ack"}
            yield socket

    @contextmanager
    def socket(self, **headers: str) -> Iterator[WebSocketTestSession]:
        """Open a connection."""
        with self.client.websocket_connect(
            "/graphql", subprotocols=["graphql-transport-ws"], headers=headers
        ) as socket:
            yield socket


def follow(socket: WebSocketTestSession, query: str, identity: str = "1") -> None:
    """Begin a subscription."""
    payload = {"query": query}
    socket.send_json({"type": "subscribe", "id": identity, "payload": payload})


@contextmanager
def entered(services: Services) -> Iterator[TestClient[Litestar]]:
    """Open the doors over any services."""
    app = create_app(services, graphql_routes(services))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
