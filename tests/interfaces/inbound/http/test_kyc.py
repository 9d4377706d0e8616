"""Applications to be known through the doors: upload, apply, review, decide (CP8)."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from application.ports.documents import DocumentRefused
from domain.kyc.decide import accreditation_of, fatca_of
from domain.kyc.events import KycApproved, KycReviewOpened, KycSubmitted
from domain.mail.events import MailRequested
from domain.subject import commands as subject
from domain.subject.events import KycPassed
from interfaces.outbound.documents.personal import (
    PersonalInspector,
    PersonalLimits,
    inspect_personal,
)
from tests.interfaces.inbound.http.house import House, Visitor
from tools.invoicepdf import DEMO_INVOICE, invoice_pdf

Doors = Callable[[str | None], Visitor]

DETAILS = {
    "full_name": "Nell Newt",
    "birth_date": "1984-02-29",
    "nationality": "GB",
    "document_number": "533401372",
}


def picture(kind: str = "PNG", size: tuple[int, int] = (32, 20)) -> bytes:
    """Make a small picture."""
    kept = io.BytesIO()
    Image.new("RGB", size, (20, 90, 160)).save(kept, kind)
    return kept.getvalue()


def bomb() -> bytes:
    """Make a PNG of a few kilobytes that claims 60,000 by 60,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1_000_000, 9)
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture
def newcomers(house: House) -> House:
    """Let somebody in who is nobody yet, and two who review."""
    for name, role in (("newt", "investor"), ("rhea", "kyc_reviewer"), ("rex", "kyc_reviewer")):
        created = subject.CreateSubject(
            subject=name, name=name.title(), kind="person", country="GB", roles=(role,)
        )
        house.tale.system(created)
        house.issue(name, role)
    return house


def upload(visitor: Visitor, content: bytes, name: str = "scan.png") -> Any:
    """Send a document as a browser does."""
    files = {"document": (name, content, "application/octet-stream")}
    return visitor.client.post("/api/v1/kyc/documents", files=files, headers=visitor.headers)


def apply(visitor: Visitor, *, details: dict[str, str] = DETAILS, kind: str = "passport") -> Any:
    """Upload a passport and apply."""
    digest = upload(visitor, picture()).json()["digest"]
    body = {"details": details, "documents": [{"kind": kind, "digest": digest}]}
    return visitor.post("/kyc/applications", body)


def state(visitor: Visitor, application: str = "newt.1") -> str:
    found: str = visitor.get(f"/api/v1/kyc/applications/{application}").json()["state"]
    return found


@pytest.mark.capability("CP8")
def test_from_nobody_to_known(doors: Doors, newcomers: House) -> None:
    """None -> pending -> in_review -> approved, with all that follows on the subject."""
    newt, rhea = doors("newt"), doors("rhea")
    answer = apply(newt)
    assert (answer.status_code, answer.json()["state"]) == (201, "PENDING")
    queue = rhea.get("/api/v1/kyc/applications?state=PENDING").json()["items"]
    assert [each["application"] for each in queue] == ["newt.1"]
    assert state(rhea) == "PENDING", "reading changes nothing"
    assert rhea.post("/kyc/applications/newt.1/open").json()["state"] == "IN_REVIEW"
    shown = rhea.get("/api/v1/kyc/applications/newt.1").json()
    assert shown["details"]["full_name"] == "Nell Newt"
    answer = rhea.post("/kyc/applications/newt.1/approve", {"notes": "seen in person"})
    assert (answer.status_code, answer.json()["state"]) == (200, "APPROVED")
    known = newcomers.tale.states["subject:newt"]
    assert (known.kyc_level, known.accreditation, known.fatca) == (2, "professional", "clear")
    assert known.state == "KYC_PASSED"
    own = newt.get("/api/v1/subjects/newt").json()
    assert (own["kyc_level"], own["accreditation"], own["fatca"]) == (2, "professional", "clear")
    approved = next(at for at in newcomers.tale.log if isinstance(at.fact, KycApproved))
    assert (approved.fact.reviewer, approved.envelope.actor) == ("rhea", "subject:rhea")
    passed = next(
        at.fact
        for at in reversed(newcomers.tale.log)
        if isinstance(at.fact, KycPassed) and at.stream == "subject:newt"
    )
    assert passed.provenance is not None
    assert (passed.provenance.provider, passed.provenance.reference) == ("manual", "newt.1")
    assert len(passed.provenance.inputs) == 64


