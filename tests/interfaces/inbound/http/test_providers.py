"""Signing in at a provider of one's own: a real issuer, in a process of its own, that also lies."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest
from litestar.testing import TestClient

from interfaces.inbound.http.access.providers import JOURNEY_COOKIE
from interfaces.inbound.http.app import create_app
from interfaces.outbound.oidc.client import OidcProviders, Provider, read_providers
from tests.interfaces.inbound.http.house import House, Visitor
from tests.interfaces.inbound.http.test_signing import LOGIN, PASSWORD, link_of, outcome, types
from tests.providers import oidc_issuer

BASE = "http://127.0.0.1:8420"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Start an issuer; gives its address."""
    script = Path(oidc_issuer.__file__)
    process = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait()
    process.stdout.close()


@pytest.fixture
def misbehave(issuer: str) -> Iterator[Callable[..., None]]:
    """Order the issuer to do otherwise; it behaves again afterwards."""

    def order(**faults: Any) -> None:
        httpx.post(f"{issuer}/misbehave", content=json.dumps(faults))

    yield order
    order()


@pytest.fixture
def doors(house: House, issuer: str, tmp_path: Path) -> Iterator[Callable[[str | None], Visitor]]:
    """Open the doors of a house that knows the issuer."""
    secret = tmp_path / "secret"
    secret.write_text(oidc_issuer.SECRET + "\n")
    acme = Provider(
        name="acme",
        issuer=issuer,
        client_id=oidc_issuer.CLIENT,
        client_secret_file=str(secret),
    )
    away = Provider(name="away", issuer="http://127.0.0.1:9", client_id="x")
    services = msgspec.structs.replace(
        house.services(), providers=OidcProviders((acme, away), seconds=2.0)
    )
    # A browser over HTTPS: both cookies are for that only.
    with TestClient(
        create_app(services), raise_server_exceptions=False, base_url="https://testserver.local"
    ) as client:
        yield lambda name: Visitor(client, name)


class Browser:
    """A browser with cookies of its own."""

    def __init__(self, doors: Callable[[str | None], Visitor]) -> None:
        self.visitor = doors(None)

    def _cookies(self, told: Any) -> None:
        kept = told.headers["Set-Cookie"].partition(";")[0]
        self.visitor.headers["Cookie"] = kept

    def depart(self, address: str | None = None) -> str:
        """Go to the provider and sign in there; gives the address that it sends us back to."""
        if address is None:
            told = self.visitor.client.get("/auth/oidc/acme", follow_redirects=False)
            assert told.status_code == 302, told.text
            self._cookies(told)
            address = told.headers["Location"]
        back: str = httpx.get(address).headers["Location"]
        assert back.startswith(f"{BASE}/auth/oidc/acme/callback?")
        return back.removeprefix(BASE)

    def arrive(self, back: str) -> Any:
        """Come back."""
        return self.visitor.get(back)

    def sign_in(self) -> Any:
        """Do both."""
        return self.arrive(self.depart())

    def link(self, session: dict[str, Any]) -> Any:
        """Link an identity to the user of a session."""
        self.visitor.headers = {"Authorization": f"Bearer {session['token']}"}
        told = self.visitor.post("/identities/acme/link")
        assert told.status_code == 200, told.text
        self._cookies(told)
        return self.arrive(self.depart(told.json()["address"]))


@pytest.fixture
def session(house: House, doors: Callable[[str | None], Visitor]) -> dict[str, Any]:
    """Register a user and sign in with a password."""
    body = {"subject": "pennine", "login": LOGIN, "roles": ["lender"]}
    user = doors("ada").post("/users", body, key="ann").json()["id"]
    body = {"token": link_of(house, user), "password": PASSWORD}
    assert doors(None).post("/password/set", body).status_code == 200
    told: dict[str, Any] = (
        doors(None).post("/sign-in", {"login": LOGIN, "password": PASSWORD}).json()
    )
    return told


