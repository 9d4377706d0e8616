"""Every door is tried by every role, and lets in exactly whom the table of authority names."""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import pytest
from graphql import GraphQLNonNull, GraphQLObjectType, build_schema
from litestar import Litestar
from litestar.testing import TestClient

from application.authority import (
    COMMAND_ROLES,
    QUERY_ROLES,
    needs_grant,
    refuse_command,
    refuse_query,
)
from application.scopes import Rights
from domain.catalogue import may_read
from domain.kernel.roles import ROLES, Role
from interfaces.inbound.http.doors import (
    FIELD_DOORS,
    OPEN_DOORS,
    OWN_DOORS,
    QUERY_DOORS,
    command_behind,
)
from interfaces.inbound.http.graphql.schema import sdl
from interfaces.inbound.http.rest.tables import COMMANDS, READS
from tests.interfaces.inbound.http.graphql.hall import entered
from tests.interfaces.inbound.http.house import House
from tests.projections.request_tale import enter
from tools.authority import PAGE, page

PERSONAS: Final = tuple(role for role in ROLES if role != "process")
UNSEEN: Final = frozenset({404, 415})
BARRED: Final = frozenset({"role_forbidden", "second_person_needed", "not_granted"})
BY_TYPE: Final = {command.TYPE: command for command in COMMAND_ROLES}
ROUTES: Final = {route.operation: route for route in (*COMMANDS, *READS)}
QUERY_OF: Final = {**QUERY_DOORS, **{route.operation: route.query for route in READS}}
EXAMPLES: Final = {route.operation: route.example for route in COMMANDS}


class Matrix:
    """A house in which there is one of each role, and its doors."""

    def __init__(self, client: TestClient[Litestar]) -> None:
        self.client = client

    def call(self, role: Role | None, method: str, path: str, body: object = None) -> Any:
        """Knock."""
        headers = {"Idempotency-Key": f"{role} {path} {id(body)}"}
        if role is not None:
            headers["Authorization"] = f"Bearer secret-x-{role.replace('_', '-')}"
        content = b"" if body is None else msgspec.json.encode(body)
        if body is not None:
            headers["Content-Type"] = "application/json"
        return self.client.request(method, path, content=content, headers=headers)

    def routes(self) -> Iterator[tuple[str, str, str]]:
        """List name, method and address of each route that is served."""
        for route in self.client.app.routes:
            for handler in getattr(route, "route_handlers", ()):
                if handler.name is not None:
                    for method in handler.http_methods:
                        yield handler.name, str(method), _filled(route.path)


def _filled(path: str) -> str:
    """Put a name into each gap of an address."""
    return re.sub(r"\{[a-z_]+:[a-z]+\}", "1", path)


def barred(answer: Any) -> bool:
    """Say whether a door stayed shut because of the role."""
    if answer.status_code != 403:
        return False
    return answer.json()["code"] in BARRED


@pytest.fixture(scope="module")
def matrix() -> Iterator[Matrix]:
    """Open a house with one of each role."""
    house = House()
    for role in PERSONAS:
        name = f"x-{role.replace('_', '-')}"
        enter(house.tale, name, role)
        house.issue(name, role)
    with entered(house.services()) as client:
        yield Matrix(client)


@pytest.mark.capability("FX14")
def test_every_route_stands_in_the_table_once(matrix: Matrix) -> None:
    """What nobody has thought about is shut: a route without a row fails here."""
    for name, _, path in matrix.routes():
        sends = command_behind(name) is not None and name not in OPEN_DOORS
        places = (name in QUERY_OF, sends, name in OPEN_DOORS)
        assert sum((*places, name in OWN_DOORS)) == 1, f"{name} {path}"


@pytest.mark.capability("FX14")
@pytest.mark.parametrize("role", PERSONAS)
def test_each_role_gets_through_exactly_its_doors(matrix: Matrix, role: Role) -> None:
    """REST: commands by their examples, questions without conditions."""
    wrong = []
    for name, method, path in matrix.routes():
        if name in OPEN_DOORS or name in OWN_DOORS or name == "StreamFeed":
            continue
        answer = matrix.call(role, method, path, EXAMPLES.get(name))
        command = command_behind(name)
        if name in QUERY_OF:
            shut = _asks_in_vain(role, QUERY_OF[name])
        else:
            assert command is not None
            shut = refuse_command(role, command) is not None or needs_grant(role, command)
        # What is of an unknown form, or not there for this caller, is not even looked at.
        unseen = shut and answer.status_code in UNSEEN
        if (barred(answer) != shut and not unseen) or answer.status_code in {401, 500}:
            wrong.append((name, answer.status_code, answer.text[28:60], shut))
    assert not wrong


def _asks_in_vain(role: Role, query: str) -> bool:
    granted = QUERY_ROLES.get(query, {}).get(role) == "granted"
    return granted or refuse_query(role, query) is not None


def test_without_a_key_only_the_open_doors_open(matrix: Matrix) -> None:
    """Everywhere else the answer is 401, whatever is asked."""
    for name, method, path in matrix.routes():
        if name not in OPEN_DOORS:
            answer = matrix.call(None, method, path, EXAMPLES.get(name))
            assert answer.status_code == 401, (name, answer.status_code, answer.text[:200])


FIELDS: Final = {kind: build_schema(sdl()).get_type(kind) for kind in ("Query", "Subscription")}


def test_every_field_stands_in_the_table() -> None:
    """Each field of GraphQL answers one question of the table."""
    for kind in FIELDS.values():
        assert isinstance(kind, GraphQLObjectType)
        assert {FIELD_DOORS[name] for name in kind.fields} <= set(QUERY_ROLES)
    assert set(QUERY_OF.values()) <= set(QUERY_ROLES)