@pytest.mark.capability("CP8")
def test_each_reviewer_is_told_once(doors: Doors, newcomers: House) -> None:
    apply(doors("newt"))
    told = [
        at.fact.recipient
        for at in newcomers.tale.log
        if isinstance(at.fact, MailRequested)
        and at.fact.template == "kyc_submitted"
        and at.fact.reference == "newt.1"
    ]
    assert sorted(told) == ["rex", "rhea"]


@pytest.mark.capability("CP8")
def test_no_second_open_application_and_resubmission(doors: Doors, newcomers: House) -> None:
    """Rejected -> (resubmit) -> pending; while one is open there is no other."""
    newt, rhea = doors("newt"), doors("rhea")
    apply(newt)
    again = apply(newt)
    assert (again.status_code, again.json()["code"]) == (409, "kyc_open")
    rhea.post("/kyc/applications/newt.1/open")
    assert apply(newt).json()["code"] == "kyc_open"
    nothing = rhea.post("/kyc/applications/newt.1/reject", {"reason": ""})
    assert nothing.status_code == 422, "a rejection needs a reason"
    answer = rhea.post("/kyc/applications/newt.1/reject", {"reason": "blurred"})
    assert answer.json()["state"] == "REJECTED"
    assert newt.get("/api/v1/kyc/applications/newt.1").json()["reason"] == "blurred"
    assert apply(newt).json()["state"] == "PENDING"
    late = rhea.post("/kyc/applications/newt.1/approve", {})
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")
    assert state(rhea, "newt.2") == "PENDING"


@pytest.mark.capability("CP8")
def test_accreditation_and_fatca_follow_from_level_and_nationality(
    doors: Doors, newcomers: House
) -> None:
    apply(doors("newt"), details={**DETAILS, "nationality": "US"})
    rhea = doors("rhea")
    early = rhea.post("/kyc/applications/newt.1/approve", {"level": 3})
    assert early.json()["code"] == "wrong_state", "somebody must look first"
    rhea.post("/kyc/applications/newt.1/open")
    rhea.post("/kyc/applications/newt.1/approve", {"level": 3})
    known = newcomers.tale.states["subject:newt"]
    assert (known.kyc_level, known.accreditation, known.fatca) == (3, "institutional", "blocked")
    kinds = ["retail", "professional", "institutional", "institutional", "institutional"]
    assert [accreditation_of(level) for level in range(1, 6)] == kinds
    assert {fatca_of(nationality) for nationality in ("GB", "AE")} == {"clear"}
    assert fatca_of("US") == "blocked"


@pytest.mark.capability("CP8")
def test_nothing_personal_is_on_the_log(doors: Doors, newcomers: House) -> None:
    newt, rhea = doors("newt"), doors("rhea")
    apply(newt)
    rhea.post("/kyc/applications/newt.1/open")
    rhea.post("/kyc/applications/newt.1/reject", {"reason": "Nell looks younger"})
    bodies = b"".join(at.body for at in newcomers.tale.log if at.stream == "kyc:newt")
    for secret in (b"Nell", b"1984", b"533401372", b"younger"):
        assert secret not in bodies
    kinds = [type(at.fact) for at in newcomers.tale.log if at.stream == "kyc:newt"]
    assert kinds[:2] == [KycSubmitted, KycReviewOpened]


def test_who_sees_an_application(doors: Doors, newcomers: House) -> None:
    """Its subject, reviewers, compliance and auditors; for all others there is none."""
    apply(doors("newt"))
    path = "/api/v1/kyc/applications/newt.1"
    document = doors("newt").get(path).json()["documents"][0]["digest"]
    seen = {name: doors(name).get(path).status_code for name in ("newt", "rhea", "priya", "olga")}
    assert set(seen.values()) == {200}
    for name in ("pennine", "ada", "ingrid", "bob"):
        assert doors(name).get(path).status_code in {403, 404}, name
        assert doors(name).get(f"{path}/documents/{document}").status_code in {403, 404}, name
    assert doors("pennine").get("/api/v1/kyc/applications").json()["items"] == []
    got = doors("rhea").get(f"{path}/documents/{document}")
    assert (got.status_code, got.headers["content-type"]) == (200, "image/png")
    assert got.content == picture()
    assert got.headers["content-disposition"].startswith("attachment")
    assert doors("rhea").get(f"{path}/documents/{'0' * 64}").status_code == 404


