"""All that is held on a subject: for itself and compliance, and nothing that would tip it off."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from domain.subject import commands
from domain.subject.events import SubjectCreated
from tests.interfaces.inbound.http.house import House, Visitor, opened

SECRET = ("case", "frozen", "legal_hold", "mlro", "screening_hit", "ca-delta", "claim-17")
WHY = {"kind": "screening", "reference": "ca-delta-7", "reason": "consolidated list"}


@pytest.fixture
def house() -> House:
    """A house with somebody in it whose name is sealed."""
    house = House()
    place = ("subject:mina", SubjectCreated.TYPE)
    house.tale.system(
        commands.CreateSubject(
            subject="mina",
            name=house.vault.seal("mina", *place, "/name", "Mina Threadgold"),
            kind="person",
            country="GB",
            roles=("investor",),
            email=house.vault.seal("mina", *place, "/email", "mina@threadgold.example"),
        )
    )
    house.issue("mina", "investor")
    return house


@pytest.fixture
def doors(house: House) -> Iterator[Any]:
    """The doors of that house."""
    with opened(house) as enter:
        yield enter


def export(visitor: Visitor, subject: str = "mina") -> dict[str, Any]:
    """Fetch an export and read it."""
    answer = visitor.get(f"/api/v1/subjects/{subject}/export")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        told: dict[str, Any] = msgspec.json.decode(archive.read("export.json"))
    return told


def test_a_subject_gets_everything_about_itself_opened(doors: Any) -> None:
    """Events with their boxes opened, and what the views hold."""
    told = export(doors("mina"))
    created = told["streams"]["subject:mina"][0]
    assert created["data"]["name"] == "Mina Threadgold"
    assert created["data"]["email"] == "mina@threadgold.example"
    assert set(created) == {"type", "at", "data"}
    assert told["api_keys"][0]["key"] == "key-mina"
    assert "digest" not in told["api_keys"][0]
    assert "cases" not in told


@pytest.mark.parametrize("who", ["pennine", "ada", "olga", "bob", "ingrid"])
def test_nobody_else_gets_it(doors: Any, who: str) -> None:
    """To everybody but compliance it is as if nobody were there."""
    answer = doors(who).get("/api/v1/subjects/mina/export")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_nobody_gets_what_is_not_there(doors: Any) -> None:
    """Compliance neither."""
    assert doors("priya").get("/api/v1/subjects/nobody/export").status_code == 404
    assert doors(None).get("/api/v1/subjects/mina/export").status_code == 401


def test_an_export_tips_nobody_off(house: House, doors: Any) -> None:
    """Paused, under a report and held: the subject's own words are those of before."""
    house.tale.system(
        commands.SubmitOnboarding(subject="mina"),
        commands.PassKyc(subject="mina", evidence="e"),
        commands.PassScreening(subject="mina", evidence="e"),
        commands.PassRisk(subject="mina", evidence="e"),
        commands.ActivateSubject(subject="mina"),
    )
    subject, compliance = doors("mina"), doors("priya")
    before = export(subject, "mina")
    assert compliance.post("/subjects/mina/freeze", WHY).status_code == 200
    hold = {"hold": "claim-17", "reason": "claim of a lender"}
    assert compliance.post("/subjects/mina/legal-holds", hold).status_code == 201
    after = export(subject, "mina")
    assert after["streams"]["subject:mina"] == before["streams"]["subject:mina"]
    text = msgspec.json.encode(after).decode()
    assert not [word for word in SECRET if word in text]
    told = export(compliance, "mina")
    assert told["cases"][0]["reference"] == "ca-delta-7"
    assert told["legal_holds"][0]["hold"] == "claim-17"
    assert "claim of a lender" in msgspec.json.encode(told).decode()
    assert "consolidated list" in msgspec.json.encode(told).decode()


def test_holds_are_compliance_s_alone(doors: Any) -> None:
    """Placed, read with their words, lifted; nobody else knows the door."""
    compliance = doors("priya")
    hold = {"hold": "claim-17", "reason": "claim of a lender"}
    assert compliance.post("/subjects/mina/legal-holds", hold).status_code == 201
    end = {"reason": "settled"}
    lifted = compliance.post("/subjects/mina/legal-holds/claim-17/lift", end)
    assert lifted.status_code == 200
    row = compliance.get("/api/v1/legal-holds?subject=mina").json()["items"][0]
    assert (row["reason"], row["lifting"]) == ("claim of a lender", "settled")
    for who in ("mina", "ada", "olga"):
        visitor = doors(who)
        assert visitor.get("/api/v1/legal-holds").status_code == 403
        assert visitor.post("/subjects/mina/legal-holds", hold).status_code == 403


def test_a_subject_closes_itself_and_is_forgotten_in_the_views(house: House, doors: Any) -> None:
    """What stood sealed says so; whoever looks learns nothing else."""
    assert doors("brunel").post("/subjects/brunel/close").json()["state"] == "CLOSED"
    house.tale.system(
        commands.CloseSubject(subject="mina"),
        commands.EraseSubject(subject="mina"),
        commands.RecordErased(subject="mina"),
    )
    shown = doors("priya").get("/api/v1/subjects/mina").json()
    assert (shown["state"], shown["name"], shown["bank_account"]) == ("ERASED", "erased", None)
