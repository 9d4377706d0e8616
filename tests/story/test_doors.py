"""The doors over the told story: feed, reads, GraphQL, who sees what, what is refused."""

import json
from collections.abc import Iterator
from hashlib import sha256

import httpx
import pytest

from tests.story.conftest import Told
from tools.story import cast
from tools.story.cast import Persona
from tools.story.client import Api, ApiProblem, Json

pytestmark = [pytest.mark.postgres, pytest.mark.chain, pytest.mark.slow]


@pytest.fixture
def head(told: Told, auditor: Api) -> Iterator[int]:
    """Demand that the test leaves the log as it was."""

    def position() -> int:
        return int(
            json.loads(auditor.raw("/feed?order=desc&limit=1"))["_embedded"]["meta"]["latest"][
                "position"
            ]
        )

    before = position()
    yield before
    assert position() == before


@pytest.mark.capability("TD1")
def test_the_feed_is_one_sequence_in_both_directions(told: Told) -> None:
    reader = told.stage.api(cast.COMPLIANCE)
    forward: list[Json] = []
    url = "/feed?limit=100"
    while True:
        page = json.loads(reader.raw(url))
        records = page["_embedded"]["records"]
        if not records:
            break
        forward.extend(records)
        url = page["_links"]["next"]["href"]
    positions = [each["position"] for each in forward]
    assert positions == list(range(1, len(forward) + 1))
    backward = json.loads(reader.raw("/feed?order=desc&limit=1000"))["_embedded"]["records"]
    assert [each["position"] for each in backward] == positions[::-1]
    assert all(each["id"] == each["chain"] for each in forward)
    assert all(json.loads(each["body"])["data"] == each["data"] for each in forward)
    assert {change["effect"] for each in forward for change in each["changes"]} >= {
        "created",
        "updated",
    }


@pytest.mark.capability("TD1")
def test_the_feed_alone_rebuilds_every_account(told: Told, auditor: Api) -> None:
    state: dict[tuple[str, str], Json] = {}
    for record in told.records:
        for change in record["changes"]:
            key = (change["entry"], change["key"])
            if change["effect"] == "removed":
                state.pop(key)
            else:
                state[key] = change["value"]
    for account in auditor.get("/accounts", limit=200)["items"]:
        name = account["stream"].removeprefix("account:")
        found = state.get(("account", account["stream"])) or state[("account", name)]
        assert (found["balance"], found["held"]) == (account["balance"], account["held"])


def test_types_and_stream_narrow_the_feed(auditor: Api) -> None:
    types = json.loads(auditor.raw("/feed?types=trade.settled,trade.executed"))
    assert [each["type"] for each in types["_embedded"]["records"]] == [
        "trade.executed",
        "trade.settled",
    ]
    stream = json.loads(auditor.raw(f"/feed?stream=trade:{cast.TRADE}"))
    assert len(stream["_embedded"]["records"]) == 3


def test_a_seller_sees_hashes_in_the_place_of_what_is_not_for_sellers(told: Told) -> None:
    lines = told.stage.api(cast.COPPERGATE).raw("/feed", Accept="application/x-ndjson")
    redacted = 0
    for line, record in zip(lines.splitlines(), told.records, strict=False):
        seen = json.loads(line)
        assert seen["chain"] == record["chain"]
        if "body" not in seen:
            redacted += 1
            assert set(seen) == {"position", "body_hash", "chain"}
            assert seen["body_hash"] == sha256(record["body"].encode()).hexdigest()
            assert '"salt":' in record["body"]
    assert redacted > 100


