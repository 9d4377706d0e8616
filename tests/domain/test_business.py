"""Businesses of issuers (CP1), and the names that people give."""

from typing import Any

import msgspec
import pytest

from application.dispatch import decide
from application.ports.gate import Request
from domain.business import commands
from domain.business.decide import refuse_maker
from domain.business.refusals import BusinessNotActive, BusinessRegisteredAlready, KycLevelTooLow
from domain.business.state import BUSINESS, Business
from domain.catalogue import aggregate_for
from domain.claim.events import ClaimFreed, ClaimTaken
from domain.kernel.command import Command
from domain.kernel.event import Event
from domain.kernel.refusal import InvalidField, NotFound, NotYours, Refusal, Refused, WrongState
from domain.kernel.roles import Role
from domain.kernel.text import refuse_text
from domain.subject.refusals import RoleMissing, SubjectPaused
from domain.subject.state import Subject

AT = "2026-05-22T10:42:00.000000Z"
ISSUER = Subject(state="ACTIVE", roles=("issuer",), country="GB", kyc_level=2)
COMPANY = commands.RegisterBusiness(
    business="harbour-lights",
    company_name="Harbour Lights Hotels Ltd",
    registration_number="0987-6543",
    country="GB",
    industry="hotels",
    allocation_bps=250,
)


class States(dict[str, Any]):
    """Streams that nobody has written to are empty."""

    def __missing__(self, stream: str) -> object:
        return aggregate_for(stream).empty


class Registry:
    """Streams of one issuer and its businesses, decided by the real dispatch."""

    def __init__(self, issuer: Subject = ISSUER) -> None:
        self.states = States({"subject:iris": issuer})

    def send(self, command: Command, actor: str = "iris", role: Role = "issuer") -> list[Event]:
        """Decide a command and keep what it says."""
        request = Request(command=command, actor=f"subject:{actor}", role=role, key="k")
        draft = decide(request, AT, self.states)
        for stream, _ in draft.facts:
            self.states[stream] = draft.state(stream)
        return [fact for _, fact in draft.facts]

    def refusal(self, command: Command) -> Refusal:
        """Tell why a command is refused."""
        with pytest.raises(Refused) as caught:
            self.send(command)
        return caught.value.refusal


@pytest.mark.capability("CP1")
def test_a_business_is_registered_approved_and_only_then_makes_tokens() -> None:
    registry = Registry()
    assert refuse_maker(Business(), "harbour-lights", owner="iris") == NotFound(
        kind="business", identity="harbour-lights"
    )
    facts = registry.send(COMPANY)
    assert [type(fact).__name__ for fact in facts] == ["BusinessRegistered", "ClaimTaken"]
    pending = registry.states["business:harbour-lights"]
    assert isinstance(pending, Business)
    assert refuse_maker(pending, "harbour-lights", owner="iris") == BusinessNotActive(
        business="harbour-lights", state="PENDING"
    )
    registry.send(commands.ApproveBusiness(business="harbour-lights"), "adam", "admin")
    active = registry.states["business:harbour-lights"]
    assert isinstance(active, Business)
    assert active.state == "ACTIVE"
    assert refuse_maker(active, "harbour-lights", owner="iris") is None
    assert isinstance(refuse_maker(active, "harbour-lights", owner="ida"), NotYours)


@pytest.mark.capability("CP1")
@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"kyc_level": 1}, KycLevelTooLow(subject="iris", level=1, needed=2)),
        ({"roles": ("seller",)}, RoleMissing(subject="iris", role="issuer")),
        ({"state": "FROZEN"}, SubjectPaused(subject="iris")),
    ],
)
def test_only_an_issuer_who_is_known_well_enough_registers(
    changes: dict[str, object], refusal: Refusal
) -> None:
    registry = Registry(msgspec.structs.replace(ISSUER, **changes))
    assert registry.refusal(COMPANY) == refusal


@pytest.mark.capability("CP1")
def test_a_registration_number_is_taken_once_however_it_is_spelled() -> None:
    registry = Registry()
    registry.send(COMPANY)
    other = msgspec.structs.replace(COMPANY, business="other", registration_number="09876543")
    assert registry.refusal(other) == BusinessRegisteredAlready(
        registration_number="09876543", country="GB"
    )
    assert isinstance(registry.refusal(COMPANY), WrongState)


@pytest.mark.capability("CP1")
def test_a_rejected_business_frees_its_number_and_tells_why() -> None:
    registry = Registry()
    registry.send(COMPANY)
    reject = commands.RejectBusiness(business="harbour-lights", reason="unknown number")
    facts = registry.send(reject, "adam", "admin")
    assert any(isinstance(fact, ClaimFreed) for fact in facts)
    again = registry.send(msgspec.structs.replace(COMPANY, business="other"))
    assert any(isinstance(fact, ClaimTaken) for fact in again)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"business": "Harbour Lights"}, "business"),
        ({"company_name": " "}, "company_name"),
        ({"company_name": "Hаrbour Lights"}, "company_name"),
        ({"company_name": "x" * 201}, "company_name"),
        ({"industry": "ho\u202etels"}, "industry"),
        ({"registration_number": "№ 1"}, "registration_number"),
        ({"country": "XX"}, "country"),
        ({"allocation_bps": 10_001}, "allocation_bps"),
    ],
)
def test_what_cannot_be_a_company_is_refused_by_field(
    changes: dict[str, object], field: str
) -> None:
    refusal = Registry().refusal(msgspec.structs.replace(COMPANY, **changes))
    assert isinstance(refusal, InvalidField)
    assert refusal.field == field


@pytest.mark.parametrize(
    "name",
    ["José Núñez", "Łukasz", "Ødegård", "株式会社ABC カタカナ", "김철수 Kim", "Анна", "ʻOkina"],
)
def test_names_of_all_writings_are_taken(name: str) -> None:
    assert refuse_text(name, field="name", limit=50, one_script=True) is None


@pytest.mark.parametrize(
    "name",
    ["", " Ann", "Cоppergate", "Ｗide", "Pа\u200bul", "e\u0301", "tab\there", "\ue000", "x" * 51],
)
def test_names_that_deceive_are_refused(name: str) -> None:
    """Homoglyphs, characters that nobody sees, forms that only look the same, overlong ones."""
    assert isinstance(refuse_text(name, field="name", limit=50, one_script=True), InvalidField)


def test_a_business_is_folded_from_its_facts() -> None:
    with pytest.raises(ValueError, match="never registered"):
        _ = BUSINESS.empty.terms
