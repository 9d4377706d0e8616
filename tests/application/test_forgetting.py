"""Who may be forgotten, and when: closed first, kept for as long as it must be (issue 5)."""

import pytest

from domain.case.commands import ClearCase, FileReport
from domain.kernel.command import Command
from domain.kernel.refusal import Refused
from domain.kernel.sealed import Sealed
from domain.settings.state import PublishRetention
from domain.subject import commands
from domain.subject.events import Early, ErasureRefused
from domain.subject.refusals import NOTICE
from tests.projections.tale import Tale

BOX = Sealed(sealed="key", nonce="bm9uY2U=", box="Ym94")
CASE = "c0" * 16
ERASE = commands.EraseSubject(subject="brunel")
FIVE_YEARS_ON = "2031-06-01T00:00:00.000000Z"


@pytest.fixture
def tale() -> Tale:
    """A house with its people."""
    tale = Tale()
    tale.open()
    return tale


def refused(tale: Tale, command: Command, who: str = "process:test") -> str:
    """Send what must be refused, and tell the code."""
    role = "process" if who.startswith("process") else "investor"
    with pytest.raises(Refused) as caught:
        tale.send(who, role, command)
    return caught.value.refusal.CODE


def state(tale: Tale) -> str:
    """Tell Brunel's state."""
    return str(tale.states["subject:brunel"].state)


def test_only_a_closed_relation_can_be_forgotten(tale: Tale) -> None:
    """Whoever is active is no candidate, and nobody forgets somebody twice."""
    assert refused(tale, ERASE) == "wrong_state"
    assert refused(tale, commands.EraseSubject(subject="nobody")) == "not_found"
    tale.act("brunel", commands.CloseSubject(subject="brunel"))
    tale.system(commands.EraseSubject(subject="brunel", early="court_order"))
    assert state(tale) == "ERASING"
    assert refused(tale, ERASE) == "wrong_state"
    done = commands.RecordErased(subject="brunel")
    tale.system(done, done)
    assert state(tale) == "ERASED"
    assert [event.fact.TYPE for event in tale.log].count("subject.erased") == 1


def test_nobody_closes_another(tale: Tale) -> None:
    """The scope of the command is the actor itself."""
    assert (
        refused(tale, commands.CloseSubject(subject="pennine"), "subject:brunel") == "out_of_scope"
    )


@pytest.mark.parametrize("early", ["entered_in_error", "court_order", "unlawful_processing"])
def test_records_of_a_customer_are_kept_for_years_unless_a_reason_stands(
    tale: Tale, early: Early
) -> None:
    """Five years from the end of the relation by default (MLR 2017, 40(3))."""
    tale.system(commands.CloseSubject(subject="brunel"))
    assert refused(tale, ERASE) == "retention_running"
    tale.system(commands.EraseSubject(subject="brunel", early=early))
    assert state(tale) == "ERASING"


def test_the_years_are_a_setting_and_end(tale: Tale) -> None:
    """Counted at the decision, so that a longer duty holds for who has left already."""
    tale.system(commands.CloseSubject(subject="brunel"))
    tale.now = FIVE_YEARS_ON
    tale.system(PublishRetention(years=7))
    assert refused(tale, ERASE) == "retention_running"
    tale.system(PublishRetention(years=5), ERASE)
    assert state(tale) == "ERASING"
    for years in (0, 31):
        assert refused(tale, PublishRetention(years=years)) == "invalid_field"


def test_who_never_became_a_customer_is_forgotten_at_once(tale: Tale) -> None:
    """There was no relation whose records must be kept."""
    tale.system(
        commands.CreateSubject(
            subject="passer-by", name=BOX, kind="person", country="GB", roles=("lender",)
        ),
        commands.CloseSubject(subject="passer-by"),
        commands.EraseSubject(subject="passer-by"),
    )
    assert tale.states["subject:passer-by"].state == "ERASING"


