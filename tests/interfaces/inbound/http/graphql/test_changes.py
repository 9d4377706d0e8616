"""Changes over graphql-transport-ws: to whom, of what, and until when."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from litestar.exceptions import WebSocketDisconnect
from litestar.testing import WebSocketTestSession

from interfaces.inbound.http.services import Limits
from tests.interfaces.inbound.http.graphql.hall import QUICK, Guest, Hall, entered, follow
from tests.projections.tale import INVOICE

Guests = Callable[[str | None], Guest]

INVOICES = "subscription { invoiceChanged { position type at invoice { number state } } }"
FROM_THE_START = INVOICES.replace("Changed", "Changed(after: 0)")
TRADES = "subscription { tradeChanged { position type trade { trade state } } }"


@pytest.fixture
def hall() -> Hall:
    """Give a house before the story, which each test tells itself."""
    hall = Hall()
    hall.tale.now = "2026-05-22T10:42:00.000000Z"
    return hall


@pytest.fixture
def guests(hall: Hall) -> Iterator[Guests]:
    """Open its doors."""
    with entered(hall.services(QUICK)) as client:
        yield lambda name: Guest(client, name)


def received(socket: WebSocketTestSession) -> Any:
    """Wait for one message."""
    return socket.receive_json(timeout=10)


def change(socket: WebSocketTestSession, field: str = "invoiceChanged") -> Any:
    """Wait for one change."""
    message = received(socket)
    assert message["type"] == "next", message
    assert "errors" not in message["payload"], message
    return message["payload"]["data"][field]


def until(socket: WebSocketTestSession, state: str) -> list[Any]:
    """Wait for changes up to a state of an invoice."""
    found = [change(socket)]
    while found[-1]["invoice"]["state"] != state:
        found.append(change(socket))
    return found


def closed(socket: WebSocketTestSession) -> int:
    """Wait for the end and give its code."""
    with pytest.raises(WebSocketDisconnect) as end:
        socket.receive_json(timeout=10)
    return end.value.code


def ready(socket: WebSocketTestSession) -> None:
    """Wait until everything sent before has been looked at."""
    socket.send_json({"type": "ping"})
    assert received(socket) == {"type": "pong"}


@pytest.mark.capability("FX3")
def test_invoice_is_followed_through_its_states(guests: Guests, hall: Hall) -> None:
    """With the position of each change, in the order of the log."""
    with guests("coppergate").connected() as socket:
        follow(socket, FROM_THE_START)
        hall.list_invoice()
        listed = until(socket, "LISTED")
        hall.fund()
        funded = until(socket, "FUNDED")
    positions = [told["position"] for told in listed + funded]
    assert positions == sorted(set(positions))
    last = funded[-1]
    event = hall.tale.log[last["position"] - 1]
    assert (event.envelope.type, event.at) == (last["type"], last["at"])


def test_following_begins_now_unless_told(guests: Guests, hall: Hall) -> None:
    """What was before is asked for by its position."""
    hall.list_invoice()
    with guests("coppergate").connected() as socket:
        follow(socket, INVOICES)
        ready(socket)
        wait_for_start(hall)
        hall.list_invoice("FX-INV-2")
        assert {told["invoice"]["number"] for told in until(socket, "LISTED")} == {"FX-INV-2"}


def wait_for_start(hall: Hall) -> None:
    """Wait until the subscription has asked for the head twice: then it waits for news."""
    seen = hall.heads
    while hall.heads < seen + 2:
        hall.looked.wait(5)
        hall.looked.clear()


def test_only_what_the_caller_may_see_is_told(guests: Guests, hall: Hall) -> None:
    """The lender hears of an invoice from its funding on."""
    with guests("pennine").connected() as lender, guests("olga").connected() as auditor:
        for socket in (lender, auditor):
            follow(socket, INVOICES)
            ready(socket)
        wait_for_start(hall)
        hall.list_invoice()
        until(auditor, "LISTED")
        hall.fund()
        until(auditor, "FUNDED")
        assert {told["invoice"]["state"] for told in until(lender, "FUNDED")} == {"FUNDED"}


def test_one_invoice_is_followed_by_its_number(guests: Guests, hall: Hall) -> None:
    """Others stay away."""
    with guests("olga").connected() as socket:
        follow(socket, INVOICES.replace("Changed", 'Changed(number: "FX-2", after: 0)'))
        hall.list_invoice("FX-1")
        hall.list_invoice("FX-2")
        assert {told["invoice"]["number"] for told in until(socket, "LISTED")} == {"FX-2"}


@pytest.mark.capability("FX5")
def test_trade_is_followed_by_both_sides(guests: Guests, hall: Hall) -> None:
    """Several changes that come together are told by the last."""
    hall.list_invoice()
    hall.fund()
    hall.offer()
    asked = TRADES.replace("Changed", 'Changed(id: "T1", after: 0)')
    with guests("brunel").connected() as buyer, guests("pennine").connected() as seller:
        follow(buyer, asked)
        follow(seller, asked)
        hall.buy()
        for socket in (buyer, seller):
            told = change(socket, "tradeChanged")
            while told["trade"]["state"] != "TRADE_SETTLED":
                told = change(socket, "tradeChanged")
            assert told["trade"]["trade"] == "T1"


def test_key_may_come_with_the_handshake(guests: Guests) -> None:
    """For clients that are no browsers."""
    with guests(None).socket(Authorization="Bearer secret-olga") as socket:
        socket.send_json({"type": "connection_init"})
        assert received(socket) == {"type": "connection_ack"}


@pytest.mark.parametrize(
    "payload", [None, {}, {"authorization": "Bearer wrong"}, {"authorization": 1}]
)
def test_connection_without_a_good_key_is_closed(guests: Guests, payload: object) -> None:
    """4403 of the protocol."""
    with guests(None).socket() as socket:
        socket.send_json({"type": "connection_init", "payload": payload})
        assert closed(socket) == 4403


def test_subscription_before_the_greeting_is_closed(guests: Guests) -> None:
    """4401 of the protocol."""
    with guests("olga").socket(Authorization="Bearer secret-olga") as socket:
        follow(socket, INVOICES)
        assert closed(socket) == 4401


def test_revoked_key_ends_what_it_follows(guests: Guests, hall: Hall) -> None:
    """Within a heartbeat, with the code of REST; nothing new begins."""
    with guests("brunel").connected() as socket:
        follow(socket, INVOICES)
        ready(socket)
        hall.revoke("brunel")
        message = received(socket)
        assert message["payload"]["errors"][0]["extensions"]["code"] == "unauthenticated"
        assert received(socket) == {"type": "complete", "id": "1"}
        follow(socket, INVOICES, "2")
        assert closed(socket) == 4403


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { nothing }", "invalid_query"),
        ("subscription {", "malformed_query"),
        ("subscription { invoiceChanged { " + "a " * 1000 + "} }", "malformed_query"),
    ],
)
def test_bad_subscription_is_an_error(guests: Guests, query: str, code: str) -> None:
    """The connection goes on."""
    with guests("olga").connected() as socket:
        follow(socket, query)
        message = received(socket)
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", code)
        ready(socket)


@pytest.mark.parametrize(
    "arguments", ["after: -1", 'number: "a b"', 'number: ""', 'number: "\\u0000"']
)
def test_bad_arguments_are_errors(guests: Guests, arguments: str) -> None:
    """With the field."""
    with guests("olga").connected() as socket:
        follow(socket, f"subscription {{ invoiceChanged({arguments}) {{ position }} }}")
        error = received(socket)["payload"]["errors"][0]
        assert error["extensions"]["code"] == "invalid_field"


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        '{"type": 1}',
        '{"type": "unheard of"}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
        '{"type": "subscribe", "id": [], "payload": {"query": ""}}',
    ],
)
def test_bad_message_closes_the_connection(guests: Guests, text: str) -> None:
    """4400 of the protocol."""
    with guests("olga").connected() as socket:
        socket.send_text(text)
        assert closed(socket) == 4400


def test_large_message_closes_the_connection(guests: Guests) -> None:
    """1009 of WebSocket."""
    with guests("olga").connected() as socket:
        socket.send_text('{"type": "ping", "payload": {"x": "' + "x" * 70_000 + '"}}')
        assert closed(socket) == 1009


def test_other_protocols_are_refused(guests: Guests) -> None:
    """The old graphql-ws among them."""
    guest = guests("olga")
    with guest.client.websocket_connect("/graphql", subprotocols=["graphql-ws"]) as socket:
        assert closed(socket) == 4406


def test_operations_of_a_connection_are_limited(guests: Guests) -> None:
    """The twenty-first is an error."""
    with guests("olga").connected() as socket:
        for number in range(21):
            follow(socket, INVOICES, str(number))
        message = received(socket)
        assert (message["type"], message["id"]) == ("error", "20")


def test_views_that_stay_behind_end_the_subscription(hall: Hall) -> None:
    """With the code of REST; the caller goes on from its last position."""
    limits = Limits(wait_seconds_max=0.05, heartbeat_seconds=0.05, key_cache_seconds=0.0)
    with entered(hall.services(limits)) as client, Guest(client, "olga").connected() as socket:
        follow(socket, FROM_THE_START)
        hall.behind = True
        hall.list_invoice()
        error = received(socket)["payload"]["errors"][0]
        assert error["extensions"]["code"] == "view_behind"
        assert received(socket)["type"] == "complete"


def test_subscription_ends_after_its_longest_time(hall: Hall) -> None:
    """It completes, and may be begun again."""
    limits = Limits(stream_seconds_max=0.05, heartbeat_seconds=0.05)
    with entered(hall.services(limits)) as client, Guest(client, "olga").connected() as socket:
        follow(socket, INVOICES)
        assert received(socket) == {"type": "complete", "id": "1"}
        assert hall.tale.states.get(f"invoice:{INVOICE}") is None


def test_question_may_come_over_the_socket(guests: Guests) -> None:
    """It is answered once."""
    with guests("olga").connected() as socket:
        follow(socket, "{ viewer { role } }")
        assert received(socket)["payload"] == {"data": {"viewer": {"role": "auditor"}}}
        assert received(socket) == {"type": "complete", "id": "1"}
