"""What a worker's command carries of the event that set it off (FORMATS 1)."""

from domain.subject.commands import SubmitOnboarding
from domain.subject.events import SubjectCreated
from interfaces.workers.gateway import Sender
from tests.interfaces.workers.parts import ListLog, ScriptedGate

CREATED = SubjectCreated(name="Acme", kind="institution", country="GB", roles=("seller",))


def test_a_command_shares_the_correlation_of_its_cause() -> None:
    """Everything that one request set off is found by one correlation."""
    log, gate = ListLog(), ScriptedGate()
    cause = log.scribe.write("subject:acme", CREATED)
    Sender(gate, "intake").send(SubmitOnboarding(subject="acme"), "1", cause=cause)
    [request] = gate.requests
    assert request.cause == cause.position
    assert request.correlation == cause.envelope.correlation


def test_a_command_without_a_cause_begins_a_correlation_of_its_own() -> None:
    gate = ScriptedGate()
    Sender(gate, "timers").tell(SubmitOnboarding(subject="acme"), "1")
    [request] = gate.requests
    assert request.cause is None
    assert request.correlation is None
