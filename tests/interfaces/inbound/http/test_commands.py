"""Commands through the door: what is written, what is answered, what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.subject.events import SubjectCreated
from tests.interfaces.inbound.http.house import House, Links, Vault, Visitor
from tests.projections.tale import INVOICE

Doors = Callable[[str | None], Visitor]

SUBMISSION: dict[str, Any] = {
    "number": INVOICE,
    "buyer": "northwind",
    "face": {"amount": 1_000_000, "currency": "GBP"},
    "issued": "2026-05-20",
    "due": "2026-07-21",
    "document": "ab" * 32,
}
PERSON: dict[str, Any] = {
    "subject": "newcomer",
    "name": "Newcomer Ltd",
    "kind": "institution",
    "country": "GB",
    "roles": ["seller"],
    "email": "desk@newcomer.example",
}


@pytest.fixture(autouse=True)
def _story(house: House) -> None:
    house.tale.now = "2026-05-22T10:42:00.000000Z"


@pytest.mark.capability("FX1")
def test_submission_is_answered_with_its_state_and_position(doors: Doors, house: House) -> None:
    """A created thing answers 201 with id, state and the last position written."""
    answer = doors("coppergate").post("/invoices", SUBMISSION)
    assert answer.status_code == 201
    told = answer.json()
    assert told["id"] == INVOICE
    assert told["state"] == "SUBMITTED"
    assert answer.headers["Tallystick-Position"] == str(told["position"])
    written = house.tale.log[told["position"] - 1]
    assert written.envelope.actor == "subject:coppergate"
    assert written.envelope.command == told["command"]


def test_repeat_is_replayed_without_a_second_effect(doors: Doors, house: House) -> None:
    """The same key and request answer the same, marked as replayed."""
    seller = doors("coppergate")
    first = seller.post("/invoices", SUBMISSION, key="one")
    length = len(house.tale.log)
    second = seller.post("/invoices", SUBMISSION, key="one")
    assert (second.status_code, second.json()) == (201, first.json())
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(house.tale.log) == length


def test_key_of_another_request_is_refused(doors: Doors) -> None:
    """A reused key answers 422."""
    seller = doors("coppergate")
    seller.post("/invoices", SUBMISSION, key="one")
    other = seller.post("/invoices", {**SUBMISSION, "number": "FX-INV-OTHER"}, key="one")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_email_is_sealed_before_dispatch(doors: Doors, house: House) -> None:
    """The log holds a box, never the address; the box is bound to its place."""
    answer = doors("ada").post("/subjects", PERSON)
    assert answer.status_code == 201, answer.text
    event = house.tale.log[answer.json()["position"] - 1]
    assert isinstance(event.fact, SubjectCreated)
    assert b"newcomer.example" not in event.body
    assert event.fact.email is not None
    opened = Vault().open(event.fact.email, event.stream, "subject.created", "/email")
    assert opened == "desk@newcomer.example"


def test_a_persons_name_and_account_are_sealed_and_opened_for_few(
    doors: Doors, house: House
) -> None:
    """The log holds boxes; the person and who works its file read what is in them."""
    person = {**PERSON, "name": "Nell Comer", "kind": "person", "bank_account": "04-00-04 1"}
    answer = doors("ada").post("/subjects", person)
    assert answer.status_code == 201, answer.text
    event = house.tale.log[answer.json()["position"] - 1]
    assert b"Comer" not in event.body
    assert b"04-00-04" not in event.body
    house.issue("newcomer", "seller")
    for reader in ("newcomer", "ada", "priya"):
        told = doors(reader).get("/api/v1/subjects/newcomer").json()
        assert (told["name"], told["bank_account"]) == ("Nell Comer", "04-00-04 1")
    told = doors("olga").get("/api/v1/subjects/newcomer").json()
    assert (told["name"], told["bank_account"]) == (None, None)


@pytest.mark.parametrize("name", ["Nеll Comer", " Nell", "Ne\u200bll"])
def test_a_name_that_deceives_is_refused_before_it_is_sealed(
    doors: Doors, house: House, name: str
) -> None:
    answer = doors("ada").post("/subjects", {**PERSON, "name": name, "kind": "person"})
    assert (answer.status_code, answer.json()["field"]) == (422, "/name")
    assert house.vault.sealed == 0


@pytest.mark.capability("LB4", part="uniqueness")
def test_an_address_belongs_to_one_subject(doors: Doors, house: House) -> None:
    """However it is written."""
    admin = doors("ada")
    assert admin.post("/subjects", PERSON, key="one").status_code == 201
    assert admin.post("/subjects", PERSON, key="one").status_code == 201
    other = {**PERSON, "subject": "second", "email": "DESK@newcomer.example"}
    taken = admin.post("/subjects", other)
    assert (taken.status_code, taken.json()["code"]) == (409, "email_taken")
    listed = admin.get("/api/v1/subjects?kind=institution").json()["items"]
    assert {"newcomer", "coppergate"} <= {each["subject"] for each in listed}
    own = doors("coppergate").get("/api/v1/subjects").json()["items"]
    assert [each["subject"] for each in own] == ["coppergate"]


def test_nothing_is_sealed_for_those_who_may_not(doors: Doors, house: House) -> None:
    """A refused role makes no key in the vault."""
    answer = doors("coppergate").post("/subjects", PERSON)
    assert (answer.status_code, answer.json()["code"]) == (403, "role_forbidden")
    assert house.vault.sealed == 0
    assert doors("ada").post("/subjects", PERSON).status_code == 201
    assert house.vault.sealed == 1


@pytest.mark.capability("FX8")
def test_subject_passes_all_gates(doors: Doors, house: House) -> None:
    """From creation to a bound wallet, by admin and compliance."""
    admin, compliance = doors("ada"), doors("priya")
    admin.post("/subjects", PERSON)
    evidence = {"evidence": "case 1"}
    steps: list[tuple[Visitor, str, object, str]] = [
        (admin, "onboarding", None, "ONBOARDING_SUBMITTED"),
        (compliance, "gates/kyc", evidence, "KYC_PASSED"),
        (compliance, "gates/screening", evidence, "SCREENING_PASSED"),
        (compliance, "gates/mlro", {"reason": "large"}, "MLRO_REVIEW"),
        (compliance, "gates/risk", evidence, "RISK_PASSED"),
        (compliance, "activate", None, "ACTIVE"),
    ]
    for visitor, path, body, state in steps:
        answer = visitor.post(f"/subjects/newcomer/{path}", body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["state"] == state
    bound = admin.post("/subjects/newcomer/wallet", {"address": "0x" + "42" * 20})
    assert bound.status_code == 200
    assert bound.json()["id"] == "newcomer"
    compliance.post("/subjects/newcomer/freeze")
    refused = compliance.post("/subjects/newcomer/unfreeze")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_person_needed")
    assert compliance.post("/subjects/newcomer/decline").json()["state"] == "DECLINED"


def test_whole_story_through_the_door(doors: Doors, house: House) -> None:
    """Submission, confirmation, funding, lots, listing and trade, each by its own key."""
    doors("coppergate").post("/invoices", SUBMISSION)
    house.tale.verify(INVOICE)
    token = Links().token(house.tale.link(INVOICE), "")
    confirmed = doors("northwind").post(f"/invoices/{INVOICE}/confirm", {"token": token})
    assert confirmed.json()["state"] == "CONFIRMED", confirmed.text
    lender = doors("pennine")
    funded = lender.post(f"/invoices/{INVOICE}/fund", {"discount_bps": 240})
    assert funded.json()["state"] == "FUNDED", funded.text
    sliced = lender.post("/tokens/FXR-INV-23A4F/slices", {"slices": 5})
    assert sliced.json()["id"] == "FXR-INV-23A4F", sliced.text
    offer = {
        "token": "FXR-INV-23A4F",
        "slice": 2,
        "price": {"amount": 199_150, "currency": "GBP"},
        "quoted_yield_bps": 242,
    }
    listed = lender.post("/listings", offer)
    assert listed.status_code == 201, listed.text
    listing = listed.json()["id"]
    assert listing == "FXR-INV-23A4F-S2-1"
    answers = {"details_unchanged": True, "sanctions_on_directors": False, "risk_understood": True}
    investor = doors("brunel")
    check = investor.post("/trades", {"trade": "T1", "listing": listing, "answers": answers})
    assert (check.status_code, check.json()["id"]) == (201, "T1"), check.text
    executed = investor.post("/trades/T1/execute")
    assert executed.status_code == 200, executed.text
    assert house.tale.states["trade:T1"].state == "TRADE_SETTLED"
    offer["slice"] = 3
    other = lender.post("/listings", offer).json()["id"]
    assert lender.post(f"/listings/{other}/withdraw").json()["state"] == "WITHDRAWN"


def test_dispute_needs_the_link_and_a_reason(doors: Doors, house: House) -> None:
    """A guessed link is refused with 403; the genuine one works."""
    doors("coppergate").post("/invoices", SUBMISSION)
    house.tale.verify(INVOICE)
    buyer = doors("northwind")
    body = {"token": "guessed", "reason": "not ordered"}
    refused = buyer.post(f"/invoices/{INVOICE}/dispute", body)
    assert (refused.status_code, refused.json()["code"]) == (403, "link_unknown")
    body["token"] = Links().token(house.tale.link(INVOICE), "")
    assert buyer.post(f"/invoices/{INVOICE}/dispute", body).json()["state"] == "DISPUTED"
    again = buyer.post(f"/invoices/{INVOICE}/confirm", {"token": body["token"]})
    assert (again.status_code, again.json()["code"]) == (409, "link_already_used")


def test_terms_and_holidays(doors: Doors) -> None:
    """An admin publishes days, never terms alone; the same again changes nothing and answers."""
    admin = doors("ada")
    terms = {
        "discount_bps": 300,
        "fee_bps": 100,
        "face_cap": {"amount": 5_000_000, "currency": "GBP"},
        "confirmation_business_days": 5,
    }
    alone = admin.post("/settings/terms", terms)
    assert (alone.status_code, alone.json()["code"]) == (403, "second_person_needed")
    days = {"calendar": "england", "days": ["2026-05-25", "2026-08-31"]}
    first = admin.post("/settings/holidays", days)
    assert (first.status_code, first.json()["id"]) == (200, "main")
    assert admin.post("/settings/holidays", days).status_code == 200
    assert doors("coppergate").post("/settings/terms", terms).status_code == 403


def test_pdf_upload(doors: Doors, house: House) -> None:
    """A PDF is kept under its digest, by sellers only; anything else is refused."""
    seller = doors("coppergate")

    def upload(who: Visitor, content: bytes, kind: str = "application/pdf") -> Any:
        return who.client.post(
            "/api/v1/documents", content=content, headers={**who.headers, "Content-Type": kind}
        )

    stored = upload(seller, b"%PDF-1.7 hello")
    assert stored.status_code == 201
    assert house.documents[stored.json()["digest"]] == b"%PDF-1.7 hello"
    for content, code in (
        (b"", "not_a_pdf"),
        (b"GIF89a", "not_a_pdf"),
        (b"%PDF-1.7 /Encrypt", "document_encrypted"),
    ):
        refused = upload(seller, content)
        assert refused.status_code == 422
        assert (refused.json()["code"], refused.json()["field"]) == (code, "document")
    assert upload(seller, b"%PDF-1.7", "text/plain").status_code == 415
    assert upload(doors("northwind"), b"%PDF-1.7").status_code == 403
    large = upload(seller, b"%PDF-1.7" + b"x" * 30_000_000)
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
