"""Relay connections: every thing once, in order, whatever the size of the page."""

import base64
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from domain.kernel.refusal import Refused
from interfaces.inbound.http.graphql.accounts import ACCOUNTS
from interfaces.inbound.http.graphql.audit import TRAIL
from interfaces.inbound.http.graphql.invoices import INVOICES
from projections.audit.queries import AuditRow
from tests.interfaces.inbound.http.graphql.hall import Guest, Hall

Guests = Callable[[str | None], Guest]

AN_EVENT = AuditRow(
    position=1,
    at="2026-05-22T10:42:00.000000Z",
    actor="subject:a",
    type="log.opened",
    stream="log:main",
    version=1,
    command="c",
    correlation="d",
    cause=None,
)

PAGE = """query ($first: Int!, $after: String) { auditTrail(first: $first, after: $after) {
    edges { cursor node { position } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


@pytest.mark.parametrize("size", [7, 50, 200])
def test_pages_hold_every_event_once(guests: Guests, hall: Hall, size: int) -> None:
    """Cursor after cursor down to the first event."""
    guest, found, after = guests("olga"), [], None
    while True:
        page = guest.data(PAGE, first=size, after=after)["auditTrail"]
        ends, edges = page["pageInfo"], page["edges"]
        found += [edge["node"]["position"] for edge in edges]
        assert ends["hasPreviousPage"] is (after is not None)
        assert (ends["startCursor"], ends["endCursor"]) == (edges[0]["cursor"], edges[-1]["cursor"])
        after = ends["endCursor"]
        if not ends["hasNextPage"]:
            break
        assert len(edges) == size
    assert found == list(range(len(hall.tale.log), 0, -1))


def test_page_has_fifty_things_unless_told(guests: Guests) -> None:
    """And at most 200."""
    shown = guests("olga").data("{ auditTrail { edges { cursor } } }")
    assert len(shown["auditTrail"]["edges"]) == 50


def test_empty_page_has_no_ends(guests: Guests) -> None:
    """Nothing before, nothing after."""
    asked = "{ trades { edges { cursor } pageInfo { hasNextPage startCursor endCursor } } }"
    page = guests("coppergate").data(asked)["trades"]
    nothing = {"hasNextPage": False, "startCursor": None, "endCursor": None}
    assert page == {"edges": [], "pageInfo": nothing}


@pytest.mark.parametrize("first", [0, -1, 201, 2**31 - 1])
def test_size_of_a_page_is_limited(guests: Guests, first: int) -> None:
    """It is refused, not cut: nobody takes a part for the whole."""
    error = guests("olga").ask(PAGE, first=first)["errors"][0]
    assert error["extensions"]["code"] == "invalid_field"
    assert error["extensions"]["field"] == "/first"


def test_cursor_of_another_list_is_refused(guests: Guests) -> None:
    """A cursor is good for its own list only."""
    trades = guests("brunel").data("{ trades { edges { cursor } } }")["trades"]["edges"]
    error = guests("olga").ask(PAGE, first=1, after=trades[0]["cursor"])["errors"][0]
    assert error["extensions"]["field"] == "/after"


def encoded(text: str) -> str:
    """Write a text as a cursor is written."""
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "after",
    ["", "é", "===", "x" * 600, *map(encoded, ["auditTrail", "auditTrail:", "auditTrail:-1"])]
    + [encoded(f"auditTrail:{key}") for key in ("1.0", "x", "٣", 2**53, "1\0", "9" * 40)],
)
def test_text_that_is_no_cursor_is_refused(guests: Guests, after: str) -> None:
    """Whatever somebody makes up is told apart."""
    assert guests("olga").code(PAGE, first=1, after=after) == "invalid_field"


@given(st.text())
def test_any_text_is_refused_in_one_way(text: str) -> None:
    """Reading what is no cursor never fails in another way."""
    for listed in (INVOICES, ACCOUNTS):
        with pytest.raises(Refused):
            listed.key_of(text)


@given(st.integers(min_value=0, max_value=2**53 - 1))
def test_cursor_leads_back_to_its_key(position: int) -> None:
    """Whatever the key is."""
    row = structs.replace(AN_EVENT, position=position)
    assert TRAIL.key_of(TRAIL.cursor(row)) == position