def test_a_legal_hold_keeps_everything_until_all_are_lifted(tale: Tale) -> None:
    """Each hold has a name, and the refusal never says why."""
    place = commands.PlaceLegalHold(subject="brunel", hold="claim-17", reason=BOX)
    tale.system(place, place, commands.PlaceLegalHold(subject="brunel", hold="h2", reason=BOX))
    tale.system(commands.CloseSubject(subject="brunel"))
    early = commands.EraseSubject(subject="brunel", early="court_order")
    assert refused(tale, early) == "must_be_kept"
    tale.system(commands.LiftLegalHold(subject="brunel", hold="claim-17", reason=BOX))
    assert refused(tale, early) == "must_be_kept"
    lift = commands.LiftLegalHold(subject="brunel", hold="h2", reason=BOX)
    tale.system(lift)
    assert refused(tale, lift) == "not_found"
    tale.system(early)
    assert refused(tale, place) == "wrong_state"


@pytest.mark.parametrize("hold", ["", "Claim", "a b", "x" * 200])
def test_a_hold_has_a_legal_name(tale: Tale, hold: str) -> None:
    """Anything else could not stand in an address."""
    command = commands.PlaceLegalHold(subject="brunel", hold=hold, reason=BOX)
    assert refused(tale, command) == "invalid_field"


def test_compliance_ends_its_record_before_anything_is_destroyed(tale: Tale) -> None:
    """A report that is due needs words that the key opens; the subject hears its notice only."""
    tale.system(commands.FreezeSubject(subject="brunel", case=CASE, report=True))
    with pytest.raises(Refused) as caught:
        tale.send("subject:brunel", "investor", commands.CloseSubject(subject="brunel"))
    assert caught.value.refusal.sentence() == NOTICE
    tale.system(commands.DeclineSubject(subject="brunel"), commands.CloseSubject(subject="brunel"))
    early = commands.EraseSubject(subject="brunel", early="court_order")
    assert refused(tale, early) == "must_be_kept"
    tale.system(FileReport(case=CASE, subject="brunel", reference=BOX), early)
    assert state(tale) == "ERASING"
    assert refused(tale, ClearCase(case=CASE, subject="brunel")) == "wrong_state"


def test_what_is_open_takes_the_order_back(tale: Tale) -> None:
    """The worker looks; at most twenty streams are named."""
    tale.system(commands.CloseSubject(subject="brunel"))
    early = commands.EraseSubject(subject="brunel", early="court_order")
    left = tuple(f"account:brunel/units/T{number}" for number in range(30))
    tale.system(early, commands.RefuseErasure(subject="brunel", open=left))
    assert state(tale) == "CLOSED"
    fact = tale.log[-1].fact
    assert isinstance(fact, ErasureRefused)
    assert len(fact.open) == 20
    tale.system(early, commands.RecordErased(subject="brunel"))
    assert state(tale) == "ERASED"


@pytest.mark.parametrize("state", ["CLOSED", "ERASED"])
def test_nothing_begins_after_the_end(tale: Tale, state: str) -> None:
    """Neither the file nor a new identity of the same name."""
    tale.system(commands.CloseSubject(subject="brunel"))
    if state == "ERASED":
        early = commands.EraseSubject(subject="brunel", early="court_order")
        tale.system(early, commands.RecordErased(subject="brunel"))
    for command in (
        commands.SubmitOnboarding(subject="brunel"),
        commands.ActivateSubject(subject="brunel"),
        commands.RenewKyc(subject="brunel", evidence="e"),
        commands.ClassifySubject(subject="brunel", investor_class="retail", evidence="e"),
        commands.BindWallet(subject="brunel", address="0x" + "ab" * 20),
        commands.CreateSubject(
            subject="brunel", name=BOX, kind="person", country="GB", roles=("lender",)
        ),
    ):
        assert refused(tale, command) in {"wrong_state", "subject_not_active"}


def test_whoever_has_left_does_nothing_more(tale: Tale) -> None:
    """Standing is asked of every command, in whatever role."""
    tale.act("brunel", commands.CloseSubject(subject="brunel"))
    again = commands.CloseSubject(subject="brunel")
    assert refused(tale, again, "subject:brunel") == "subject_not_active"
