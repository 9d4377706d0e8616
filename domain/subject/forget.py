"""Decisions about the end of a relation: closed, kept for as long as it must be, forgotten."""

from datetime import timedelta

from domain.kernel.calendar import instant, write_instant
from domain.kernel.event import Event
from domain.kernel.ids import SUBJECT as NAME
from domain.kernel.refusal import InvalidField, NotFound, Refusal, WrongState
from domain.subject import commands, events
from domain.subject.refusals import MustBeKept, RetentionRunning, SubjectPaused
from domain.subject.state import Subject
from domain.subject.workflow import SUBJECT_WORKFLOW

Decision = list[Event] | Refusal

DAYS_OF_A_YEAR = 366
"""The longest there are: a record is rather kept for a day longer."""
OPEN_NAMED = 20
"""Streams that a refusal names at most."""


def close(state: Subject, command: commands.CloseSubject, *, own: bool, at: str) -> Decision:
    """End the relation; to the subject itself every pause and review sounds the same."""
    if own and (state.frozen or state.state in {"FROZEN", "MLRO_REVIEW"}):
        return SubjectPaused(subject=command.subject)
    if refusal := SUBJECT_WORKFLOW.refuse(command.subject, state.state, command.TYPE):
        return refusal
    return [events.SubjectClosed(ended_at=at, customer=state.customer)]


def place_hold(state: Subject, command: commands.PlaceLegalHold) -> Decision:
    """Keep everything; a hold that stands already changes nothing."""
    if state.state == SUBJECT_WORKFLOW.start:
        return NotFound(kind="subject", identity=command.subject)
    if state.state in {"ERASING", "ERASED"}:
        return WrongState(
            subject=command.subject,
            state=state.state,
            command=command.TYPE,
            allowed="any before its erasure",
        )
    if NAME.fullmatch(command.hold) is None:
        return InvalidField(field="hold", reason="use lower case letters, digits and hyphens")
    if command.hold in state.holds:
        return []
    return [events.LegalHoldPlaced(hold=command.hold, reason=command.reason)]


def lift_hold(state: Subject, command: commands.LiftLegalHold) -> Decision:
    """End a hold."""
    if command.hold not in state.holds:
        return NotFound(kind="legal_hold", identity=command.hold)
    return [events.LegalHoldLifted(hold=command.hold, reason=command.reason)]


def erase(
    state: Subject, command: commands.EraseSubject, *, years: int, kept: bool, at: str
) -> Decision:
    """Order that a subject is forgotten; ``kept`` says that compliance is not done with it."""
    if state.state == SUBJECT_WORKFLOW.start:
        return NotFound(kind="subject", identity=command.subject)
    if refusal := SUBJECT_WORKFLOW.refuse(command.subject, state.state, command.TYPE):
        return refusal
    if state.holds or kept:
        return MustBeKept(subject=command.subject)
    until = kept_until(state, years=years)
    if command.early is None and until is not None and at < until:
        return RetentionRunning(subject=command.subject, until=until)
    return [events.ErasureOrdered(early=command.early)]


def kept_until(state: Subject, *, years: int) -> str | None:
    """Tell until when the records of a former customer are kept; nothing for who never was one."""
    if state.ended_at is None or not state.customer:
        return None
    return write_instant(instant(state.ended_at) + timedelta(days=years * DAYS_OF_A_YEAR))


def refuse_erasure(state: Subject, command: commands.RefuseErasure) -> Decision:
    """Take back the order: something is still open."""
    if refusal := SUBJECT_WORKFLOW.refuse(command.subject, state.state, command.TYPE):
        return refusal
    return [events.ErasureRefused(open=command.open[:OPEN_NAMED])]


def record_erased(state: Subject, command: commands.RecordErased) -> Decision:
    """Note that it is done; once more changes nothing."""
    if state.state == "ERASED":
        return []
    if refusal := SUBJECT_WORKFLOW.refuse(command.subject, state.state, command.TYPE):
        return refusal
    return [events.SubjectErased()]
