"""From the wish to be an issuer to an active business, through the doors (LB4, LB3, CP1)."""

import hashlib
from collections.abc import Callable

import pytest

from domain.apikey.state import IssueApiKey
from domain.kyc.commands import ApproveKyc, OpenKycReview, SubmitKyc
from domain.kyc.events import KycDocument
from domain.kyc.state import application_of
from tests.interfaces.inbound.http.house import House, Visitor
from tests.projections.tale import SEALED

Doors = Callable[[str | None], Visitor]

COMPANY = {
    "business": "copper-hall",
    "company_name": "Copper Hall Ltd",
    "registration_number": "SC123456",
    "country": "GB",
    "industry": "joinery",
    "allocation_bps": 250,
}


def _make_known(house: House) -> None:
    """Lead the seller through an application to be known, as reviewers do."""
    document = KycDocument(kind="passport", digest="0a" * 32, media_type="image/png", size=9)
    submit = SubmitKyc(documents=(document,), details=SEALED, fatca="clear")
    house.tale.send("subject:coppergate", "seller", submit)
    application = application_of("coppergate", 1)
    house.tale.send("subject:priya", "compliance", OpenKycReview(application=application))
    house.tale.send("subject:priya", "compliance", ApproveKyc(application=application))


@pytest.mark.capability("LB4", part="issuer status")
@pytest.mark.capability("LB3", part="issuer requests")
@pytest.mark.capability("CP1", part="doors")
def test_a_seller_becomes_an_issuer_with_an_active_business(doors: Doors, house: House) -> None:
    seller, admin = doors("coppergate"), doors("ada")
    path = "/subjects/coppergate/issuer"
    assert seller.post(path).json()["state"] == "REQUESTED"
    assert seller.post(path).status_code == 409
    listed = admin.get("/api/v1/issuer-requests?state=REQUESTED").json()["items"]
    assert [each["subject"] for each in listed] == ["coppergate"]
    assert doors("northwind").get("/api/v1/issuer-requests").json()["items"] == []
    assert seller.post(f"{path}/approve").status_code == 403
    rejected = admin.post(f"{path}/reject", {"reason": "The company does not trade yet."})
    assert rejected.json()["state"] == "REJECTED"
    told = seller.get("/api/v1/issuer-requests").json()["items"][0]
    assert told["reason"] == "The company does not trade yet."
    assert seller.post(path).status_code == 200
    assert admin.post(f"{path}/approve").json()["state"] == "APPROVED"
    assert "issuer" in seller.get("/api/v1/subjects/coppergate").json()["roles"]
    digest = hashlib.sha256(b"secret-as-issuer").hexdigest()
    key = IssueApiKey(key="issuing", subject="coppergate", role="issuer", digest=digest)
    house.tale.system(key)
    issuer = doors("as-issuer")
    low = issuer.post("/businesses", COMPANY)
    assert (low.status_code, low.json()["code"]) == (403, "kyc_level_too_low")
    _make_known(house)
    assert issuer.post("/businesses", COMPANY).status_code == 201
    assert issuer.get("/api/v1/businesses/copper-hall").json()["state"] == "PENDING"
    assert doors("northwind").get("/api/v1/businesses/copper-hall").status_code in {403, 404}
    approved = admin.post("/businesses/copper-hall/approve")
    assert (approved.status_code, approved.json()["state"]) == (200, "ACTIVE")
    items = issuer.get("/api/v1/businesses?state=ACTIVE").json()["items"]
    assert [each["business"] for each in items] == ["copper-hall"]