def test_nobody_reviews_themselves(doors: Doors, newcomers: House) -> None:
    rhea = doors("rhea")
    apply(rhea)
    answer = rhea.post("/kyc/applications/rhea.1/open")
    assert (answer.status_code, answer.json()["code"]) == (403, "own_application")
    assert doors("rex").post("/kyc/applications/rhea.1/open").status_code == 200


def test_details_that_cannot_be_are_refused(doors: Doors, newcomers: House) -> None:
    for details, field in (
        ({"birth_date": "1985-02-29"}, "/details/birth_date"),
        ({"document_expires": "2031-13-01"}, "/details/document_expires"),
        ({"nationality": "ZZ"}, "/details/nationality"),
        ({"full_name": "N" * 129}, "/details/full_name"),
        ({"full_name": "Nell\u0000"}, "/details/full_name"),
    ):
        answer = apply(doors("newt"), details={**DETAILS, **details})
        assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_documents_of_others_and_unknown_kinds_are_refused(doors: Doors, newcomers: House) -> None:
    digest = upload(doors("rex"), picture()).json()["digest"]
    body = {"details": DETAILS, "documents": [{"kind": "passport", "digest": digest}]}
    answer = doors("newt").post("/kyc/applications", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "kyc_document_unknown")
    assert apply(doors("newt"), kind="library_card").status_code == 422
    assert doors("newt").post("/kyc/applications", {**body, "documents": []}).status_code == 422


@pytest.mark.capability("CP8")
def test_content_decides_what_a_document_is(doors: Doors, newcomers: House) -> None:
    newt = doors("newt")
    for content, kind in (
        (picture("PNG"), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (invoice_pdf(DEMO_INVOICE), "application/pdf"),
    ):
        answer = upload(newt, content, "whatever.exe")
        assert (answer.status_code, answer.json()["media_type"]) == (201, kind)
        assert answer.json()["size"] == len(content)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04" + b"\0" * 100, "document_kind_unknown"),
        (b"GIF89a" + b"\0" * 100, "document_kind_unknown"),
        (b"", "document_kind_unknown"),
        (b"\x89PNG\r\n\x1a\n" + b"junk" * 50, "document_unreadable"),
        (b"\xff\xd8\xff" + picture("PNG"), "document_unreadable"),
        (picture("JPEG")[:200], "document_unreadable"),
        (bomb(), "document_too_large"),
        (b"%PDF-1.7 nothing", "document_unreadable"),
    ],
)
def test_what_is_no_document_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(DocumentRefused) as refused:
        inspect_personal(content)
    assert refused.value.code == code


def test_what_is_refused_is_a_problem(doors: Doors, newcomers: House) -> None:
    """A false type, an archive, a bomb, and names that are paths."""
    newt = doors("newt")
    for content, code, status in (
        (b"PK\x03\x04" + b"\0" * 100, "document_kind_unknown", 422),
        (bomb(), "document_too_large", 413),
        (picture("JPEG")[:200], "document_unreadable", 422),
    ):
        answer = upload(newt, content)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    for name in ("../../etc/passwd", "a\\b.png", "/abs.png", "x" * 300, ".."):
        assert upload(newt, picture(), name).status_code in {400, 422}


def test_oversize_is_refused_before_it_is_looked_at() -> None:
    with pytest.raises(DocumentRefused) as refused:
        PersonalInspector(PersonalLimits(bytes=10))(picture())
    assert refused.value.code == "document_too_large"


def test_an_upload_is_one_part_of_one_form(doors: Doors, newcomers: House) -> None:
    newt = doors("newt")
    path, headers = "/api/v1/kyc/documents", newt.headers
    plain = newt.client.post(path, content=picture(), headers=headers)
    assert plain.status_code == 415
    other = newt.client.post(path, files={"file": ("a.png", picture())}, headers=headers)
    assert other.json()["code"] == "missing_field"
    torn = {**headers, "Content-Type": "multipart/form-data; boundary=x"}
    assert newt.client.post(path, content=b"--x\r\nnonsense", headers=torn).status_code in {
        400,
        422,
    }
    assert newt.client.post(path, files={"document": ("a.png", picture())}).status_code == 401
