"""Sections of a profile: what cannot be true is refused by its field, before it is sealed (LB4)."""

from typing import Any

import msgspec
import pytest

from domain.kernel.refusal import InvalidField
from domain.kernel.sealed import Sealed
from domain.profile import sections
from domain.profile.commands import RecordSection
from domain.profile.sections import refuse_section
from domain.profile.state import PROFILE, record

TODAY = "2026-05-22"
HOME = sections.Address(address="1 Coppergate", city="York", zip_code="YO1 9NR", country="GB")
ANNA = sections.MainInformation(birth_place="York", nationality="GB", dob="1980-02-29")
OWNER = sections.BeneficialOwner(
    name="Anna Kent", dob="1980-02-29", citizenship="GB", share_bps=5_000, address=HOME
)
OWNERS = sections.BeneficialOwners(owners=(OWNER, OWNER))
BOSS = sections.Person(name="Anna Kent", dob="1980-02-29", citizenship="GB", address=HOME)
COMPANY = sections.Company(
    name="Kent Ltd", entity_type="limited", business="tea", source_of_funds="tea"
)


@pytest.mark.capability("LB4", part="sections")
@pytest.mark.parametrize(
    "part", [HOME, ANNA, OWNERS, sections.Management(managers=(BOSS,)), BOSS, COMPANY]
)
def test_what_can_be_true_is_taken(part: sections.Part) -> None:
    assert refuse_section(part, today=TODAY) is None


@pytest.mark.capability("LB4", part="sections")
@pytest.mark.parametrize(
    ("part", "changes", "field"),
    [
        (HOME, {"country": "XX"}, "country"),
        (HOME, {"city": "Yоrk"}, "city"),
        (HOME, {"address": "1\u202ecoppergate"}, "address"),
        (HOME, {"address": "x" * 201}, "address"),
        (ANNA, {"dob": "1981-02-29"}, "dob"),
        (ANNA, {"dob": "2026-05-23"}, "dob"),
        (ANNA, {"dob": "1880-01-01"}, "dob"),
        (ANNA, {"document_expiration": "2026-13-01"}, "document_expiration"),
        (ANNA, {"nationality": "UK"}, "nationality"),
        (COMPANY, {"website": "javascript:alert(1)"}, "website"),
        (COMPANY, {"name": "Kеnt Ltd"}, "name"),
        (BOSS, {"email": "anna"}, "email"),
        (BOSS, {"mobile": "0123"}, "mobile"),
        (BOSS, {"address": msgspec.structs.replace(HOME, country="")}, "address.country"),
    ],
)
def test_what_cannot_be_is_refused_by_field(
    part: sections.Part, changes: dict[str, Any], field: str
) -> None:
    refusal = refuse_section(msgspec.structs.replace(part, **changes), today=TODAY)
    assert isinstance(refusal, InvalidField)
    assert refusal.field == field


@pytest.mark.parametrize(
    ("owners", "field"),
    [
        ((OWNER, OWNER, OWNER), "owners"),
        ((OWNER,) * 21, "owners"),
        ((msgspec.structs.replace(OWNER, share_bps=0),), "owners.share_bps"),
        ((msgspec.structs.replace(OWNER, documents=("passport.png",)),), "owners.documents"),
    ],
)
def test_owners_own_no_more_than_all(
    owners: tuple[sections.BeneficialOwner, ...], field: str
) -> None:
    refusal = refuse_section(sections.BeneficialOwners(owners=owners), today=TODAY)
    assert isinstance(refusal, InvalidField)
    assert refusal.field == field


def test_somebody_directs_an_institution() -> None:
    assert isinstance(refuse_section(sections.Management(managers=()), today=TODAY), InvalidField)


def test_a_person_has_no_company_and_a_repeat_changes_nothing() -> None:
    box = Sealed(sealed="k", nonce="n", box="b")
    command = RecordSection(subject="anna", section="company", box=box)
    assert isinstance(record(PROFILE.empty, command, kind="person"), InvalidField)
    facts = record(PROFILE.empty, command, kind="institution")
    assert isinstance(facts, list)
    assert record(PROFILE.fold(facts), command, kind="institution") == []
