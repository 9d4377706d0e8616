"""Profiles through the doors: sealed on the log, read by few (LB4)."""

from collections.abc import Callable

import pytest

from tests.interfaces.inbound.http.house import House, Visitor

Doors = Callable[[str | None], Visitor]

SITE = {"address": "7 Copper Mews", "city": "York", "country": "GB"}
OWNERS = {
    "owners": [
        {
            "name": "Hidden Owner",
            "dob": "1970-01-01",
            "citizenship": "FR",
            "share_bps": 10_000,
            "address": SITE,
        }
    ]
}


@pytest.mark.capability("LB4", part="profiles")
def test_a_section_is_sealed_and_read_by_few(doors: Doors, house: House) -> None:
    seller = doors("coppergate")
    assert seller.post("/subjects/coppergate/profile/address", SITE).status_code == 200
    path = "/subjects/coppergate/profile/beneficial-owners"
    assert seller.post(path, OWNERS).status_code == 200
    text = b"".join(event.body for event in house.tale.log)
    assert b"Hidden Owner" not in text
    assert b"Copper Mews" not in text
    for reader in ("coppergate", "ada", "priya"):
        told = doors(reader).get("/api/v1/subjects/coppergate/profile").json()["items"]
        assert [each["section"] for each in told] == ["address", "beneficial_owners"]
        assert told[1]["content"]["owners"][0]["name"] == "Hidden Owner"
    for other in ("northwind", "olga"):
        answer = doors(other).get("/api/v1/subjects/coppergate/profile")
        assert answer.status_code == 404


def test_a_section_is_told_by_its_subject_or_an_admin(doors: Doors, house: House) -> None:
    path = "/subjects/coppergate/profile/address"
    sealed = house.vault.sealed
    assert doors("northwind").post(path, SITE).status_code in {403, 404}
    assert doors("olga").post(path, SITE).status_code == 403
    assert house.vault.sealed == sealed
    assert doors("ada").post(path, {**SITE, "city": "Leeds"}).status_code == 200


def test_what_cannot_be_true_is_refused_and_not_sealed(doors: Doors, house: House) -> None:
    seller, sealed = doors("coppergate"), house.vault.sealed
    answer = seller.post("/subjects/coppergate/profile/address", {**SITE, "country": "XX"})
    assert (answer.status_code, answer.json()["field"]) == (422, "/country")
    answer = seller.post("/subjects/coppergate/profile/address", {**SITE, "planet": "Earth"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_field")
    person = {"birth_place": "York", "nationality": "GB", "dob": "1980-02-29"}
    assert house.vault.sealed == sealed
    answer = seller.post("/subjects/coppergate/profile/main-information", person)
    assert (answer.status_code, answer.json()["field"]) == (422, "/section")
