"""``/metrics``: who may read it, and what the doors count."""

import asyncio
from collections.abc import Callable

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from application.ports.gate import StoreUnavailable
from domain.kernel.refusal import Refused
from interfaces.inbound.http.app import create_app
from interfaces.inbound.http.authentication import Keyring
from interfaces.inbound.http.calls import Door
from interfaces.inbound.http.feed.questions import FeedQuery, question_of
from interfaces.inbound.http.feed.records import writer
from interfaces.inbound.http.feed.stream import events
from interfaces.inbound.http.observing import Observed
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.scrape import REMEMBERED_SECONDS, Scrapers
from interfaces.telemetry.metrics import REGISTRY
from tests.interfaces.inbound.http.house import House, Visitor

Doors = Callable[[str | None], Visitor]


def test_a_monitor_scrapes_and_sees_nothing_else(house: House, doors: Doors) -> None:
    """The key in a scraper's configuration opens the metrics only."""
    house._enter("prometheus", "monitor")
    monitor = doors("prometheus")
    response = monitor.client.get("/metrics", headers=monitor.headers)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    names = {family.name for family in text_string_to_metric_families(response.text)}
    assert {"tallystick_commands", "tallystick_http_requests"} <= names
    for path in ("/feed", "/api/v1/invoices", "/api/v1/operations/views", "/api/v1/audit"):
        assert monitor.client.get(path, headers=monitor.headers).status_code == 403


def test_nobody_scrapes_without_a_key(doors: Doors) -> None:
    assert doors(None).client.get("/metrics").status_code == 401


@pytest.mark.parametrize("name", ["coppergate", "ingrid"])
def test_other_roles_do_not_scrape(doors: Doors, name: str) -> None:
    visitor = doors(name)
    assert visitor.client.get("/metrics", headers=visitor.headers).status_code == 403


async def test_a_known_scraper_goes_on_while_the_store_is_away(house: House) -> None:
    """An outage is when the metrics are wanted; a key that nobody has seen waits all the same."""
    house._enter("prometheus", "monitor")
    now = [100.0]
    keyring = Keyring(house, 2.0, lambda: now[0])
    scrapers = Scrapers(Door(house.services(), keyring), lambda: now[0])
    await scrapers.demand("Bearer secret-prometheus")
    with pytest.raises(Refused):
        await scrapers.demand("Bearer secret-ingrid")
    house.down = True
    now[0] += 60
    await scrapers.demand("Bearer secret-prometheus")
    with pytest.raises(StoreUnavailable):
        await scrapers.demand("Bearer secret-ingrid")
    with pytest.raises(Problem):
        await scrapers.demand("Bearer ")
    now[0] += REMEMBERED_SECONDS
    with pytest.raises(StoreUnavailable):
        await scrapers.demand("Bearer secret-prometheus")


async def test_a_revoked_scraper_is_forgotten(house: House) -> None:
    house._enter("prometheus", "monitor")
    now = [100.0]
    scrapers = Scrapers(Door(house.services(), Keyring(house, 2.0, lambda: now[0])), lambda: now[0])
    await scrapers.demand("Bearer secret-prometheus")
    house.revoke("prometheus")
    now[0] += 60
    with pytest.raises(Problem):
        await scrapers.demand("Bearer secret-prometheus")
    house.down = True
    with pytest.raises(StoreUnavailable):
        await scrapers.demand("Bearer secret-prometheus")


def count(method: str, route: str, status: str) -> float:
    """Tell how often a route gave an answer."""
    labels = {"method": method, "route": route, "status": status}
    return REGISTRY.get_sample_value("tallystick_http_requests_total", labels) or 0.0


async def test_answers_are_counted_by_template_and_never_by_address(house: House) -> None:
    app = Observed(create_app(house.services()))
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    template = "/api/v1/invoices/{invoice}"
    before = count("GET", template, "404"), count("GET", "unmatched", "404")
    async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
        client.headers["Authorization"] = "Bearer secret-coppergate"
        for name in ("FX-INV-1", "FX-INV-2"):
            assert (await client.get(f"/api/v1/invoices/{name}")).status_code == 404
        await client.get("/nowhere/ann@acme.example")
        await client.request("BREW", "/health/live")
    assert count("GET", template, "404") == before[0] + 2
    assert count("GET", "unmatched", "404") == before[1] + 1
    routes = {
        sample.labels["route"]
        for family in REGISTRY.collect()
        if family.name == "tallystick_http_requests"
        for sample in family.samples
    }
    assert not [route for route in routes if "FX-INV" in route or "@" in route]
    assert REGISTRY.get_sample_value("tallystick_http_request_seconds_count", {"route": template})


async def test_who_follows_the_feed_is_counted_while_it_does(house: House) -> None:
    services = house.services()
    door = Door(services, Keyring(house))
    question = question_of(FeedQuery(), "auditor")
    following = events(door, question, writer("auditor", proof=False), "Bearer secret-olga")

    def clients() -> float:
        return REGISTRY.get_sample_value("tallystick_feed_clients", {"door": "sse"}) or 0.0

    before = clients()
    await anext(following)
    await anext(following)
    assert clients() == before + 1
    await following.aclose()
    assert clients() == before


async def test_a_store_that_is_frozen_counts_as_away(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that takes the question and never answers must not keep the scraper waiting."""
    house._enter("prometheus", "monitor")
    now = [100.0]
    keyring = Keyring(house, 2.0, lambda: now[0])
    scrapers = Scrapers(Door(house.services(), keyring), lambda: now[0], seconds=0.05)
    await scrapers.demand("Bearer secret-prometheus")
    now[0] += 60
    thawed = asyncio.Event()

    async def frozen(_: object) -> list[object]:
        await thawed.wait()
        raise StoreUnavailable

    monkeypatch.setattr(house, "fetch", frozen)
    await scrapers.demand("Bearer secret-prometheus")
    with pytest.raises(StoreUnavailable):
        await scrapers.demand("Bearer secret-ingrid")
    thawed.set()
    await asyncio.sleep(0)
