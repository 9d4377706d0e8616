"""Pausing a subject, lifting the pause, ending the relation; and compliance's records of why.

What the subject's own stream says of a pause is the same whatever led to it: the reason, and
everything that follows from the reason, lies in the record alone (002, tipping off).
"""

from typing import Final

from application.draft import Draft, Handling, Loading
from application.handlers.claims import review_claims
from domain.case import commands as cases
from domain.case.decide import Conclusion, conclude, open_case, refuse_unfinished
from domain.case.state import CASE, case_stream
from domain.kernel.command import Command, Context
from domain.kernel.refusal import NotFound
from domain.subject import commands, decide
from domain.subject.state import SUBJECT, Subject, subject_stream

REVIEWED: Final = "routine review"
"""The reason that a review of a paused subject tells; the true one lies in the record."""


def freeze(command: commands.FreezeSubject, context: Context) -> Handling:
    """Pause a subject and hand it to the reporting officer; both at once, with the record.

    A subject that is paused already stays as it is: what is new becomes a further record.
    """
    draft = Draft()
    yield from draft.load(subject_stream(command.subject))
    state = _subject(draft, command.subject)
    if not (state.frozen and command.case is not None):
        yield from _step(draft, command.subject, command, context)
    if command.case is not None:
        opened = cases.OpenCase(
            case=command.case,
            subject=command.subject,
            kind=command.kind,
            reference=command.reference,
            reason=command.reason,
        )
        yield from _open(draft, opened)
        if command.report:
            yield from _conclude(draft, command.case, cases.RequireReport(case=command.case))
        if _subject(draft, command.subject).state == "FROZEN":
            review = commands.OpenMlroReview(subject=command.subject, reason=REVIEWED)
            yield from _step(draft, command.subject, review, context)
    return draft


def unfreeze(command: commands.UnfreezeSubject, context: Context) -> Handling:
    """Lift a pause; its open record is closed as a false positive."""
    draft = Draft()
    yield from draft.load(subject_stream(command.subject))
    case = _subject(draft, command.subject).case
    if case is not None:
        yield from draft.load(case_stream(case))
        record = draft.of(CASE, case_stream(case))
        draft.demand(refuse_unfinished(record))
        if record.state == "OPEN":
            yield from _conclude(draft, case, cases.ClearCase(case=case))
    yield from _step(draft, command.subject, command, context)
    return draft


def decline(command: commands.DeclineSubject, context: Context) -> Handling:
    """End the relation; of a paused subject a report becomes due (E3)."""
    draft = Draft()
    yield from draft.load(subject_stream(command.subject))
    state = _subject(draft, command.subject)
    yield from _step(draft, command.subject, command, context)
    if state.frozen:
        yield from _report(draft, command, state.case)
    return draft


def _report(draft: Draft, command: commands.DeclineSubject, case: str | None) -> Loading:
    name = case or command.case
    if name is None:
        return
    if case is None:
        yield from _open(draft, cases.OpenCase(case=name, subject=command.subject, kind="review"))
    yield from draft.load(case_stream(name))
    if draft.of(CASE, case_stream(name)).state in {"OPEN", "CLEARED"}:
        yield from _conclude(draft, name, cases.RequireReport(case=name))


def open_record(command: cases.OpenCase, _: Context) -> Handling:
    """Begin a record on a subject that goes on as before."""
    draft = Draft()
    yield from draft.load(subject_stream(command.subject))
    if _subject(draft, command.subject).state in {"NONE", "ERASED"}:
        draft.demand(NotFound(kind="subject", identity=command.subject))
    yield from _open(draft, command)
    return draft


def conclude_case(command: Conclusion, _: Context) -> Handling:
    """Take one of the steps of a record behind its opening."""
    draft = Draft()
    yield from _conclude(draft, command.case, command)
    return draft


def _open(draft: Draft, command: cases.OpenCase) -> Loading:
    stream = case_stream(command.case)
    yield from draft.load(stream)
    draft.add(CASE, stream, open_case(draft.of(CASE, stream), command))


def _conclude(draft: Draft, case: str, command: Conclusion) -> Loading:
    stream = case_stream(case)
    yield from draft.load(stream)
    draft.add(CASE, stream, conclude(draft.of(CASE, stream), case, command))


def _step(draft: Draft, subject: str, command: Command, context: Context) -> Loading:
    stream = subject_stream(subject)
    draft.add(SUBJECT, stream, decide.pass_gate(draft.of(SUBJECT, stream), subject, command))
    yield from review_claims(draft, subject, context.at)


def _subject(draft: Draft, subject: str) -> Subject:
    return draft.of(SUBJECT, subject_stream(subject))
