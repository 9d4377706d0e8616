"""The same questions to the views in memory and to those in Postgres: equal answers."""

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec import structs

from interfaces.inbound.http.authentication import Keyring
from interfaces.inbound.http.calls import Door
from interfaces.inbound.http.graphql.context import Context
from interfaces.inbound.http.graphql.door import Question, carry_out
from interfaces.inbound.http.services import Services
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.reader import Reader
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.viewrunner import ViewRunner
from projections.invoices.queries import invoices_named
from projections.registry import VIEWS
from projections.trades.queries import trades_named
from tests.interfaces.inbound.http.graphql.hall import QUICK, Hall
from tests.projections.tale import INVOICE

QUESTIONS: Mapping[str, str] = {
    "one invoice": '{ invoice(number: "FX-INV-23A4F") { state face { display } reminders } }',
    "invoices": """{ invoices(filter: {state: "LISTED", seller: "coppergate", currency: "GBP",
        buyer: "northwind", dueFrom: "2026-07-01", dueUntil: "2026-07-31"}) {
        edges { cursor node { number state advance { display } } } } }""",
    "funded": '{ invoices(filter: {lender: "pennine"}) { edges { cursor } } }',
    "timeline": """{ timeline(invoice: "FX-INV-23A4F", first: 200) {
        edges { node { position type state actor transaction } } } }""",
    "offers": """{ marketplace(filter: {faceLeast: 1, faceMost: 5000000, dueFrom: "2026-07-01",
        dueUntil: "2026-07-31", discountBpsLeast: 1, discountBpsMost: 500, buyer: "northwind",
        seller: "coppergate", currency: "GBP"}) { edges { cursor node { invoice } } } }""",
    "listings": """{ listings(filter: {state: "SOLD", token: "FXR-INV-23A4F", priceLeast: 1,
        priceMost: 999999, dueFrom: "2026-07-01", dueUntil: "2026-07-31", yieldBpsLeast: 1,
        invoice: "FX-INV-23A4F", seller: "pennine", currency: "GBP"}) {
        edges { cursor node { listing computedYieldBps } } } open: listings {
        edges { cursor } } }""",
    "portfolio": """{ portfolio { cash { account balance { display } }
        holdings { edges { cursor node { token units state face { display } } } } } }""",
    "accounts": '{ accounts(owner: "brunel") { edges { cursor node { available { amount } } } } }',
    "all accounts": "{ accounts(first: 200) { edges { cursor node { balance { amount } } } } }",
    "entries": """{ entries(account: "account:brunel/cash/GBP") {
        edges { cursor node { type amount balance held hold } } } }""",
    "trade": '{ trade(id: "T1") { state answers { question answer } executedAt } }',
    "trades": """{ trades(filter: {state: "TRADE_SETTLED", buyer: "brunel", seller: "pennine",
        token: "FXR-INV-23A4F", listing: "FXR-INV-23A4F-S2-1"}) { edges { cursor } } }""",
    "chain writes": """{ chainWrites(first: 200, filter: {state: "CONFIRMED"}) {
        edges { cursor node { write purpose arguments result gasUsed fee } } } }""",
    "anchors": '{ anchors(state: "CONFIRMED") { edges { cursor } } }',
    "trail": """{ auditTrail(first: 200, filter: {actor: "subject:pennine",
        atFrom: "2026-01-01T00:00:00.000000Z", atUntil: "2027-01-01T00:00:00.000000Z"}) {
        edges { cursor node { at stream version cause } } } }""",
    "viewer": "{ viewer { name kind country roles active wallet identity } }",
}


async def answered(services: Services, name: str, question: str) -> dict[str, Any]:
    """Ask as somebody."""
    context = Context(Door(services, Keyring(services.reader)), f"Bearer secret-{name}")
    await context.identify()
    result = await carry_out(Question(query=question), context)
    assert not result.errors, result.errors
    assert result.data is not None
    return result.data


@pytest.fixture(scope="module")
def folded_url(module_postgres_url: str, hall: Hall) -> str:
    """Fold the story into Postgres."""
    migrate(module_postgres_url)
    session = Session(module_postgres_url, "views")
    try:
        for view in VIEWS:
            runner = ViewRunner(view, session)
            runner.prepare()
            runner.fold(hall.tale.log)
    finally:
        session.close()
    return module_postgres_url


@pytest.mark.postgres
@pytest.mark.parametrize("name", ["olga", "pennine", "brunel"])
async def test_postgres_answers_what_memory_answers(folded_url: str, hall: Hall, name: str) -> None:
    """Every question with all its filters, and each page through its cursor."""
    memory = hall.services(QUICK)
    async with Reader(folded_url) as reader:
        services = structs.replace(memory, reader=reader)
        for title, question in QUESTIONS.items():
            if name != "olga" and title in {"chain writes", "trail"}:
                continue
            expected = await answered(memory, name, question)
            if name == "olga" and title not in {"anchors", "portfolio"}:
                found = str(next(iter(expected.values())))
                assert "'edges': []" not in found, title
            assert await answered(services, name, question) == expected, title


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("auditTrail", ""),
        ("accounts", ""),
        ("invoices", ""),
        ("chainWrites", ""),
        ("timeline", 'invoice: "FX-INV-23A4F", '),
        ("entries", 'account: "account:pennine/cash/GBP", '),
    ],
)
async def test_pages_follow_each_other(
    folded_url: str, hall: Hall, field: str, arguments: str
) -> None:
    """Two at a time they are the whole list, without a gap and without a repeat."""
    async with Reader(folded_url) as reader:
        services = structs.replace(hall.services(QUICK), reader=reader)

        async def page(first: int, after: str | None) -> Any:
            behind = f', after: "{after}"' if after else ""
            asked = f"{{ {field}({arguments}first: {first}{behind}) {{"
            asked += " edges { cursor } pageInfo { hasNextPage endCursor } } }"
            return (await answered(services, "olga", asked))[field]

        whole = [edge["cursor"] for edge in (await page(20, None))["edges"]]
        found: list[str] = []
        more, after = True, None
        while more and len(found) < len(whole):
            part = await page(2, after)
            found += [edge["cursor"] for edge in part["edges"]]
            more, after = part["pageInfo"]["hasNextPage"], part["pageInfo"]["endCursor"]
        assert whole
        assert found[: len(whole)] == whole


@pytest.mark.postgres
async def test_things_of_a_subscription_are_fetched_together(folded_url: str) -> None:
    """By any number of names, in one query."""
    async with Reader(folded_url) as reader:
        invoices = await reader.fetch(invoices_named(["FX-INV-NEXT", INVOICE, "FX-NONE"]))
        assert [row.number for row in invoices] == [INVOICE, "FX-INV-NEXT"]
        assert [row.trade for row in await reader.fetch(trades_named(["T1", "T2"]))] == ["T1"]
        assert await reader.fetch(trades_named([])) == []
