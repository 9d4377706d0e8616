"""A check after its events, and the decisions about it."""

import re
from typing import Final

import msgspec

from domain.check import commands, events
from domain.check.events import EVENTS, Gate, Provider
from domain.check.workflow import CHECK_WORKFLOW
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event
from domain.kernel.refusal import InvalidField, NotFound, Refusal

Decision = list[Event] | Refusal

REFERENCE: Final = re.compile(r"[!-~]{1,128}")
FINDING: Final = re.compile(r"[A-Za-z0-9_:-]{1,64}")
FINDINGS_MOST: Final = 32
INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
NEVER: Final = "0000-01-01T00:00:00.000000Z"


class Check(msgspec.Struct, frozen=True):
    """State of a check: who was asked about what, and when its newest answer was given."""

    state: str = CHECK_WORKFLOW.start
    provider: Provider = "manual"
    policy: int = 0
    inputs: str = ""
    reference: str | None = None
    answered_at: str = NEVER
    findings: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether an answer is still wanted."""
        return self.state in {"ASKED", "RETURNED", "FAILED"}


def evolve(state: Check, event: Event) -> Check:
    """Apply one fact."""
    if isinstance(event, events.CheckReferred):
        return msgspec.structs.replace(state, reference=event.reference)
    after = CHECK_WORKFLOW.after(state.state, event.TYPE)
    match event:
        case events.CheckAsked():
            return Check(after, event.provider, event.policy, event.inputs)
        case (
            events.CheckPassed()
            | events.CheckFailed()
            | events.CheckReturned()
            | events.CheckAlerted()
        ):
            return msgspec.structs.replace(
                state,
                state=after,
                reference=event.answer.reference,
                answered_at=event.answer.answered_at,
                findings=event.answer.findings,
            )
        case _:
            message = f"not a fact of a check: {event!r}"
            raise TypeError(message)


def check_stream(subject: str, gate: Gate) -> str:
    """Name the stream of a check."""
    return f"check:{subject}/{gate}"


def answer_of(
    provider: Provider, reference: str, *, at: str, findings: tuple[str, ...] = ()
) -> events.Answer:
    """Write an answer."""
    return events.Answer(provider=provider, reference=reference, answered_at=at, findings=findings)


def ask(state: Check, *, provider: Provider, policy: int, inputs: str) -> list[Event]:
    """Ask for a check, once."""
    if state.state != CHECK_WORKFLOW.start:
        return []
    return [events.CheckAsked(provider=provider, policy=policy, inputs=inputs)]


def refer(state: Check, command: commands.RecordReference) -> Decision:
    """Record the provider's reference; the same again changes nothing."""
    if state.state == CHECK_WORKFLOW.start or state.provider != command.provider:
        return NotFound(kind="check", identity=f"{command.subject}/{command.gate}")
    if REFERENCE.fullmatch(command.reference) is None:
        return InvalidField(field="reference", reason="must be 1 to 128 printable characters")
    if state.reference == command.reference:
        return []
    return [events.CheckReferred(reference=command.reference)]


def record(state: Check, command: commands.RecordOutcome) -> Decision:
    """Take an answer of the provider that was asked, unless a later one is known."""
    answer = command.answer
    if state.state == CHECK_WORKFLOW.start or state.provider != answer.provider:
        return NotFound(kind="check", identity=f"{command.subject}/{command.gate}")
    if refusal := _refuse_answer(answer):
        return refusal
    if answer.answered_at <= state.answered_at:
        return []
    if command.outcome == "passed":
        return [events.CheckPassed(answer=answer, policy=state.policy, inputs=state.inputs)]
    if not state.is_open:
        return [events.CheckAlerted(answer=answer)]
    if command.outcome == "failed":
        return [events.CheckFailed(answer=answer, policy=state.policy, inputs=state.inputs)]
    return [events.CheckReturned(answer=answer)]


def fail_by_hand(state: Check, command: commands.FailCheck, *, at: str) -> Decision:
    """Take what a reviewer found, whoever was asked first."""
    answer = events.Answer(
        provider="manual",
        reference=command.reference,
        answered_at=max(at, state.answered_at),
        findings=command.findings,
    )
    if not state.is_open:
        return NotFound(kind="open check", identity=f"{command.subject}/{command.gate}")
    if refusal := _refuse_findings(answer):
        return refusal
    return [events.CheckFailed(answer=answer, policy=state.policy, inputs=state.inputs)]


def pass_by_hand(state: Check, *, reference: str, at: str) -> list[Event]:
    """Close an open check by a person's word, whoever was asked first."""
    if not state.is_open:
        return []
    answer = events.Answer(
        provider="manual",
        reference=reference,
        answered_at=max(at, state.answered_at),
        findings=state.findings,
    )
    return [events.CheckPassed(answer=answer, policy=state.policy, inputs=state.inputs)]


def _refuse_answer(answer: events.Answer) -> Refusal | None:
    if REFERENCE.fullmatch(answer.reference) is None:
        return InvalidField(field="reference", reason="must be 1 to 128 printable characters")
    if INSTANT.fullmatch(answer.answered_at) is None:
        return InvalidField(field="answered_at", reason="must be an instant with six decimals")
    return _refuse_findings(answer)


def _refuse_findings(answer: events.Answer) -> Refusal | None:
    findings = answer.findings
    if len(findings) > FINDINGS_MOST or not all(FINDING.fullmatch(each) for each in findings):
        return InvalidField(field="findings", reason="must be a few short codes")
    return None


CHECK: Final = Aggregate(name="check", empty=Check(), evolve=evolve, events=EVENTS)
