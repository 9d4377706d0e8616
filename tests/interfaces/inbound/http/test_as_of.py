"""As of a position or a time, at both doors, over a log and views in Postgres."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import httpx
import msgspec
import psycopg
import pytest
from msgspec import structs

from domain.kernel.event import Recorded
from interfaces.inbound.http.app import create_app
from interfaces.inbound.http.asof import AS_OF_HEADER
from interfaces.inbound.http.graphql import graphql_routes
from interfaces.outbound.postgres.feed import PostgresFeed
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.reader import Reader
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.views import fold_all, prepared
from projections.registry import VIEWS
from tests.application.memory_house import LOG
from tests.interfaces.inbound.http.graphql.hall import QUICK, Hall, told
from tests.projections.tale import TOKEN

pytestmark = pytest.mark.postgres

DEPOSITS = (("2026-05-25T09:00:00.000000Z", 5_000), ("2026-06-03T17:30:00.250000Z", 70_001))
NOW = "2026-06-20T12:00:00.000000Z"
CASH = "account:brunel/cash/GBP"
APPEND = """
INSERT INTO events (position, stream, version, type, command, ordinal, request, body, chain)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


@pytest.fixture(scope="module")
def hall() -> Hall:
    """Tell the story up to the trade, and of two deposits on later days."""
    hall = told()
    for number, (at, amount) in enumerate(DEPOSITS):
        hall.tale.now = at
        hall.tale.receive(f"more-{number}", amount, "DEPOSIT brunel")
    hall.tale.now = NOW
    return hall


@pytest.fixture(scope="module")
def url(module_postgres_url: str, hall: Hall) -> str:
    """Put the story's log into Postgres as it is, and fold all views."""
    migrate(module_postgres_url)
    with psycopg.connect(module_postgres_url) as connection:
        ordinals: dict[str, int] = {}
        for event in hall.tale.log:
            connection.execute(APPEND, _row(event, ordinals))
    session, log = Session(module_postgres_url, "views"), PostgresLog(module_postgres_url, log=LOG)
    runners = prepared(session, log, VIEWS)
    while fold_all(session, log, runners):
        pass
    session.close()
    log.close()
    return module_postgres_url


def _row(event: Recorded, ordinals: dict[str, int]) -> list[object]:
    envelope = event.envelope
    ordinals[envelope.command] = ordinal = ordinals.get(envelope.command, 0) + 1
    name = [event.position, event.stream, envelope.version, envelope.type, envelope.command]
    return [*name, ordinal, b"request" if ordinal == 1 else None, event.body, event.chain]


