"""How often an address may ask, where a request comes from, and which pages may ask at all."""

from collections.abc import Callable
from typing import Any

import pytest
from litestar.testing import TestClient

from interfaces.inbound.http.app import create_app
from interfaces.inbound.http.guarding import Guarded
from interfaces.inbound.http.observing import Observed
from interfaces.inbound.http.origins import address_of, networks
from interfaces.inbound.http.services import Limits
from interfaces.inbound.http.throttle import Throttle
from interfaces.telemetry.metrics import HTTP_REQUESTS as REQUESTS
from tests.interfaces.inbound.http.house import House

KEY = {"Authorization": "Bearer secret-pennine"}


def guarded(house: House, **limits: Any) -> TestClient[Any]:
    services = house.services(Limits(**limits))
    return TestClient(Guarded(create_app(services), services))  # type: ignore[type-var]


@pytest.mark.capability("LB1", part="sign-in")
def test_an_address_without_a_key_waits(house: House) -> None:
    with guarded(house, address_rate=2.0) as client:
        told = [client.get("/api/v1/problems") for _ in range(16)]
        assert {each.status_code for each in told[:10]} == {200}
        refused = told[-1]
        assert refused.status_code == 429
        assert refused.json()["code"] == "too_many_requests"
        assert int(refused.headers["Retry-After"]) >= 1
        assert refused.headers["X-Content-Type-Options"] == "nosniff"
        # Neither a balancer nor whoever has a key suffers for it.
        assert client.get("/health/live").status_code == 200
        assert client.get("/api/v1/portfolio", headers=KEY).status_code == 200


def test_guessing_keys_costs_more_than_asking(house: House) -> None:
    with guarded(house, address_rate=2.0) as client:
        guesses = [
            client.get("/api/v1/portfolio", headers={"Authorization": f"Bearer guess-{number}"})
            for number in range(6)
        ]
        assert [each.status_code for each in guesses[:1]] == [401]
        assert guesses[-1].status_code == 429
        # Then not even a right key is looked at from there.
        assert client.get("/api/v1/portfolio", headers=KEY).status_code == 429


@pytest.mark.parametrize(
    ("client", "forwarded", "proxies", "wanted"),
    [
        ("192.0.2.7", "198.51.100.1", "", "192.0.2.7"),
        ("10.0.0.1", "198.51.100.1", "10.0.0.0/8", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1", "10.0.0.0/8", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "10.0.0.0/8", "198.51.100.1"),
        ("192.0.2.7", "198.51.100.1", "10.0.0.0/8", "192.0.2.7"),
        ("10.0.0.1", "", "10.0.0.0/8", "10.0.0.1"),
        ("10.0.0.1", "rubbish", "10.0.0.0/8", "unknown"),
        ("2001:db8:1:2:3::9", "", "", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "", "", "192.0.2.7"),
    ],
)
def test_where_a_request_comes_from(client: str, forwarded: str, proxies: str, wanted: str) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope = {"client": (client, 1), "headers": headers}
    assert address_of(scope, networks(proxies)) == wanted
    assert address_of({"client": None, "headers": []}, ()) == "unknown"


@pytest.mark.parametrize("page", ["https://shop.example", "https://evil.example", "null"])
def test_only_listed_pages_ask_from_elsewhere(house: House, page: str) -> None:
    asked = {"Origin": page, "Access-Control-Request-Method": "POST"}
    with guarded(house, cors_origins=("https://shop.example",)) as client:
        told = client.options("/api/v1/sign-in", headers=asked)
        answer = client.get("/api/v1/problems", headers={"Origin": page})
    for each in (told, answer):
        allowed = each.headers.get("access-control-allow-origin")
        assert (allowed == page) == (page == "https://shop.example")
        assert "access-control-allow-credentials" not in each.headers
    with guarded(house) as client:
        closed = client.get("/api/v1/problems", headers={"Origin": page})
    assert "access-control-allow-origin" not in closed.headers


@pytest.fixture
def clock() -> Callable[[float], float]:
    """Give a clock that is moved by hand."""
    now = [0.0]

    def move(seconds: float = 0.0) -> float:
        now[0] += seconds
        return now[0]

    return move


def test_a_bucket_fills_again(clock: Callable[[float], float]) -> None:
    throttle = Throttle(lambda: clock(0.0), buckets_max=2)
    assert [throttle.take("a", rate=1.0, burst=2.0) for _ in range(3)] == [0.0, 0.0, 1.0]
    clock(0.5)
    assert throttle.take("a", rate=1.0, burst=2.0) == 0.5
    clock(10.0)
    assert [throttle.take("a", rate=1.0, burst=2.0) for _ in range(3)] == [0.0, 0.0, 1.0]
    throttle.charge("a", rate=1.0, burst=2.0, cost=100.0)
    assert throttle.take("a", rate=1.0, burst=2.0) == 3.0
    assert throttle.take("free", rate=0.0, burst=0.0) == 0.0
    for other in ("b", "c"):
        throttle.take(other, rate=1.0, burst=2.0)
    assert throttle.take("a", rate=1.0, burst=2.0) == 0.0


def _counted(status: int) -> float:
    rows = [sample for family in REQUESTS.collect() for sample in family.samples]
    return sum(
        sample.value
        for sample in rows
        if sample.labels.get("status") == str(status) and sample.name.endswith("_total")
    )


@pytest.mark.capability("LB1")
def test_the_gateway_routes_knows_allows_limits_notes_and_counts(house: House) -> None:
    """One way in for everything: each of its duties on one request of its kind."""
    services = house.services(Limits(address_rate=20.0, key_rate=3.0))
    before = {status: _counted(status) for status in (200, 401, 403, 404, 429)}
    with TestClient(Observed(Guarded(create_app(services), services))) as client:  # type: ignore[type-var]
        assert client.get("/api/v1/portfolio", headers=KEY).status_code == 200
        assert client.get("/api/v1/nowhere", headers=KEY).status_code == 404
        assert client.get("/api/v1/chain-writes", headers=KEY).status_code == 403
        wrong = {"login": "nobody@acme.example", "password": "wrong"}
        assert client.post("/api/v1/sign-in", json=wrong).status_code == 401
        told = [client.get("/api/v1/portfolio", headers=KEY).status_code for _ in range(12)]
        assert told[-1] == 429
        office = {"Authorization": "Bearer secret-olga"}
        (line,) = client.get("/api/v1/sign-ins", headers=office).json()["items"]
        assert (line["kind"], line["outcome"]) == ("sign_in", "refused")
    for status, count in before.items():
        assert _counted(status) > count, status
