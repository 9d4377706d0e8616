"""Coming in by oneself: codes, uniqueness, and answers that tell nothing (LB4)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from domain.mail.events import MailRequested
from domain.registration import decide
from domain.registration.events import CodeIssued, CodeRefused, ContactVerified
from domain.subject.events import SubjectCreated
from domain.user.events import UserRegistered
from tests.interfaces.inbound.http.house import House, Visitor, opened

Doors = Callable[[str | None], Visitor]

ANNA: dict[str, Any] = {
    "name": "Anna Kent",
    "kind": "person",
    "country": "GB",
    "roles": ["investor"],
    "email": "Anna@kent.example",
    "mobile": "+447700900123",
}


@pytest.fixture
def house() -> House:
    """A house of this test's own, for its clock moves."""
    return House()


@pytest.fixture
def doors(house: House) -> Iterator[Doors]:
    """Let people in."""
    with opened(house) as let_in:
        yield let_in


def facts(house: House, kind: type[Any]) -> list[Any]:
    """List the facts of a kind."""
    return [event.fact for event in house.tale.log if isinstance(event.fact, kind)]


def code_of(house: House, person: str, channel: str) -> str:
    """Read the newest code as the worker does."""
    issued = [fact for fact in facts(house, CodeIssued) if fact.channel == channel][-1]
    return house.codes.code(person, channel, issued.nonce)


@pytest.mark.capability("LB4", part="registration")
def test_somebody_registers_and_proves_address_and_phone(doors: Doors, house: House) -> None:
    stranger = doors(None)
    answer = stranger.post("/registrations", ANNA)
    assert answer.status_code == 202, answer.text
    person = answer.json()["registration"]
    created = facts(house, SubjectCreated)[-1]
    assert created.roles == ("investor",)
    text = b"".join(event.body for event in house.tale.log)
    for secret in (b"Anna", b"kent.example", b"7700900123"):
        assert secret not in text
    sent = [fact.template for fact in facts(house, MailRequested) if fact.recipient == person]
    assert sent == ["email_code", "mobile_code"]
    for channel in ("email", "mobile"):
        code = code_of(house, person, channel)
        assert code.encode() not in text
        shown = {"channel": channel, "code": code}
        proven = stranger.post(f"/registrations/{person}/verify", shown)
        assert (proven.status_code, proven.json()["verified"]) == (200, True), proven.text
    assert [fact.channel for fact in facts(house, ContactVerified)] == ["email", "mobile"]
    assert house.identifiers.holder("email", "anna@kent.example") == person
    user = facts(house, UserRegistered)[-1]
    assert (user.subject, user.roles) == (person, ("investor",))
    assert [fact.template for fact in facts(house, MailRequested)][-1] == "A1"


@pytest.mark.capability("LB4", part="registration")
def test_the_answer_does_not_tell_whether_an_address_is_known(doors: Doors, house: House) -> None:
    """The same answer in form; the owner of the mailbox is told, once a day."""
    stranger = doors(None)
    first = stranger.post("/registrations", ANNA)
    length = len(facts(house, SubjectCreated))
    again = [stranger.post("/registrations", {**ANNA, "name": "Mallory"}) for _ in range(2)]
    new = stranger.post("/registrations", {**ANNA, "email": "new@kent.example", "mobile": None})
    for answer in again:
        assert answer.status_code == first.status_code == new.status_code
        assert set(answer.json()) == set(new.json())
        assert len(answer.json()["registration"]) == len(new.json()["registration"])
        assert set(answer.headers) == set(new.headers)
    assert len(facts(house, SubjectCreated)) == length + 1
    told = [fact for fact in facts(house, MailRequested) if fact.template == "already_registered"]
    assert [fact.recipient for fact in told] == [first.json()["registration"]]
    shown = {"channel": "email", "code": "12345678"}
    wrong = [
        stranger.post(f"/registrations/{person}/verify", shown)
        for person in (again[0].json()["registration"], new.json()["registration"], "u-nobody")
    ]
    assert len({answer.text for answer in wrong}) == 1
    assert wrong[0].json()["code"] == "code_wrong"


