"""Every workflow is a table; code, refusals and diagrams follow it."""

import msgspec
import pytest

from domain.catalogue import EVENTS
from domain.invoice import commands as invoice_commands
from domain.invoice import decide as invoices
from domain.invoice.state import Invoice
from domain.kernel.command import Context
from domain.kernel.refusal import WrongState
from domain.kernel.workflow import Transition, Workflow
from domain.subject import commands as subject_commands
from domain.subject import decide as subjects
from domain.subject.state import Subject
from domain.subject.workflow import SUBJECT_WORKFLOW
from tools.diagrams import WORKFLOWS, diagrams

CONTEXT = Context(actor="subject:anna", at="2026-05-22T10:42:00.000000Z")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda each: each.name)
def test_each_state_is_reached_and_each_fact_is_known(workflow: Workflow) -> None:
    reached = {workflow.start}
    while new := {row.target for row in workflow.rows if row.source in reached} - reached:
        reached |= new
    assert reached == set(workflow.states)
    assert {row.event for row in workflow.rows} <= set(EVENTS)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda each: each.name)
def test_what_the_table_does_not_allow_is_refused_by_name(workflow: Workflow) -> None:
    commands = {row.command for row in workflow.rows}
    for state in workflow.states:
        for command in commands:
            refusal = workflow.refuse("X-1", state, command)
            if any((row.source, row.command) == (state, command) for row in workflow.rows):
                assert refusal is None
            else:
                assert isinstance(refusal, WrongState)
                assert (refusal.state, refusal.command) == (state, command)
                assert state in refusal.sentence()
                assert command in refusal.sentence()


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda each: each.name)
def test_a_source_and_a_fact_lead_to_one_place(workflow: Workflow) -> None:
    targets: dict[tuple[str, str], str] = {}
    for row in workflow.rows:
        assert targets.setdefault((row.source, row.event), row.target) == row.target
        assert workflow.after(row.source, row.event) == row.target
    with pytest.raises(KeyError):
        workflow.after("nowhere", "never.happened")


def test_the_diagrams_are_drawn_from_the_tables() -> None:
    assert len(diagrams()) == len(WORKFLOWS)
    for path, text in diagrams().items():
        assert path.read_text() == text


def test_a_diagram_shows_start_ends_and_every_edge() -> None:
    drawn = Workflow("x", "A", (Transition("A", "x.go", "x.gone", "B"),)).mermaid()
    assert drawn == "stateDiagram-v2\n    [*] --> A\n    A --> B : x.gone\n    B --> [*]\n"


GATES = {
    "subject.submit_onboarding": subject_commands.SubmitOnboarding(subject="anna"),
    "subject.pass_kyc": subject_commands.PassKyc(subject="anna", evidence="e"),
    "subject.pass_screening": subject_commands.PassScreening(subject="anna", evidence="e"),
    "subject.open_mlro_review": subject_commands.OpenMlroReview(subject="anna", reason="r"),
    "subject.pass_risk": subject_commands.PassRisk(subject="anna", evidence="e"),
    "subject.activate": subject_commands.ActivateSubject(subject="anna"),
    "subject.freeze": subject_commands.FreezeSubject(subject="anna"),
    "subject.unfreeze": subject_commands.UnfreezeSubject(subject="anna"),
    "subject.decline": subject_commands.DeclineSubject(subject="anna"),
}


@pytest.mark.capability("FX8", part="workflow")
@pytest.mark.parametrize("state", SUBJECT_WORKFLOW.states)
@pytest.mark.parametrize("name", GATES)
def test_the_gates_decide_as_their_table_says(state: str, name: str) -> None:
    # A review of a paused subject ends by lifting the pause, a first one by passing the risk.
    paused = state == "FROZEN" or name == "subject.unfreeze"
    decision = subjects.pass_gate(Subject(state=state, frozen=paused), "anna", GATES[name])
    rows = [row for row in SUBJECT_WORKFLOW.rows if (row.source, row.command) == (state, name)]
    if rows:
        assert isinstance(decision, list)
        assert [fact.TYPE for fact in decision] == [rows[0].event]
    else:
        assert isinstance(decision, WrongState)


@pytest.mark.parametrize(
    ("name", "paused"), [("subject.unfreeze", False), ("subject.pass_risk", True)]
)
def test_a_review_of_a_paused_subject_and_a_first_one_end_differently(
    name: str, paused: bool
) -> None:
    decision = subjects.pass_gate(Subject(state="MLRO_REVIEW", frozen=paused), "anna", GATES[name])
    assert isinstance(decision, WrongState)


def test_an_impossible_step_of_an_invoice_names_state_and_command() -> None:
    decision = invoices.remind(
        Invoice(state="LISTED"), invoice_commands.RemindBuyer(invoice="FX-1", kind="due_day")
    )
    assert isinstance(decision, WrongState)
    assert msgspec.structs.asdict(decision) == {
        "subject": "FX-1",
        "state": "LISTED",
        "command": "invoice.remind",
        "allowed": "DISBURSED",
    }