@pytest.mark.capability("LB4", part="sign-in")
def test_who_has_linked_an_identity_signs_in_with_it(
    house: House, doors: Any, session: dict[str, Any], misbehave: Callable[..., None]
) -> None:
    """Linked by (issuer, subject) after signing in on both sides; an address proves nothing."""
    stranger = Browser(doors)
    assert outcome(stranger.sign_in()) == (401, "provider_refused")
    linked = Browser(doors).link(session)
    assert linked.status_code == 200, linked.text
    told = Browser(doors).sign_in()
    assert told.status_code == 200, told.text
    assert (told.json()["user"], told.json()["role"]) == (session["user"], "lender")
    assert "SameSite=Strict" in told.headers["Set-Cookie"]
    assert types(house, session["user"])[-1] == "user.identity_linked"
    # Keys of the provider change; the next token is signed with one that we did not know.
    misbehave(key="rotated")
    assert Browser(doors).sign_in().status_code == 200
    misbehave(sub="bea-at-acme")
    assert outcome(Browser(doors).sign_in()) == (401, "provider_refused")
    misbehave()
    visitor = doors(None)
    visitor.headers = {"Authorization": f"Bearer {told.json()['token']}"}
    assert visitor.post("/identities/acme/unlink").status_code == 200
    assert visitor.post("/identities/acme/unlink").status_code == 404
    assert outcome(Browser(doors).sign_in()) == (401, "provider_refused")
    assert "ann-at-acme" not in repr(house.tale.log[-1].body)


NOW = int(time.time())


FAULTS: tuple[dict[str, Any], ...] = (
    {"claims": {"iss": "https://other.example"}},
    {"claims": {"iss": None}},
    {"claims": {"aud": "another"}},
    {"claims": {"aud": ["tallystick", "another"]}},
    {"claims": {"azp": "another"}},
    {"claims": {"exp": NOW - 120}},
    {"claims": {"exp": None}},
    {"claims": {"iat": NOW - 3_600}},
    {"claims": {"nonce": "another"}},
    {"claims": {"nonce": None}},
    {"claims": {"sub": None}},
    {"claims": {"sub": ""}},
    {"claims": {"sub": 7}},
    {"key": "foreign"},
    {"key": "none"},
    {"status": 400},
)


def test_a_word_that_cannot_be_believed_opens_nothing(
    doors: Any, session: dict[str, Any], misbehave: Callable[..., None]
) -> None:
    assert Browser(doors).link(session).status_code == 200
    for faults in FAULTS:
        misbehave(**faults)
        assert outcome(Browser(doors).sign_in()) == (401, "provider_refused"), faults
    misbehave()
    assert Browser(doors).sign_in().status_code == 200


def test_a_journey_serves_once_in_its_browser(doors: Any, session: dict[str, Any]) -> None:
    browser = Browser(doors)
    assert browser.link(session).status_code == 200
    back = browser.depart()
    other = Browser(doors)
    other.depart()
    assert outcome(other.arrive(back)) == (401, "provider_refused")
    # The state was spent by whoever tried it elsewhere.
    assert outcome(browser.arrive(back)) == (401, "provider_refused")
    again = browser.depart()
    assert browser.arrive(again).status_code == 200
    assert outcome(browser.arrive(again)) == (401, "provider_refused")
    query = parse_qs(urlsplit(browser.depart()).query)
    for forged in (
        f"code={query['code'][0]}&state=guess",
        f"state={query['state'][0]}",
        "",
    ):
        assert outcome(browser.arrive(f"/auth/oidc/acme/callback?{forged}"))[0] == 401
    mixed = browser.depart().replace("iss=http", "iss=https")
    assert outcome(browser.arrive(mixed)) == (401, "provider_refused")


def test_a_provider_that_is_away_or_unknown(
    doors: Any, session: dict[str, Any], misbehave: Callable[..., None]
) -> None:
    visitor = doors(None)
    assert outcome(visitor.get("/auth/oidc/away")) == (503, "provider_away")
    assert outcome(visitor.get("/auth/oidc/nobody")) == (404, "provider_unknown")
    assert outcome(visitor.get("/auth/oidc/acme?role=king")) == (422, "invalid_field")
    browser = Browser(doors)
    assert browser.link(session).status_code == 200
    misbehave(status=503)
    assert outcome(browser.sign_in()) == (503, "provider_away")
    linking = doors("pennine").post("/identities/acme/link")
    assert outcome(linking) == (403, "session_needed")
    assert JOURNEY_COOKIE not in linking.headers.get("Set-Cookie", "")


def test_providers_are_read_strictly(tmp_path: Path) -> None:
    file = tmp_path / "providers.json"
    one = {"name": "a", "issuer": "https://a.example", "client_id": "x"}
    for bad in (
        [one, one],
        [{**one, "issuer": "http://a.example"}],
        [{**one, "client_secret": "in the file"}],
        {},
    ):
        file.write_text(json.dumps(bad))
        with pytest.raises(ValueError, match=r"."):
            read_providers(file)
    file.write_text(json.dumps([one]))
    assert [each.name for each in read_providers(file)] == ["a"]
