"""How the people of the story come in: documents, applications, reviewers, gates (CP8, FX8)."""

import struct
import zlib
from typing import Final

from tools.story import cast
from tools.story.cast import Persona
from tools.story.client import Api, Json
from tools.story.errors import StoryError

POLICY: Final[Json] = {"review_roles": ["seller"], "high_risk": ["IR", "KP"]}
"""People pass gates 1 and 2; sellers are for the reporting officer, as Coppergate's file was."""

OFFICE: Final = (cast.COMPLIANCE, cast.REVIEWER)
"""Whoever lets others in; they are let in before, and by hand."""


def let_in(keys: dict[str, Api]) -> None:
    """Lead everybody through the gates; raises StoryError."""
    admin, officer = keys["admin"], keys[cast.COMPLIANCE.subject]
    for persona in OFFICE:
        _by_hand(admin, officer, persona)
    admin.post("/settings/onboarding", POLICY, key="onboarding policy")
    others = [persona for persona in cast.CREATED if persona not in OFFICE]
    for persona in others:
        _apply(keys[persona.subject], persona)
    reviewer = keys[cast.REVIEWER.subject]
    for persona in others:
        _review(reviewer, persona)
    for persona in others:
        _await(officer, persona, "KYC_PASSED")
        evidence = {"evidence": f"no list names {persona.subject}"}
        officer.post(
            f"/subjects/{persona.subject}/gates/screening",
            evidence,
            key=f"screening {persona.subject}",
        )
    for persona in others:
        if persona.role == "seller":
            _await(officer, persona, "MLRO_REVIEW")
            evidence = {"evidence": f"file of {persona.subject}"}
            officer.post(
                f"/subjects/{persona.subject}/gates/risk", evidence, key=f"risk {persona.subject}"
            )
        _await(officer, persona, "ACTIVE")


def _by_hand(admin: Api, officer: Api, persona: Persona) -> None:
    subject = f"/subjects/{persona.subject}"
    admin.post(f"{subject}/onboarding", key=f"onboard {persona.subject}")
    for gate in ("kyc", "screening", "risk"):
        evidence = {"evidence": f"{gate} file of {persona.subject}"}
        officer.post(f"{subject}/gates/{gate}", evidence, key=f"{gate} {persona.subject}")
    answer = officer.post(f"{subject}/activate", key=f"activate {persona.subject}")
    if answer["state"] != "ACTIVE":
        message = f"{persona.subject} is {answer['state']}"
        raise StoryError(message)


def _apply(api: Api, persona: Persona) -> None:
    """Hand in a scan of a passport, and apply with it."""
    digest = api.upload_document(scan(persona.subject))
    body: Json = {
        "details": {
            "full_name": f"{persona.person} of {persona.name}",
            "birth_date": "1984-03-09",
            "nationality": "GB",
            "document_number": f"{zlib.crc32(persona.subject.encode()):09d}",
        },
        "documents": [{"kind": "passport", "digest": digest}],
    }
    api.post("/kyc/applications", body, key="apply")


def _review(reviewer: Api, persona: Persona) -> None:
    """Look at an application, open its document, approve."""
    path = f"/kyc/applications/{persona.subject}.1"
    shown = reviewer.until(path, lambda answer: answer.get("state") == "PENDING")
    reviewer.post(f"{path}/open", key=f"open {persona.subject}")
    digest = shown["documents"][0]["digest"]
    if reviewer.raw(f"/api/v1{path}/documents/{digest}") != scan(persona.subject):
        message = f"the passport of {persona.subject} is another one"
        raise StoryError(message)
    reviewer.post(f"{path}/approve", {"level": 2}, key=f"approve {persona.subject}")


def _await(officer: Api, persona: Persona, state: str) -> None:
    path = f"/subjects/{persona.subject}"
    officer.until(path, lambda answer: answer.get("state") == state)


def scan(subject: str) -> bytes:
    """Make a picture of 16 by 16 pixels, as a scanner would: a PNG, another one for everybody."""
    shade = zlib.crc32(subject.encode()) % 256
    rows = b"".join(b"\0" + bytes([(shade + row) % 256] * 16) for row in range(16))
    header = struct.pack(">IIBBBBB", 16, 16, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + check