class Client:
    """Somebody at the doors."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def get(self, path: str, name: str = "olga", **headers: str) -> httpx.Response:
        """Ask REST."""
        key = {"Authorization": f"Bearer secret-{name}"}
        return await self._client.get(path, headers={**key, **headers})

    async def ask(self, question: str, name: str = "olga") -> Any:
        """Ask GraphQL."""
        answer = await self._client.post(
            "/graphql",
            json={"query": question},
            headers={"Authorization": f"Bearer secret-{name}"},
        )
        return answer.json()


@asynccontextmanager
async def opened(url: str, hall: Hall) -> AsyncIterator[Client]:
    """Open the doors over the views in Postgres."""
    async with Reader(url) as reader, PostgresFeed(url, log=LOG) as feed:
        services = structs.replace(hall.services(QUICK), reader=reader, feed=feed)
        app = create_app(services, graphql_routes(services))
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://doors") as client:
            yield Client(client)


def replayed(events: list[Recorded]) -> dict[str, tuple[int, int]]:
    """Tell balance and held of each account after these events, the slow way."""
    found: dict[str, tuple[int, int]] = {}
    for event in events:
        if event.envelope.type == "account.opened":
            found[event.stream] = (0, 0)
        elif event.envelope.type.startswith("account."):
            fact: Any = event.fact
            found[event.stream] = (fact.balance, fact.held)
    return found


@pytest.mark.capability("TD2")
async def test_accounts_are_what_a_replay_up_to_there_says(url: str, hall: Hall) -> None:
    """At every seventh position, at both doors."""
    async with opened(url, hall) as client:
        for position in [*range(0, len(hall.tale.log), 7), len(hall.tale.log)]:
            expected = replayed(hall.tale.log[:position])
            answer = await client.get(f"/api/v1/accounts?limit=200&as_of={position}")
            assert answer.headers[AS_OF_HEADER] == str(position)
            items = answer.json()["items"]
            found = {row["stream"]: (row["balance"], row["held"]) for row in items}
            assert found == expected
            assert all(row["last_position"] <= position for row in items)
            asked = f'{{ accounts(first: 200, asOf: "{position}") {{ asOf edges {{ node {{'
            asked += " account balance { amount } held { amount } } } } }"
            told = (await client.ask(asked))["data"]["accounts"]
            nodes = [edge["node"] for edge in told["edges"]]
            shown = {
                node["account"]: (node["balance"]["amount"], node["held"]["amount"])
                for node in nodes
            }
            assert (told["asOf"], shown) == (position, expected)


@pytest.mark.capability("TD2")
async def test_holders_are_what_the_register_said_then(url: str, hall: Hall) -> None:
    """Before the mint nobody, then the lender, then both; a holder sees its own line."""
    token = {at.envelope.type: at.position for at in hall.tale.log if at.stream == f"token:{TOKEN}"}
    moments = {
        token["token.minted"] - 1: {},
        token["token.minted"]: {"listing": 1_000_000},
        len(hall.tale.log): {"pennine": 800_000, "brunel": 200_000},
    }
    async with opened(url, hall) as client:
        for position, expected in moments.items():
            answer = await client.get(f"/api/v1/tokens/{TOKEN}/holders?as_of={position}")
            items = answer.json()["items"]
            assert {row["holder"]: row["units"] for row in items} == expected
            asked = f'{{ holders(token: "{TOKEN}", asOf: "{position}") {{ asOf edges {{ node {{'
            told = (await client.ask(asked + " holder units } } } }"))["data"]["holders"]
            nodes = [edge["node"] for edge in told["edges"]]
            assert {node["holder"]: node["units"] for node in nodes} == expected
            assert told["asOf"] == position
        own = await client.get(f"/api/v1/tokens/{TOKEN}/holders?as_of={position}", "brunel")
        assert [row["holder"] for row in own.json()["items"]] == ["brunel"]
        asked = f'{{ holders(token: "{TOKEN}") {{ asOf edges {{ node {{ holder }} }} }} }}'
        told = (await client.ask(asked, "pennine"))["data"]["holders"]
        assert told == {"asOf": None, "edges": [{"node": {"holder": "pennine"}}]}


async def test_entries_end_at_the_moment(url: str, hall: Hall) -> None:
    """Nothing that happened later is among them; before its opening there is no account."""
    opening = next(event.position for event in hall.tale.log if event.stream == CASH)
    path = "/api/v1/accounts/brunel/cash/GBP"
    async with opened(url, hall) as client:
        everything = (await client.get(f"{path}/entries?limit=200")).json()["items"]
        for entry in everything:
            then = await client.get(f"{path}/entries?limit=200&as_of={entry['position']}")
            assert then.json()["items"] == everything[everything.index(entry) :]
            account = (await client.get(f"{path}?as_of={entry['position']}")).json()
            assert account["balance"] == entry["balance"]
            asked = f'{{ entries(account: "{CASH}", asOf: "{entry["position"]}", first: 1) {{'
            told = (await client.ask(asked + " asOf edges { node { position } } } }"))["data"]
            [edge] = told["entries"]["edges"]
            assert edge["node"]["position"] == told["entries"]["asOf"] == entry["position"]
        assert (await client.get(f"{path}?as_of={opening}")).json()["balance"] == 0
        for position in (opening - 1, 0):
            assert (await client.get(f"{path}?as_of={position}")).status_code == 404
            assert (await client.get(f"{path}/entries?as_of={position}")).status_code == 404
        assert (await client.get(f"{path}?as_of={opening}", "pennine")).status_code == 404


async def test_a_time_is_the_last_position_by_then(url: str, hall: Hall) -> None:
    """In any spelling of RFC 3339; further pages stay with the position of the first."""
    (first, _), (second, _) = DEPOSITS
    last = max(event.position for event in hall.tale.log if event.at <= first)
    spellings = (
        first,
        "2026-05-25T09:00:00Z",
        "2026-05-25t09:00:00z",
        "2026-05-25T10:00:00%2B01:00",
        "2026-05-25T09:00:00.000000999Z",
        second.replace(".250000", ".249999"),
    )
    async with opened(url, hall) as client:
        for spelling in spellings:
            answer = await client.get(f"/api/v1/accounts?limit=1&as_of={spelling}")
            assert answer.headers[AS_OF_HEADER] == str(last), spelling
            assert f"as_of={last}&" in f"{answer.json()['next']}&"
        before = await client.get("/api/v1/accounts?as_of=1999-12-31T23:59:59Z")
        assert (before.headers[AS_OF_HEADER], before.json()["items"]) == ("0", [])
        answer = await client.get(f"/api/v1/accounts?as_of={NOW}")
        assert answer.headers[AS_OF_HEADER] == str(len(hall.tale.log))
        told = await client.ask(f'{{ accounts(asOf: "{second}") {{ asOf }} }}')
        assert told["data"]["accounts"]["asOf"] == len(hall.tale.log)
        assert AS_OF_HEADER not in (await client.get("/api/v1/accounts")).headers


@pytest.mark.parametrize(
    ("as_of", "code"),
    [
        ("head+1", "as_of_in_future"),
        ("9007199254740991", "as_of_in_future"),
        ("2026-06-20T12:00:00.000001Z", "as_of_in_future"),
        ("9999-12-31T23:59:59-23:59", "invalid_field"),
        ("-1", "invalid_field"),
        ("1.0", "invalid_field"),
        ("9007199254740992", "invalid_field"),
        ("yesterday", "invalid_field"),
        ("2026-06-20", "invalid_field"),
        ("2026-06-20T12:00:00", "invalid_field"),
        ("2026-06-20T12:00:00 01:00", "invalid_field"),
        ("2026-02-30T12:00:00Z", "invalid_field"),
        ("2026-06-20T24:00:01Z", "invalid_field"),
        ("\u0661", "invalid_field"),
    ],
)
async def test_no_moment_or_one_to_come_is_refused(
    url: str, hall: Hall, as_of: str, code: str
) -> None:
    """With the same code at both doors."""
    text = as_of.replace("head+1", str(len(hall.tale.log) + 1))
    async with opened(url, hall) as client:
        for path in ("/accounts", "/accounts/brunel/cash/GBP", f"/tokens/{TOKEN}/holders"):
            answer = await client.get(f"/api/v1{path}?{httpx.QueryParams(as_of=text)}")
            assert (answer.status_code, answer.json()["code"]) == (422, code)
            assert answer.json()["field"] == "/as_of"
        [error] = (await client.ask(f'{{ accounts(asOf: "{text}") {{ asOf }} }}'))["errors"]
        assert (error["extensions"]["code"], error["extensions"]["field"]) == (code, "/asOf")


def _daily(balances: dict[str, int]) -> Fraction:
    """Interest at 4.25 % a year on the balance at the end of each day, in minor units."""
    return sum((Fraction(balance * 425, 10_000 * 365) for balance in balances.values()), Fraction())


@pytest.mark.capability("TD2")
async def test_interest_from_the_feed_alone_is_interest_from_the_past(url: str, hall: Hall) -> None:
    """Nothing but records of the feed is needed to know each day's balance of an account."""
    first = datetime(2026, 5, 18, 23, 59, 59, 999_999, tzinfo=UTC)
    days = [(first + timedelta(days=n)).strftime("%Y-%m-%dT%H:%M:%S.%fZ") for n in range(30)]
    async with opened(url, hall) as client:
        feed = await client.get("/feed", Accept="application/x-ndjson")
        records = [msgspec.json.decode(line) for line in feed.content.splitlines()]
        moves = [
            (record["at"], record["data"]["balance"])
            for record in records
            if record.get("stream") == CASH and "balance" in record["data"]
        ]
        from_feed = {
            day: next((balance for at, balance in reversed(moves) if at <= day), 0) for day in days
        }
        from_past = {}
        for day in days:
            answer = await client.get(f"/api/v1/accounts?owner=brunel&purpose=cash&as_of={day}")
            from_past[day] = sum(row["balance"] for row in answer.json()["items"])
    assert from_feed == from_past
    assert list(dict.fromkeys(from_feed.values())) == [0, 500_000, 300_850, 305_850, 375_851]
    assert _daily(from_feed) == _daily(from_past) > 0
