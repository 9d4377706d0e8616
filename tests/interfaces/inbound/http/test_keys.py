"""API keys over HTTP: narrowed, ended, rotated and limited."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from domain.kernel.calendar import later
from tests.interfaces.inbound.http.house import House, Visitor
from tests.interfaces.inbound.http.test_signing import outcome

Doors = Callable[[str | None], Visitor]


class TestKeys:
    """API keys: narrowed, ended, rotated, limited; their secret never comes to us."""

    @staticmethod
    def digest(secret: str) -> str:
        return hashlib.sha256(f"secret-{secret}".encode()).hexdigest()

    def issue(self, doors: Doors, name: str, **more: object) -> Any:
        body = {"key": name, "subject": "pennine", "role": "lender", "digest": self.digest(name)}
        return doors("ada").post("/api-keys", {**body, **more})

    @pytest.mark.capability("FX14", part="scopes of keys")
    def test_a_narrow_key_does_what_it_was_issued_for(self, doors: Doors) -> None:
        assert self.issue(doors, "narrow", scopes=["query:trades"]).status_code == 201
        narrow = doors("narrow")
        assert narrow.get("/api/v1/trades").status_code == 200
        assert outcome(narrow.get("/api/v1/portfolio")) == (403, "key_too_narrow")
        fund = {"amount": {"amount": 1, "currency": "GBP"}}
        assert outcome(narrow.post("/invoices/FX-1/fund", fund))[0] in {403, 404, 422}
        rotation = {"successor": "next", "digest": self.digest("next")}
        assert outcome(narrow.post("/api-keys/narrow/rotate", rotation)) == (403, "key_too_narrow")
        assert self.issue(doors, "reader", scopes=["read"]).status_code == 201
        assert doors("reader").get("/api/v1/portfolio").status_code == 200
        for wrong in (["write"], [], ["query:"], ["command:x"]):
            assert self.issue(doors, "bad", scopes=wrong).status_code == 422

    def test_a_key_ends(self, house: House, doors: Doors) -> None:
        ends = later(house.tale.now, 60)
        assert self.issue(doors, "short", expires_at=ends).status_code == 201
        assert doors("short").get("/api/v1/portfolio").status_code == 200
        house.tale.now = ends
        assert self.issue(doors, "late", expires_at=ends).status_code == 422
        assert self.issue(doors, "later", expires_at=later(ends, 1)).status_code == 201
        house.tale.now = later(ends, 1)
        assert outcome(doors("later").get("/api/v1/portfolio")) == (401, "unauthenticated")

    def test_a_key_is_rotated_with_an_overlap(self, house: House, doors: Doors) -> None:
        assert (
            self.issue(doors, "first", scopes=["read", "command:apikey.rotate"]).status_code == 201
        )
        body = {"successor": "second", "digest": self.digest("second"), "overlap_seconds": 60}
        assert outcome(doors("brunel").post("/api-keys/first/rotate", body))[0] == 403
        assert outcome(doors("first").post("/api-keys/nothing/rotate", body))[0] == 404
        assert doors("first").post("/api-keys/first/rotate", body).status_code == 201
        assert outcome(doors("first").post("/api-keys/first/rotate", body))[1] == "key_not_in_force"
        assert doors("second").get("/api/v1/portfolio").status_code == 200
        listed = doors("pennine").get("/api/v1/api-keys").json()["items"]
        by_name = {each["key"]: each for each in listed}
        assert by_name["first"]["successor"] == "second"
        assert by_name["first"]["ends_at"] == later(house.tale.now, 60)
        assert by_name["second"]["scopes"] == by_name["first"]["scopes"]
        assert by_name["second"]["used_at"] == house.tale.now
        assert "digest" not in by_name["second"]

    def test_no_key_gets_more_than_it_has(self, doors: Doors) -> None:
        """Not by issuing a wider one, and not by choosing the secret of another."""
        assert self.issue(doors, "wide").status_code == 201
        scopes = ["read", "command:apikey.rotate"]
        assert self.issue(doors, "small", scopes=scopes).status_code == 201
        body = {"successor": "mine", "digest": self.digest("mine")}
        for other in ("small", "pennine"):
            refused = doors(other).post("/api-keys/wide/rotate", body)
            assert outcome(refused) == (403, "key_too_narrow")
        assert doors("wide").post("/api-keys/wide/rotate", body).status_code == 201
        office = {"key": "office", "subject": "ada", "role": "admin"}
        narrow = {**office, "digest": self.digest("office"), "scopes": ["command:apikey.issue"]}
        assert doors("ada").post("/api-keys", narrow).status_code == 201
        wider = {**office, "key": "more", "digest": self.digest("more")}
        assert outcome(doors("office").post("/api-keys", wider)) == (403, "key_too_narrow")

    def test_a_revoked_key_opens_nothing_at_once(self, doors: Doors) -> None:
        assert self.issue(doors, "gone").status_code == 201
        assert doors("gone").get("/api/v1/portfolio").status_code == 200
        assert doors("ada").post("/api-keys/gone/revoke").status_code == 200
        assert outcome(doors("gone").get("/api/v1/portfolio")) == (401, "unauthenticated")

    def test_a_key_asks_as_often_as_it_may(self, doors: Doors) -> None:
        assert self.issue(doors, "slow", rate_per_second=2).status_code == 201
        told = [doors("slow").get("/api/v1/portfolio") for _ in range(12)]
        refused = [each for each in told if each.status_code == 429]
        assert len(refused) >= 4
        assert outcome(refused[0])[1] == "too_many_requests"
        assert int(refused[0].headers["Retry-After"]) >= 1
        assert doors("pennine").get("/api/v1/portfolio").status_code == 200