@pytest.mark.capability("FX14")
@pytest.mark.parametrize("role", PERSONAS)
def test_each_role_asks_exactly_its_fields(matrix: Matrix, role: Role) -> None:
    """GraphQL has the same doors."""
    kind = FIELDS["Query"]
    assert isinstance(kind, GraphQLObjectType)
    for name, field in kind.fields.items():
        needed = [
            f"{argument}: {1 if str(of.type) == 'Long!' else chr(34) + '1' + chr(34)}"
            for argument, of in field.args.items()
            if (isinstance(of.type, GraphQLNonNull) and of.default_value is None)
            or (isinstance(of.type, GraphQLNonNull) and argument not in {"first"})
        ]
        call = f"({', '.join(needed)})" if needed else ""
        inner = str(field.type).strip("!").startswith(("JSON",))
        query = f"{{ {name}{call} {'' if inner else '{ __typename }'} }}"
        answer = matrix.call(role, "POST", "/graphql", {"query": query}).json()
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        assert bool(codes & BARRED) == _asks_in_vain(role, FIELD_DOORS[name]), (name, codes)
        assert "internal" not in codes, (name, answer)


@pytest.mark.capability("FX14")
@pytest.mark.parametrize("role", PERSONAS)
def test_each_role_reads_exactly_its_records(matrix: Matrix, role: Role) -> None:
    """Feed: a body where the catalogue says so, a hash in place of every other."""
    page_ = matrix.call(role, "GET", "/feed?limit=1000")
    if _asks_in_vain(role, "feed"):
        assert page_.status_code == 403
        return
    everything = {
        record["position"]: record["type"]
        for record in matrix.call("compliance", "GET", "/feed?limit=1000").json()["_embedded"][
            "records"
        ]
        if "type" in record
    }
    for record in page_.json()["_embedded"]["records"]:
        kind = everything.get(record["position"])
        assert kind is None or ("body" in record) == may_read(role, kind)


def test_the_page_shows_the_table() -> None:
    """AUTHORITY.md is written by ``python -m tools.authority``."""
    assert PAGE.read_text() == page()


def rights_of(action: str) -> Rights:
    """Tell the rights of a command by its type, or of a question."""
    command = BY_TYPE.get(action)
    return COMMAND_ROLES[command] if command is not None else QUERY_ROLES[action]


EIGHT: Final[tuple[Role, ...]] = (
    "seller",
    "buyer",
    "lender",
    "investor",
    "broker",
    "compliance",
    "partner",
    "admin",
)
STEPS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "Invoice submit": (("invoice.submit",), ("seller",)),
    "Buyer confirm": (("invoice.confirm", "invoice.dispute"), ("buyer",)),
    "Token mint": (("token.plan", "token.record_minted"), ()),
    "Lender funds": (("invoice.fund",), ("lender",)),
    "Cash to seller": (("invoice.record_disbursed", "payment.settle"), ()),
    "Secondary trade, sell side": (("token.slice", "listing.open"), ("lender", "investor")),
    "Secondary trade, buy side": (("trade.check", "trade.execute"), ("investor",)),
    "Settlement": (("invoice.settle", "receipt.match"), ()),
    "Token burn": (("token.record_burned",), ()),
    "MLRO review": (("subject.pass_risk", "subject.decline"), ("compliance",)),
}
"""002, who touches what: who is *active* in a step, by the commands of that step."""

WATCHES: Final[tuple[tuple[str, Role, str, str | None], ...]] = (
    ("Invoice submit", "buyer", "invoices", "own"),
    ("Invoice submit", "partner", "invoices", None),
    ("Invoice submit", "broker", "invoices", None),
    ("Invoice submit", "admin", "invoices", "all"),
    ("Buyer confirm", "seller", "timeline", "own"),
    ("Buyer confirm", "admin", "timeline", "all"),
    ("Token mint", "admin", "anchors", "all"),
    ("Token mint", "seller", "chain_writes", None),
    ("Lender funds", "seller", "invoices", "own"),
    ("Lender funds", "lender", "marketplace", "all"),
    ("Lender funds", "broker", "marketplace", None),
    ("Cash to seller", "seller", "accounts", "own"),
    ("Cash to seller", "lender", "accounts", "own"),
    ("Cash to seller", "broker", "accounts", "own"),
    ("Cash to seller", "admin", "reconciliations", "all"),
    ("Secondary trade", "lender", "trades", "own"),
    ("Secondary trade", "investor", "trades", "own"),
    ("Secondary trade", "broker", "trades", None),
    ("Secondary trade", "partner", "trades", None),
    ("Secondary trade", "compliance", "trades", "all"),
    ("Settlement", "lender", "accounts", "own"),
    ("Settlement", "investor", "portfolio", "own"),
    ("Settlement", "admin", "reconciliations", "all"),
    ("Token burn", "admin", "anchors", "all"),
    ("Token burn", "partner", "chain_writes", None),
)
"""002, who touches what: who watches, and who sees nothing of a step (None)."""


@pytest.mark.capability("FX14")
@pytest.mark.parametrize("role", EIGHT)
@pytest.mark.parametrize("step", STEPS)
def test_who_touches_what(step: str, role: Role) -> None:
    """Each cell of the seed's table: active, or not let in."""
    actions, active = STEPS[step]
    for action in actions:
        assert (role in rights_of(action)) == (role in active), action


@pytest.mark.capability("FX14")
@pytest.mark.parametrize(("step", "role", "query", "reach"), WATCHES)
def test_who_watches_what(step: str, role: Role, query: str, reach: str | None) -> None:
    """Each watching or empty cell, by the question that shows the step."""
    assert QUERY_ROLES[query].get(role) == reach, step
