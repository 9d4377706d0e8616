"""Facts about a subject that end: what is claimed of them lapses when their time comes."""

import pytest

from domain.compliance.rulebook import COUNTRY, INVESTOR_CLASS, KYC
from domain.kernel.calendar import later
from domain.subject import commands, events
from domain.subject.state import Subject
from tests.application.telling import Telling

END = "2026-06-01T00:00:00.000000Z"
BEFORE = "2026-05-31T23:59:59.999999Z"
FAR = "2027-06-01T00:00:00.000000Z"


def renew(valid_until: str | None) -> commands.RenewKyc:
    return commands.RenewKyc(subject="brunel", evidence="passport 2", valid_until=valid_until)


@pytest.fixture
def house() -> Telling:
    """Open a house in which brunel's identity is known until the end of May."""
    told = Telling()
    told.open()
    told.act("priya", renew(END))
    return told


def brunel(house: Telling) -> Subject:
    state: Subject = house.states["subject:brunel"]
    return state


def topics(house: Telling) -> list[int]:
    return sorted(claim.topic for claim in brunel(house).claims.values())


def lapse(house: Telling) -> int:
    """Let the clock's worker look; tell how many facts that gave."""
    before = len(house.log)
    house.system(commands.LapseFacts(subject="brunel"))
    return len(house.log) - before


def test_a_claim_lapses_with_its_fact_and_not_before(house: Telling) -> None:
    """Where somebody lives is known from who somebody is: both claims are revoked."""
    house.now = BEFORE
    assert lapse(house) == 0
    assert topics(house) == [KYC, COUNTRY]
    house.now = END
    assert lapse(house) > 0
    assert house.facts(events.FactLapsed) == [events.FactLapsed(fact="kyc", valid_until=END)]
    lapsed = house.facts(events.ClaimLapsed)
    assert sorted(claim.topic for claim in lapsed) == [KYC, COUNTRY]
    assert len(house.facts(events.ClaimRevoked)) == 2
    assert topics(house) == []
    assert lapse(house) == 0


def test_renewed_in_time_it_stands_until_the_new_end(house: Telling) -> None:
    claims = dict(brunel(house).claims)
    house.act("priya", renew(FAR))
    house.now = END
    assert lapse(house) == 0
    assert brunel(house).claims == claims
    house.now = FAR
    assert lapse(house) > 0


def test_renewed_afterwards_it_is_claimed_under_new_numbers(house: Telling) -> None:
    """A claim that was revoked is never valid again."""
    old = set(brunel(house).claims)
    house.now = END
    lapse(house)
    house.act("priya", renew(None))
    assert topics(house) == [KYC, COUNTRY]
    assert not old & brunel(house).claims.keys()
    house.now = FAR
    assert lapse(house) == 0


def test_whatever_is_decided_first_lets_lapse_what_is_over(house: Telling) -> None:
    """A worker that was away changes nothing: an unfrozen subject gets no claim of old facts."""
    house.act("priya", commands.FreezeSubject(subject="brunel"))
    house.now = later(END, 7 * 86_400)
    house.system(commands.UnfreezeSubject(subject="brunel"))
    assert topics(house) == []
    assert len(house.facts(events.FactLapsed)) == 1
    assert lapse(house) == 0


def test_a_class_of_investors_ends_by_itself(house: Telling) -> None:
    def classify(until: str | None) -> commands.ClassifySubject:
        return commands.ClassifySubject(
            subject="brunel", investor_class="professional", evidence="file", valid_until=until
        )

    house.act("priya", renew(None), classify(END), classify(END))
    assert len(house.facts(events.SubjectClassified)) == 1
    house.now = END
    lapse(house)
    assert topics(house) == [KYC, COUNTRY]
    house.act("priya", classify(None))
    assert topics(house) == [KYC, COUNTRY, INVESTOR_CLASS]


def test_an_end_from_the_first_gate_on() -> None:
    house = Telling()
    house.open()
    entered = commands.CreateSubject(
        subject="tyne", name="Tyne", kind="person", country="GB", roles=()
    )
    passed = commands.PassKyc(subject="tyne", evidence="passport", valid_until=END)
    house.system(entered, commands.SubmitOnboarding(subject="tyne"), passed)
    house.now = END
    house.system(commands.LapseFacts(subject="tyne"))
    assert house.states["subject:tyne"].lapsed == {"kyc"}


@pytest.mark.parametrize(
    "until", ["2026-05-22T10:42:00.000000Z", "2026-06-01", "2026-06-01T00:00:00Z", "soon", ""]
)
def test_an_end_is_an_instant_to_come(house: Telling, until: str) -> None:
    assert house.refusal("priya", renew(until)).CODE == "invalid_field"


def test_nobody_is_known_again_who_never_was(house: Telling) -> None:
    entered = commands.CreateSubject(
        subject="tees", name="Tees", kind="person", country="GB", roles=()
    )
    house.system(entered)
    again = commands.RenewKyc(subject="tees", evidence="passport")
    assert house.refusal("priya", again).CODE == "subject_not_active"
