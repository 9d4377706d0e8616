"""Clocks from the log to what is told of them: on time, late, and after a week of downtime."""

from collections.abc import Sequence

import pytest

from application.ports.gate import Accepted, Request
from domain.case import commands as cases
from domain.deadline.events import DeadlineBreached, DeadlineEscalated, DeadlineWarned
from domain.kernel.ids import command_id
from domain.kernel.sealed import Sealed
from domain.subject import commands as subject
from interfaces.workers.deadlines import CaughtUp, DeadlineWorker
from interfaces.workers.gateway import Sender
from projections.clocks.project import VIEW
from projections.clocks.queries import DueClock
from tests.application.telling import Telling
from tests.projections.support import Store

CASE = "c0" * 16
BOX = Sealed(sealed="key", nonce="bm9uY2U=", box="Ym94")


class Office:
    """A house, its clocks, and a worker that can stay away and come back."""

    def __init__(self, house: Telling) -> None:
        self.house = house
        self.store = Store(VIEW)
        self.folded = 0
        self.behind = False
        self.restart()

    def restart(self) -> None:
        """Start the worker anew: what it remembered is gone."""
        due = CaughtUp(
            head=lambda: len(self.house.log),
            reached=lambda: 0 if self.behind else len(self.house.log),
            due=self._due,
        )
        self.worker = DeadlineWorker(Sender(self, "deadlines"), clock=self, due=due)

    def now(self) -> str:
        """Tell the story's time."""
        return self.house.now

    def dispatch(self, request: Request) -> Accepted:
        """Decide, and let everything follow."""
        added = self.house.send(request.actor, request.role, request.command, request.key)
        self.house.run()
        identity = command_id(request.actor, request.key)
        return Accepted(command=identity, events=tuple(added), position=len(self.house.log))

    def _due(self, instant: str) -> Sequence[DueClock]:
        rows = [row for row in self.rows() if row["next_at"] and row["next_at"] <= instant]
        names = DueClock.__struct_fields__
        return [DueClock(**{name: row[name] for name in names}) for row in rows]

    def rows(self) -> list[dict[str, str]]:
        """Fold what is new and list the clocks."""
        new = self.house.log[self.folded :]
        self.folded = len(self.house.log)
        self.store.fold(new)
        return self.store.table("clocks")

    def row(self, level: str, target: str) -> dict[str, str]:
        """Give the newest clock of a thing."""
        found = [row for row in self.rows() if (row["level"], row["target"]) == (level, target)]
        return found[-1]

    def at(self, moment: str, steps: int = 4) -> None:
        """Let the worker look at an instant."""
        self.house.now = moment
        for _ in range(steps):
            self.worker.step()

    def told(self, level: str) -> list[str]:
        """List what was told of a level's clocks."""
        kinds = (DeadlineWarned, DeadlineBreached, DeadlineEscalated)
        facts = [event for event in self.house.log if isinstance(event.fact, kinds)]
        return [each.envelope.type for each in facts if each.fact.level == level]  # type: ignore[attr-defined]


@pytest.fixture
def office(telling: Telling) -> Office:
    """Give an office in which nothing is late."""
    return Office(telling)


@pytest.fixture
def telling() -> Telling:
    """Give a house with its people."""
    house = Telling()
    house.open()
    return house


@pytest.mark.capability("FX9", part="clock")
def test_a_report_is_warned_of_at_its_target_and_escalated_at_its_cap(office: Office) -> None:
    office.house.act("priya", cases.OpenCase(case=CASE, subject="brunel", kind="review"))
    office.house.act("priya", cases.RequireReport(case=CASE))
    office.at("2026-05-26T16:29:59.999999Z")
    assert office.told("case") == []
    office.at("2026-05-26T16:30:00.000000Z")
    assert office.told("case") == ["deadline.warned"]
    office.at("2026-05-28T16:30:00.000000Z")
    assert office.told("case") == ["deadline.warned", "deadline.breached"]
    assert office.house.states[f"case:{CASE}"].state == "ESCALATED"
    assert office.row("case", CASE)["standing"] == "BREACHED"
    office.house.act("priya", cases.FileReport(case=CASE, reference=BOX))
    assert office.row("case", CASE)["state"] == "STOPPED"
    assert not office.house.refused


