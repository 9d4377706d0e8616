"""The end of a relation, what must be kept of it, and the order to forget it."""

from typing import Final

from application.draft import Asking, Draft, Handling, single
from application.handlers.claims import review_claims
from domain.case.state import CASE, case_stream
from domain.kernel.command import Context
from domain.settings.state import SETTINGS, SETTINGS_STREAM
from domain.subject import commands, forget
from domain.subject.state import SUBJECT, Subject, subject_stream

UNFINISHED: Final = frozenset({"OPEN", "REPORT_DUE", "ESCALATED"})
"""States of a record that compliance is not done with."""


def close(command: commands.CloseSubject, context: Context) -> Handling:
    """End the relation; what was claimed of the subject on chain lapses."""
    draft, stream = Draft(), subject_stream(command.subject)
    yield from draft.load(stream)
    own = context.subject == command.subject
    decision = forget.close(draft.of(SUBJECT, stream), command, own=own, at=context.at)
    draft.add(SUBJECT, stream, decision)
    yield from review_claims(draft, command.subject, context.at)
    return draft


def erase(command: commands.EraseSubject, context: Context) -> Handling:
    """Order that a subject is forgotten, if nobody must keep what is known of it."""
    draft, stream = Draft(), subject_stream(command.subject)
    yield from draft.load(stream, SETTINGS_STREAM)
    state = draft.of(SUBJECT, stream)
    kept = yield from _kept(draft, state)
    years = draft.of(SETTINGS, SETTINGS_STREAM).retention_years
    decision = forget.erase(state, command, years=years, kept=kept, at=context.at)
    draft.add(SUBJECT, stream, decision)
    return draft


def _kept(draft: Draft, state: Subject) -> Asking[bool]:
    if state.case is None:
        return False
    yield from draft.load(case_stream(state.case))
    return draft.of(CASE, case_stream(state.case)).state in UNFINISHED


place_hold = single(SUBJECT, lambda command: subject_stream(command.subject), forget.place_hold)
lift_hold = single(SUBJECT, lambda command: subject_stream(command.subject), forget.lift_hold)
refuse_erasure = single(
    SUBJECT, lambda command: subject_stream(command.subject), forget.refuse_erasure
)
record_erased = single(
    SUBJECT, lambda command: subject_stream(command.subject), forget.record_erased
)
