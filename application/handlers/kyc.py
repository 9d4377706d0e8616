"""Applications to be known: the subject applies, a reviewer looks and decides (CP8)."""

from application.draft import Asking, Draft, Handling
from application.handlers.onboarding import close_identity, note_approval
from domain.kernel.command import Context
from domain.kernel.ids import SUBJECT as SUBJECT_NAME
from domain.kernel.refusal import NotFound, Refused
from domain.kyc import commands, decide
from domain.kyc.state import KYC, kyc_stream, parse_application
from domain.subject import decide as subjects
from domain.subject.events import OnboardingSubmitted
from domain.subject.state import SUBJECT, subject_stream


def submit(command: commands.SubmitKyc, context: Context) -> Handling:
    """Take the application of whoever sends it; with the first one the file is handed in."""
    draft = Draft()
    stream, subject = kyc_stream(context.subject), subject_stream(context.subject)
    yield from draft.load(stream, subject)
    state = draft.of(SUBJECT, subject)
    draft.demand(subjects.refuse_leaving(state, context.subject))
    decision = decide.submit(draft.of(KYC, stream), command, subject=context.subject)
    draft.add(KYC, stream, decision)
    if state.state == "CREATED":
        draft.add(SUBJECT, subject, [OnboardingSubmitted()])
    return draft


def open_review(command: commands.OpenKycReview, context: Context) -> Handling:
    """Note a reviewer's first look."""
    draft = Draft()
    stream = yield from _load(draft, command.application)
    decision = decide.open_review(draft.of(KYC, stream), command, reviewer=context.subject)
    draft.add(KYC, stream, decision)
    return draft


def approve(command: commands.ApproveKyc, context: Context) -> Handling:
    """Take the yes: level, accreditation and FATCA of the subject, and gate 1 where it waits."""
    draft = Draft()
    stream = yield from _load(draft, command.application)
    decision = decide.approve(draft.of(KYC, stream), command, reviewer=context.subject)
    facts = draft.add(KYC, stream, decision)
    subject, _ = parse_application(command.application)
    yield from note_approval(draft, subject, facts)
    yield from close_identity(draft, subject, reference=command.application, at=context.at)
    return draft


def reject(command: commands.RejectKyc, context: Context) -> Handling:
    """Take the no."""
    draft = Draft()
    stream = yield from _load(draft, command.application)
    decision = decide.reject(draft.of(KYC, stream), command, reviewer=context.subject)
    draft.add(KYC, stream, decision)
    return draft


def _load(draft: Draft, application: str) -> Asking[str]:
    """Load the applications that one belongs to; raises Refused for what is no application."""
    subject, number = parse_application(application)
    if not number or SUBJECT_NAME.fullmatch(subject) is None:
        raise Refused(NotFound(kind="application", identity=application[:64]))
    stream = kyc_stream(subject)
    yield from draft.load(stream)
    return stream