@pytest.mark.capability("FX9", part="clock")
@pytest.mark.capability("FX12")
def test_after_a_week_of_downtime_everything_is_told_exactly_once(office: Office) -> None:
    office.house.act("priya", cases.OpenCase(case=CASE, subject="brunel", kind="review"))
    office.house.act("priya", cases.RequireReport(case=CASE))
    for _ in range(3):
        office.restart()
        office.at("2026-06-05T09:00:00.000000Z")
    assert office.told("case") == ["deadline.warned", "deadline.breached"]
    breach = office.house.facts(DeadlineBreached)[-1]
    assert breach.due_at == "2026-05-28T16:30:00.000000Z"
    assert office.house.states[f"case:{CASE}"].state == "ESCALATED"


def test_a_clock_that_stopped_in_time_is_never_told_of(office: Office) -> None:
    office.house.act("priya", cases.OpenCase(case=CASE, subject="brunel", kind="review"))
    office.house.act("priya", cases.RequireReport(case=CASE))
    office.house.now = "2026-05-26T16:30:00.000000Z"
    office.house.act("priya", cases.FileReport(case=CASE, reference=BOX))
    office.at("2026-06-05T09:00:00.000000Z")
    assert office.told("case") == []
    assert office.row("case", CASE)["standing"] == "IN_TIME"


def test_one_that_stopped_too_late_was_late_although_nobody_looked(office: Office) -> None:
    office.house.act("priya", cases.OpenCase(case=CASE, subject="brunel", kind="review"))
    office.house.act("priya", cases.RequireReport(case=CASE))
    office.house.now = "2026-05-29T09:00:00.000000Z"
    office.house.act("priya", cases.FileReport(case=CASE, reference=BOX))
    office.at("2026-06-05T09:00:00.000000Z")
    assert office.told("case") == ["deadline.warned", "deadline.breached"]
    assert office.house.states[f"case:{CASE}"].state == "REPORTED"
    assert not office.house.refused


def test_nothing_is_told_while_the_view_is_behind(office: Office) -> None:
    office.house.act("priya", cases.OpenCase(case=CASE, subject="brunel", kind="review"))
    office.house.act("priya", cases.RequireReport(case=CASE))
    office.behind = True
    office.at("2026-06-05T09:00:00.000000Z")
    assert office.told("case") == []
    office.behind = False
    office.at("2026-06-05T09:00:00.000000Z")
    assert office.told("case") == ["deadline.warned", "deadline.breached"]


@pytest.mark.capability("FX9", part="clock")
def test_a_review_of_a_paused_subject_goes_to_the_deputy_after_seven_days(office: Office) -> None:
    office.house.act("priya", subject.FreezeSubject(subject="brunel", case=CASE))
    office.at("2026-06-04T09:00:00.000000Z")
    kinds = ["deadline.warned", "deadline.breached", "deadline.escalated"]
    assert office.told("gate3") == kinds
    assert office.house.facts(DeadlineEscalated)[-1].to == "mlro_deputy"
    assert office.row("gate3", "brunel")["audience"] == "compliance"
    office.house.system(subject.UnfreezeSubject(subject="brunel"))
    assert office.row("gate3", "brunel")["state"] == "STOPPED"
    # A second pause is a second clock.
    office.house.act("priya", subject.FreezeSubject(subject="brunel", case="d0" * 16))
    assert office.row("gate3", "brunel")["standing"] == "IN_TIME"


@pytest.mark.capability("FX9", part="clock")
def test_the_story_is_measured_from_submission_to_settlement(office: Office) -> None:
    office.house.finance()
    found = {row["level"]: (row["state"], row["standing"]) for row in office.rows()}
    for level in ("vision", "buyer", "mint", "funding", "submission", "payout"):
        assert found[level] == ("STOPPED", "IN_TIME"), level
    assert found["tenor"] == ("RUNNING", "IN_TIME")
    stages = office.row("tenor", "FX-INV-23A4F")["stages"]
    assert stages["target"] == "2026-07-21T16:30:00.000000Z"  # type: ignore[index]
    budgets = {row["target"] for row in office.rows() if row["level"] == "onboarding-seller"}
    assert budgets == {"coppergate"}