def test_a_phone_of_somebody_else_gets_no_code(doors: Doors, house: House) -> None:
    stranger = doors(None)
    stranger.post("/registrations", ANNA)
    answer = stranger.post("/registrations", {**ANNA, "email": "other@kent.example"})
    person = answer.json()["registration"]
    sent = [fact.template for fact in facts(house, MailRequested) if fact.recipient == person]
    assert sent == ["email_code"]
    again = stranger.post(f"/registrations/{person}/codes", {"channel": "mobile"})
    assert again.status_code == 202
    assert len([fact for fact in facts(house, CodeIssued) if fact.channel == "mobile"]) == 1


def test_a_repeated_registration_is_one(doors: Doors, house: House) -> None:
    stranger = doors(None)
    one, two = (stranger.post("/registrations", ANNA, key="mine") for _ in range(2))
    assert one.json() == two.json()
    assert len(facts(house, CodeIssued)) == 2


def test_a_code_is_void_after_five_wrong_ones_and_after_ten_minutes(
    doors: Doors, house: House
) -> None:
    stranger = doors(None)
    house.tale.now = "2026-05-22T10:00:00.000000Z"
    person = stranger.post("/registrations", ANNA).json()["registration"]
    right = code_of(house, person, "email")
    wrong = f"{(int(right) + 1) % 10**8:08d}"
    path = f"/registrations/{person}/verify"
    for _ in range(decide.ATTEMPTS_MAX):
        assert stranger.post(path, {"channel": "email", "code": wrong}).status_code == 422
    assert stranger.post(path, {"channel": "email", "code": right}).status_code == 422
    assert len(facts(house, CodeRefused)) == decide.ATTEMPTS_MAX
    house.tale.now = "2026-05-22T10:10:00.000000Z"
    mobile = {"channel": "mobile", "code": code_of(house, person, "mobile")}
    assert stranger.post(path, mobile).status_code == 422
    stranger.post(f"/registrations/{person}/codes", {"channel": "email"})
    fresh = {"channel": "email", "code": code_of(house, person, "email")}
    assert stranger.post(path, fresh).status_code == 200
    used = stranger.post(path, fresh)
    assert (used.status_code, used.json()["code"]) == (422, "code_wrong")


def test_codes_are_not_sent_too_soon_nor_too_often(doors: Doors, house: House) -> None:
    stranger = doors(None)
    house.tale.now = "2026-05-22T10:00:00.000000Z"
    person = stranger.post("/registrations", ANNA).json()["registration"]
    for minute in (0, 1, 1, 2, 3, 4, 5, 6):
        house.tale.now = f"2026-05-22T10:0{minute}:30.000000Z"
        answer = stranger.post(f"/registrations/{person}/codes", {"channel": "email"})
        assert answer.status_code == 202
    sent = [fact for fact in facts(house, CodeIssued) if fact.channel == "email"]
    assert len(sent) == decide.CODES_MAX


def test_an_address_that_nobody_proves_is_free_again_after_a_day(
    doors: Doors, house: House
) -> None:
    stranger = doors(None)
    house.tale.now = "2026-05-22T10:00:00.000000Z"
    squatter = stranger.post("/registrations", ANNA).json()["registration"]
    house.tale.now = "2026-05-23T10:00:00.000000Z"
    owner = stranger.post("/registrations", ANNA).json()["registration"]
    assert owner != squatter
    assert house.identifiers.holder("email", "anna@kent.example") == owner
    shown = {"channel": "email", "code": code_of(house, squatter, "email")}
    assert stranger.post(f"/registrations/{squatter}/verify", shown).status_code == 422


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "anna@@kent.example"}, "/email"),
        ({"email": "anna@kent"}, "/email"),
        ({"email": "änna@kent.example"}, "/email"),
        ({"email": "anna@" + "k" * 64 + ".example"}, "/email"),
        ({"mobile": "07700900123"}, "/mobile"),
        ({"mobile": "+0700900123"}, "/mobile"),
        ({"name": "Аnna Kent"}, "/name"),
        ({"country": "XX"}, "/country"),
        ({"roles": []}, "/roles"),
        ({"roles": ["admin"]}, "/roles/0"),
    ],
)
def test_what_cannot_be_somebody_is_refused_by_field(
    doors: Doors, house: House, changes: dict[str, Any], field: str
) -> None:
    length = len(house.tale.log)
    answer = doors(None).post("/registrations", {**ANNA, **changes})
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert len(house.tale.log) == length
