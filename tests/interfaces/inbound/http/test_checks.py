"""Gates through the doors: policy, providers' messages, what people find (FX8)."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest

from domain.check.events import CheckAlerted, CheckPassed
from domain.subject import commands as subject
from domain.subject.events import ScreeningPassed
from interfaces.outbound.checks.complyadvantage import ComplyAdvantageWebhook
from interfaces.outbound.checks.sumsub import SumsubWebhook
from tests.interfaces.inbound.http.house import House, Visitor
from tests.interfaces.inbound.http.test_kyc import DETAILS, apply

Doors = Callable[[str | None], Visitor]

SECRET = b"webhook-secret"
POLICY = {
    "identity": "sumsub",
    "screening": "complyadvantage",
    "high_risk": ["IR"],
    "review_findings": ["pep"],
}


@pytest.fixture
def newt(house: House, doors: Doors) -> Visitor:
    """Let somebody in who has applied, under a policy that asks providers."""
    house.webhooks["sumsub"] = SumsubWebhook(SECRET)
    house.webhooks["complyadvantage"] = ComplyAdvantageWebhook(SECRET, lambda: house.tale.now)
    answer = doors("ada").post("/settings/onboarding", POLICY)
    assert answer.status_code == 200, answer.text
    enter(house, "newt")
    newt = doors("newt")
    assert apply(newt).status_code == 201
    return newt


def enter(house: House, name: str, country: str = "GB") -> None:
    created = subject.CreateSubject(
        subject=name, name=name.title(), kind="person", country=country, roles=("investor",)
    )
    house.tale.system(created)
    house.issue(name, "investor")


def review(
    doors: Doors, answer: str, *, minute: int, reject: str = "FINAL", secret: bytes = SECRET
) -> int:
    """Let Sumsub say something; tells the status of our answer."""
    message = {
        "type": "applicantReviewed",
        "applicantId": "app1",
        "externalUserId": "newt",
        "createdAtMs": f"2026-08-01 10:{minute:02}:00.000",
        "reviewResult": {"reviewAnswer": answer, "reviewRejectType": reject},
    }
    body = json.dumps(message).encode()
    digest = hmac.new(secret, body, hashlib.sha256).hexdigest()
    headers = {"x-payload-digest": digest, "x-payload-digest-alg": "HMAC_SHA256_HEX"}
    status: int = (
        doors(None).client.post("/webhooks/sumsub", content=body, headers=headers).status_code
    )
    return status


def change(doors: Doors, data: dict[str, Any], event: str = "monitored_search_updated") -> int:
    """Let ComplyAdvantage say something."""
    body = json.dumps({"event": event, "data": data}).encode()
    digest = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    headers = {"x-complyadvantage-signature": digest}
    answer = doors(None).client.post("/webhooks/complyadvantage", content=body, headers=headers)
    status: int = answer.status_code
    return status


def standing(house: House, name: str = "newt") -> str:
    state: str = house.tale.states[f"subject:{name}"].state
    return state


def check(house: House, gate: str = "identity") -> str:
    state: str = house.tale.states[f"check:newt/{gate}"].state
    return state


def screened(house: House, outcome: str, *findings: str, minute: int = 5) -> None:
    """Let the worker report what a search found."""
    from tests.projections.onboarding_tale import answer  # noqa: PLC0415

    told = answer("screening", "complyadvantage", outcome, minute=minute, findings=findings)  # type: ignore[arg-type]
    command = type(told)(subject="newt", gate=told.gate, outcome=told.outcome, answer=told.answer)
    house.tale.system(command)


@pytest.mark.capability("FX8")
def test_through_all_gates_with_providers(doors: Doors, house: House, newt: Visitor) -> None:
    """Gate 1 by Sumsub, gate 2 by ComplyAdvantage, no need of gate 3: ACTIVE."""
    assert (standing(house), check(house)) == ("ONBOARDING_SUBMITTED", "ASKED")
    assert review(doors, "GREEN", minute=1) == 204
    assert (standing(house), check(house)) == ("KYC_PASSED", "PASSED")
    assert check(house, "screening") == "ASKED"
    screened(house, "passed")
    assert standing(house) == "ACTIVE"
    passed = next(
        at.fact for at in reversed(house.tale.log) if isinstance(at.fact, ScreeningPassed)
    )
    assert passed.provenance is not None
    assert passed.provenance.provider == "complyadvantage"
    assert passed.provenance.reference == "complyadvantage-1"
    assert passed.provenance.policy == house.tale.states["settings:main"].onboarding.version
    assert len(passed.provenance.inputs) == 64
    known = house.tale.states["kyc:newt"]
    assert known.state == "APPROVED", "a provider stands in for the reviewer"


@pytest.mark.capability("FX8")
@pytest.mark.parametrize("finding", ["pep", None])
def test_the_reporting_officer_looks_where_the_policy_says(
    doors: Doors, house: House, newt: Visitor, finding: str | None
) -> None:
    """Gate 3 for a public office; only compliance is told why, and has the last word."""
    review(doors, "GREEN", minute=1)
    screened(house, "passed", *([finding] if finding else []))
    if finding is None:
        assert standing(house) == "ACTIVE"
        return
    assert (standing(house), check(house, "risk")) == ("MLRO_REVIEW", "FAILED")
    queue = doors("priya").get("/api/v1/checks?state=FAILED&subject=newt").json()["items"]
    assert [(each["gate"], each["findings"]) for each in queue] == [("risk", ["finding:pep"])]
    opened = [at.body for at in house.tale.log if at.stream == "subject:newt"]
    assert b"pep" not in b"".join(opened)
    doors("priya").post("/subjects/newt/gates/risk", {"evidence": "file 12"})
    assert (standing(house), check(house, "risk")) == ("ACTIVE", "PASSED")


@pytest.mark.capability("FX8")
def test_a_failed_check_is_for_the_reporting_officer(
    doors: Doors, house: House, newt: Visitor
) -> None:
    assert review(doors, "RED", minute=1) == 204
    assert (standing(house), check(house)) == ("ONBOARDING_SUBMITTED", "FAILED")
    (item,) = doors("priya").get("/api/v1/checks?state=FAILED&subject=newt").json()["items"]
    assert (item["provider"], item["reference"], item["policy"] >= 1) == ("sumsub", "app1", True)
    declined = doors("priya").post("/subjects/newt/decline")
    assert declined.json()["state"] == "DECLINED"
    assert review(doors, "GREEN", minute=2) == 204
    assert standing(house) == "DECLINED", "an answer that comes later moves nobody"


def test_the_newest_answer_counts_whatever_comes_first(
    doors: Doors, house: House, newt: Visitor
) -> None:
    review(doors, "RED", minute=5, reject="RETRY")
    assert check(house) == "RETURNED"
    review(doors, "GREEN", minute=3)
    assert (standing(house), check(house)) == ("ONBOARDING_SUBMITTED", "RETURNED")
    review(doors, "GREEN", minute=7)
    assert (standing(house), check(house)) == ("KYC_PASSED", "PASSED")


def test_a_message_that_is_sent_again_changes_nothing(
    doors: Doors, house: House, newt: Visitor
) -> None:
    review(doors, "GREEN", minute=1)
    length = len(house.tale.log)
    assert [review(doors, "GREEN", minute=1) for _ in range(3)] == [204] * 3
    assert len(house.tale.log) == length


def test_no_other_signature_is_taken(doors: Doors, house: House, newt: Visitor) -> None:
    length = len(house.tale.log)
    assert review(doors, "GREEN", minute=1, secret=b"guess") == 401
    bare = doors(None).client.post("/webhooks/sumsub", content=b"{}")
    unknown = doors(None).client.post("/webhooks/nobody", content=b"{}")
    assert (bare.status_code, unknown.status_code) == (401, 401)
    assert bare.json() == unknown.json(), "a forger learns nothing"
    assert len(house.tale.log) == length


@pytest.mark.capability("FX8")
def test_a_delta_on_a_list_is_an_alert(doors: Doors, house: House, newt: Visitor) -> None:
    """Gate 4: the provider names its own search, and we know whose that is."""
    review(doors, "GREEN", minute=1)
    screened(house, "passed")
    house.tale.now = "2026-08-02T10:00:00.000000Z"
    assert change(doors, {"search_id": 999, "new": ["E1"]}) == 204, "not one of ours"
    update = {"search_id": "complyadvantage-1", "new": ["E1"]}
    assert change(doors, update) == 401, "a search is a number"
    screened(house, "failed", "sanction", minute=40)
    assert check(house, "screening") == "ALERTED"
    facts = [at.fact for at in house.tale.log if at.stream == "check:newt/screening"]
    assert isinstance(facts[-1], CheckAlerted)
    assert house.tale.states["subject:newt"].frozen, "paused at once"
    answer = doors("newt").post("/kyc/applications", {"details": DETAILS, "documents": []})
    assert "sanction" not in answer.text
    screened(house, "passed", minute=50)
    assert check(house, "screening") == "PASSED"


@pytest.mark.capability("FX8")
def test_by_hand_everything_goes_too(doors: Doors, house: House) -> None:
    """Without a policy people pass every gate, and what they say is kept with the checks."""
    enter(house, "manu")
    assert apply(doors("manu")).status_code == 201
    priya = doors("priya")
    queue = priya.get("/api/v1/checks?state=ASKED&subject=manu").json()["items"]
    assert [(each["gate"], each["provider"]) for each in queue] == [("identity", "manual")]
    for gate in ("kyc", "screening", "risk"):
        answer = priya.post(f"/subjects/manu/gates/{gate}", {"evidence": f"{gate} 12"})
        assert answer.status_code == 200, answer.text
    assert standing(house, "manu") == "RISK_PASSED", "nothing passes by itself"
    assert priya.post("/subjects/manu/activate").json()["state"] == "ACTIVE"
    answers = [
        at.fact.answer.reference
        for at in house.tale.log
        if isinstance(at.fact, CheckPassed) and at.stream.startswith("check:manu/")
    ]
    assert answers == ["kyc 12", "screening 12"]


def test_a_reviewer_hands_over_what_was_found(doors: Doors, house: House) -> None:
    enter(house, "manu")
    apply(doors("manu"))
    priya = doors("priya")
    found = {"reference": "file 7", "findings": ["alias"]}
    assert priya.post("/subjects/manu/checks/identity/fail", found).status_code == 200
    (item,) = priya.get("/api/v1/checks?state=FAILED&subject=manu").json()["items"]
    assert (item["findings"], item["reference"]) == (["alias"], "file 7")
    assert priya.post("/subjects/manu/checks/risk/fail", found).status_code == 404
    closed = priya.post("/subjects/manu/checks/screening/fail", found)
    assert (closed.status_code, closed.json()["code"]) == (404, "not_found")


def test_a_policy_that_makes_no_sense_is_refused(doors: Doors) -> None:
    for changes, field in (
        ({"high_risk": ["ZZ"]}, "/high_risk"),
        ({"high_risk": ["IR", "IR"]}, "/high_risk"),
        ({"review_roles": ["king"]}, "/review_roles/0"),
        ({"identity": "friend"}, "/identity"),
    ):
        answer = doors("ada").post("/settings/onboarding", {**POLICY, **changes})
        assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_only_compliance_sees_checks(doors: Doors, newt: Visitor) -> None:
    seen = {
        name: doors(name).get("/api/v1/checks").status_code
        for name in ("priya", "olga", "ada", "ingrid", "newt", "bob", "pennine")
    }
    assert {name for name, status in seen.items() if status == 200} == {"priya", "olga"}
