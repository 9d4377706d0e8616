"""Operations on tokens through the doors: what admins do, read, and are refused with a code."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from domain.invoice import commands as invoice
from tests.interfaces.inbound.http.house import House, Visitor
from tests.projections.tale import INVOICE, TOKEN

Doors = Callable[[str | None], Visitor]
WHY = "order 7 of 2026-05-22"
LINE = {"subject": "pennine", "units": 5}
CHECKSUMMED = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


@pytest.fixture(autouse=True)
def _sold(house: House) -> None:
    """Let pennine buy the token of the story's invoice."""
    tale = house.tale
    tale.now = "2026-05-22T10:42:00.000000Z"
    tale.submit(INVOICE)
    tale.verify(INVOICE)
    tale.act("northwind", invoice.ConfirmInvoice(invoice=INVOICE, link=tale.link(INVOICE)))
    tale.act("pennine", invoice.FundInvoice(invoice=INVOICE, discount_bps=240))
    assert not tale.refused


KEYS = count()


def post(doors: Doors, path: str, who: str = "ada", token: str = TOKEN, **body: object) -> Any:
    """Send an operation with a reason, under a key of its own."""
    content = {"reason": WHY, **body}
    return doors(who).post(f"/tokens/{token}/{path}", content, key=f"operation {next(KEYS)}")


def test_an_admin_pauses_and_everybody_sees_it(doors: Doors, house: House) -> None:
    answer = post(doors, "pause")
    assert (answer.status_code, answer.json()["id"]) == (200, TOKEN)
    house.tale.run()
    read = doors("pennine").get(f"/api/v1/tokens/{TOKEN}").json()
    assert (read["paused"], read["supply"], read["state"]) == (True, 1_000_000, "MINTED")
    assert read["rulebook"]["topics"] == [1, 2]
    operations = doors("ada").get(f"/api/v1/tokens/{TOKEN}/operations").json()["items"]
    assert [(each["kind"], each["state"], each["reason"]) for each in operations] == [
        ("pause", "DONE", WHY)
    ]
    listed = doors("pennine").get("/api/v1/tokens?paused=true").json()["items"]
    assert [each["token"] for each in listed] == [TOKEN]
    assert doors("pennine").get("/api/v1/tokens?paused=false").json()["items"] == []


def test_what_is_frozen_is_shown_beside_the_holder(doors: Doors, house: House) -> None:
    for path, body in (("freeze", {"subjects": ["pennine"]}), ("freeze-units", {"lines": [LINE]})):
        assert post(doors, path, **body).status_code == 200
        house.tale.run()
    (holder,) = doors("ada").get(f"/api/v1/tokens/{TOKEN}/holders").json()["items"]
    assert (holder["holder"], holder["frozen"], holder["frozen_units"]) == ("pennine", True, 5)


def test_a_refusal_of_the_chain_is_shown_under_our_code(doors: Doors, house: House) -> None:
    house.tale.refuse = "burn_units/"
    assert post(doors, "burn", lines=[LINE]).status_code == 200
    house.tale.run()
    (shown,) = doors("ada").get(f"/api/v1/tokens/{TOKEN}/operations?state=FAILED").json()["items"]
    assert (shown["code"], shown["refusal"]) == ("chain_refused", "the chain said no")
    assert shown["open_writes"] == []


BAD: tuple[tuple[str, dict[str, Any], int, str], ...] = (
    ("freeze", {"subjects": ["nobody"]}, 404, "holder_not_registered"),
    ("freeze", {"subjects": []}, 422, "invalid_field"),
    ("freeze", {"subjects": ["PENNINE"]}, 422, "invalid_field"),
    ("freeze", {"subjects": ["pennine"], "chunk": 0}, 422, "invalid_field"),
    ("freeze", {"subjects": [f"s-{n}" for n in range(201)]}, 422, "batch_too_long"),
    ("burn", {"lines": [{"subject": "pennine", "units": 0}]}, 422, "units_zero"),
    ("burn", {"lines": [{"subject": "pennine", "units": -5}]}, 422, "units_zero"),
    ("burn", {"lines": [{"subject": "pennine", "units": 1.5}]}, 422, "wrong_type"),
    ("burn", {"lines": [{"subject": "pennine", "units": 10**9}]}, 409, "units_insufficient"),
    ("burn", {"lines": [LINE], "extra": 1}, 422, "unknown_field"),
    ("mint", {"lines": [LINE]}, 409, "supply_above_terms"),
    ("unfreeze", {"subjects": ["pennine"]}, 409, "wallet_not_frozen"),
    ("unfreeze-units", {"lines": [LINE]}, 409, "frozen_units_insufficient"),
    ("resume", {}, 409, "token_not_paused"),
    ("recover", {"subject": "pennine"}, 409, "nothing_to_recover"),
    ("holders", {"subjects": ["nobody"]}, 404, "not_found"),
)