def test_a_stream_of_events_goes_on_where_it_was_left(told: Told) -> None:
    key = told.stage.api(cast.AUDITOR)
    headers = {"Authorization": key._http.headers["Authorization"], "Last-Event-ID": "440"}
    with (
        httpx.Client(base_url=told.stage.url, trust_env=False, timeout=20.0) as client,
        client.stream("GET", "/feed/stream", headers=headers) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        for line in response.iter_lines():
            if line.startswith("id:"):
                assert line.split(":", 1)[1].strip() == "441"
                break


SHUT: dict[str, tuple[str, ...]] = {
    "broker": ("/invoices", "/trades"),
    "partner": ("/invoices", "/trades", "/accounts"),
}
"""Questions that a broker and a partner may not even ask (002)."""


@pytest.mark.parametrize("persona", cast.EIGHT, ids=lambda persona: persona.subject)
@pytest.mark.capability("FX14", part="personas")
def test_each_persona_sees_only_what_is_its_own(told: Told, persona: Persona) -> None:
    api = told.stage.api(persona)
    back_office = persona.role in {"admin", "compliance"}
    part = persona.subject in {"coppergate", "northwind", "pennine"}
    deals = persona.subject in {"pennine", "brunel"}
    shut = SHUT.get(persona.role, ())
    for path in shut:
        with pytest.raises(ApiProblem) as barred:
            api.get(path)
        assert barred.value.code == "role_forbidden"
    if not shut:
        owners = {each["owner"] for each in api.get("/accounts", limit=200)["items"]}
        assert back_office or owners <= {persona.subject}
        invoices = [each["number"] for each in api.get("/invoices")["items"]]
        assert invoices == ([cast.INVOICE] if part or back_office else [])
        trades = [each["trade"] for each in api.get("/trades")["items"]]
        assert trades == ([cast.TRADE] if deals or back_office else [])
    if not back_office:
        with pytest.raises(ApiProblem) as refused:
            api.get("/audit")
        assert refused.value.status == 403
    if not part and not back_office:
        with pytest.raises(ApiProblem) as hidden:
            api.get(f"/invoices/{cast.INVOICE}")
        assert hidden.value.status == (403 if shut else 404)


@pytest.mark.parametrize("persona", [cast.BROKER, cast.PARTNER], ids=lambda each: each.subject)
def test_broker_and_partner_only_read(told: Told, persona: Persona, head: int) -> None:
    api = told.stage.api(persona)
    commands: list[tuple[str, Json]] = [
        ("/invoices", INVOICE),
        (f"/invoices/{cast.INVOICE}/fund", {"discount_bps": 240}),
        (f"/tokens/{cast.TOKEN}/slices", {"slices": 5}),
        (f"/trades/{cast.TRADE}/execute", {}),
    ]
    for path, body in commands:
        with pytest.raises(ApiProblem) as refused:
            api.post(path, body, key=f"{persona.subject} {path}")
        assert (refused.value.status, refused.value.code) == (403, "role_forbidden")


INVOICE: Json = {
    "number": "FX-INV-OTHER",
    "buyer": "northwind",
    "face": {"amount": 500_000, "currency": "GBP"},
    "issued": "2026-07-20",
    "due": "2026-09-30",
    "document": "ab" * 32,
}


def _face(amount: float, currency: str = "GBP") -> Json:
    return {**INVOICE, "face": {"amount": amount, "currency": currency}}


BAD: dict[str, tuple[Json, str, str]] = {
    "unknown field": ({**INVOICE, "colour": "red"}, "unknown_field", "/colour"),
    "wrong type": ({**INVOICE, "number": 7}, "wrong_type", "/number"),
    "missing field": ({**INVOICE, "due": None}, "wrong_type", "/due"),
    "negative": (_face(-1), "invalid_field", "/face/amount"),
    "fraction": (_face(1.5), "wrong_type", "/face/amount"),
    "whole float": (_face(10.0), "wrong_type", "/face/amount"),
    "too large": (_face(2**53), "invalid_field", "/face/amount"),
    "unknown currency": (_face(1, "ZZZ"), "invalid_field", "/face/currency"),
    "due in the past": ({**INVOICE, "due": "2026-07-01"}, "due_date_in_the_past", "/due"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_a_problem_with_its_code_and_field(told: Told, case: str, head: int) -> None:
    body, code, field = BAD[case]
    with pytest.raises(ApiProblem) as refused:
        told.stage.api(cast.COPPERGATE).post("/invoices", body, key=f"bad {case}")
    problem = refused.value.problem
    assert refused.value.status in {400, 422}
    assert problem["code"] == code, problem
    assert problem["field"].replace(".", "/").lstrip("/") == field.lstrip("/")
    assert problem["type"].endswith(code)
    assert problem["title"]
    assert problem["detail"]


def test_documents_that_are_too_large_or_none_are_refused(told: Told, head: int) -> None:
    seller = told.stage.api(cast.COPPERGATE)
    with pytest.raises(ApiProblem) as large:
        seller.upload(b"%PDF-1.7\n" + b"0" * (30 * 2**20), key="30 MB")
    assert large.value.status == 413
    with pytest.raises(ApiProblem) as none:
        seller.upload(b"GIF89a not a pdf", key="a gif")
    assert (none.value.status, none.value.problem["field"].lstrip("/")) == (422, "document")


def test_a_body_over_the_limit_is_refused(told: Told, head: int) -> None:
    with pytest.raises(ApiProblem) as refused:
        told.stage.api(cast.COPPERGATE).post(
            "/invoices", {**INVOICE, "number": "X" * 70_000}, key="long"
        )
    assert refused.value.status == 413


def test_what_the_state_forbids_is_refused_with_its_name(told: Told, head: int) -> None:
    with pytest.raises(ApiProblem) as refused:
        told.stage.api(cast.PENNINE).post(
            f"/invoices/{cast.INVOICE}/fund", {"discount_bps": 240}, key="fund it twice"
        )
    assert (refused.value.status, refused.value.code) == (409, "wrong_state")
    assert "SETTLED" in refused.value.problem["detail"]


def test_an_invoice_is_financed_once(told: Told, head: int) -> None:
    document = told.of("invoice.submitted")[0]["data"]["document"]
    spelled = {**INVOICE, "number": "FX-INV.23A4F"}
    copied = {**INVOICE, "document": document}
    for body in (spelled, copied):
        with pytest.raises(ApiProblem) as refused:
            told.stage.api(cast.COPPERGATE).post("/invoices", body, key=f"again {body['number']}")
        assert (refused.value.status, refused.value.code) == (409, "invoice_already_submitted")


def test_somebody_elses_listing_or_trade_is_not_mine_to_end(told: Told, head: int) -> None:
    listing = told.of("listing.opened")[0]["stream"].removeprefix("listing:")
    with pytest.raises(ApiProblem) as refused:
        told.stage.api(cast.BRUNEL).post(f"/listings/{listing}/withdraw", {}, key="not mine")
    assert refused.value.status in {403, 404, 409}
    assert refused.value.code in {"not_yours", "not_found"}


def test_without_a_key_nothing_is_told(told: Told, head: int) -> None:
    with httpx.Client(base_url=told.stage.url, trust_env=False) as client:
        for path in ("/api/v1/invoices", "/feed", "/api/v1/accounts"):
            answer = client.get(path)
            assert answer.status_code == 401
            assert "WWW-Authenticate" in answer.headers
            assert answer.headers["content-type"].startswith("application/problem+json")


def test_the_same_key_is_answered_again_and_another_request_is_refused(told: Told) -> None:
    admin = told.stage.api(cast.ADMIN)
    days: Json = {"calendar": "scotland", "days": ["2026-08-03"]}
    first = admin.post("/settings/holidays", days, key="new days")
    again = admin._http.post(
        "/api/v1/settings/holidays", json=days, headers={"Idempotency-Key": "new days"}
    )
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["position"] == first["position"]
    with pytest.raises(ApiProblem) as refused:
        admin.post("/settings/holidays", {**days, "days": []}, key="new days")
    assert (refused.value.status, refused.value.code) == (422, "idempotency_key_reused")


def test_graphql_answers_the_portals(told: Told) -> None:
    lender = told.stage.api(cast.PENNINE)
    answer = lender.graphql(
        """query Q($number: String!) {
             viewer { subject role }
             invoice(number: $number) { number state face { amount currency display } }
             timeline(invoice: $number, first: 200) { edges { node { position type state } } }
             trades { edges { node { trade state } } pageInfo { hasNextPage } }
             accounts { edges { node { account } } }
             proof(position: 1)
           }""",
        number=cast.INVOICE,
    )
    assert answer["viewer"] == {"subject": "pennine", "role": "lender"}
    assert answer["invoice"]["state"] == "SETTLED"
    assert answer["invoice"]["face"]["display"] == "10,000.00 GBP"
    states = [edge["node"]["type"] for edge in answer["timeline"]["edges"]]
    assert states[0] == "invoice.submitted"
    assert "invoice.settled" in states
    assert answer["trades"]["edges"][0]["node"]["state"] == "TRADE_SETTLED"
    assert answer["proof"]["position"] == 1
    stranger = told.stage.api(cast.BRUNEL).graphql(
        "query Q($number: String!) { invoice(number: $number) { number } }", number=cast.INVOICE
    )
    assert stranger["invoice"] is None


def test_the_pages_need_no_other_host(told: Told) -> None:
    with httpx.Client(base_url=told.stage.url, trust_env=False) as client:
        for path in ("/docs", "/graphql"):
            page = client.get(path, headers={"Accept": "text/html"})
            assert page.status_code == 200
            assert "https://" not in page.text
            assert "default-src 'none'" in page.headers["Content-Security-Policy"] or (
                "'self'" in page.headers["Content-Security-Policy"]
            )
        document = client.get("/openapi.json").json()
        assert document["openapi"].startswith("3.1")