def test_bad_input_is_a_problem_with_its_code_and_nothing_is_written(
    doors: Doors, house: House
) -> None:
    before = len(house.tale.log)
    for path, body, status, code in BAD:
        answer = post(doors, path, **body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (path, body)
        assert answer.headers["content-type"].startswith("application/problem+json")
    assert len(house.tale.log) == before


def test_numbers_explain_a_refusal(doors: Doors) -> None:
    problem = post(doors, "burn", lines=[{"subject": "pennine", "units": 1_000_001}]).json()
    assert problem["numbers"] == {
        "token": TOKEN,
        "holder": "pennine",
        "balance": 1_000_000,
        "frozen": 0,
        "needed": 1_000_001,
    }


def test_an_unknown_token(doors: Doors) -> None:
    for path in ("pause", "freeze"):
        body = {"subjects": ["pennine"]} if path == "freeze" else {}
        answer = post(doors, path, token="FXR-NONE", **body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert doors("ada").get("/api/v1/tokens/FXR-NONE").status_code == 404
    assert doors("ada").get("/api/v1/tokens/FXR-NONE/operations").status_code == 404


def test_only_admins_have_something_done(doors: Doors) -> None:
    for who in ("priya", "pennine", "olga"):
        answer = post(doors, "pause", who=who)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_forbidden")
    assert doors("pennine").get(f"/api/v1/tokens/{TOKEN}/operations").status_code == 403


BAD_ADDRESSES = (
    (CHECKSUMMED.replace("C8", "c8"), "address_checksum_wrong"),
    (CHECKSUMMED[:-1], "invalid_field"),
    ("0x" + "0" * 40, "address_malformed"),
    (CHECKSUMMED[2:], "invalid_field"),
)


@pytest.mark.parametrize("path", ["wallet", "wallet/replace"])
def test_a_bad_address_is_a_problem(doors: Doors, path: str) -> None:
    admin = doors("ada")
    for address, code in BAD_ADDRESSES:
        body = {"address": address} | ({"reason": "lost"} if path != "wallet" else {})
        answer = admin.post(f"/subjects/brunel/{path}", body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert answer.json()["field"] == "/address"


@pytest.mark.parametrize("spelled", [CHECKSUMMED, CHECKSUMMED.lower()])
def test_a_new_wallet_is_taken_however_it_is_spelled(
    doors: Doors, house: House, spelled: str
) -> None:
    body = {"address": spelled, "reason": "key lost"}
    assert doors("ada").post("/subjects/brunel/wallet/replace", body).status_code == 200
    house.tale.run()
    assert doors("ada").get("/api/v1/subjects/brunel").json()["wallet"] == spelled


def test_claims_are_shown_to_the_back_office_only(doors: Doors, house: House) -> None:
    told = {"investor_class": "professional", "evidence": "case 2"}
    assert doors("priya").post("/subjects/brunel/class", told).status_code == 200
    house.tale.run()
    shown = doors("ada").get("/api/v1/subjects/brunel").json()
    assert {topic: claim["state"] for topic, claim in shown["claims"].items()} == {
        "kyc": "ADDED",
        "country": "ADDED",
        "investor_class": "ADDED",
    }
    assert shown["investor_class"] == "professional"
    assert "claims" not in doors("brunel").get("/api/v1/subjects/brunel").json()


def test_rules_are_published_and_nonsense_is_refused(doors: Doors) -> None:
    rules = {"topics": [1, 2], "country_rule": "allow", "countries": ["GB"], "holder_cap": 50}
    assert doors("ada").post("/settings/rulebook", rules).status_code == 200
    for change in ({"topics": [9]}, {"countries": []}, {"countries": ["XX"]}):
        answer = doors("ada").post("/settings/rulebook", {**rules, **change}, key=str(change))
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")
    assert doors("priya").post("/settings/rulebook", rules).status_code == 403
