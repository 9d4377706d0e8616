"""Decisions about applications (CP8)."""

import re
from typing import Final

from domain.kernel.event import Event
from domain.kernel.refusal import InvalidField, NotFound, Refusal
from domain.kyc import commands, events
from domain.kyc.refusals import KycOpen, OwnApplication
from domain.kyc.state import Kyc, application_of, parse_application
from domain.kyc.workflow import KYC_WORKFLOW

Decision = list[Event] | Refusal

DOCUMENTS_MOST: Final = 8
LEVEL_MOST: Final = 5
DIGEST: Final = re.compile("[0-9a-f]{64}")


def fatca_of(nationality: str) -> events.Fatca:
    """Tell what the Foreign Account Tax Compliance Act means for a nationality (ISO alpha-2)."""
    return "blocked" if nationality == "US" else "clear"


def accreditation_of(level: int) -> events.Accreditation:
    """Tell what kind of investor a level makes."""
    if level >= 3:
        return "institutional"
    return "professional" if level >= 2 else "retail"


def submit(state: Kyc, command: commands.SubmitKyc, *, subject: str) -> Decision:
    """Take an application, unless one is open."""
    if state.is_open:
        return KycOpen(application=application_of(subject, state.number))
    if refusal := KYC_WORKFLOW.refuse(subject, state.state, command.TYPE):
        return refusal
    if not 1 <= len(command.documents) <= DOCUMENTS_MOST:
        return InvalidField(field="documents", reason=f"bring 1 to {DOCUMENTS_MOST} documents")
    digests = [document.digest for document in command.documents]
    if len(set(digests)) < len(digests):
        return InvalidField(field="documents", reason="the same document stands there twice")
    if not all(DIGEST.fullmatch(digest) for digest in digests):
        return InvalidField(field="documents", reason="a digest is SHA-256 in hex")
    return [
        events.KycSubmitted(
            number=state.number + 1,
            documents=command.documents,
            details=command.details,
            fatca=command.fatca,
        )
    ]


def open_review(state: Kyc, command: commands.OpenKycReview, *, reviewer: str) -> Decision:
    """Note the first look; a second one changes nothing."""
    if refusal := _refuse_reviewer(state, command.application, reviewer):
        return refusal
    if state.state == "IN_REVIEW":
        return []
    if refusal := KYC_WORKFLOW.refuse(command.application, state.state, command.TYPE):
        return refusal
    return [events.KycReviewOpened(number=state.number, reviewer=reviewer)]


def approve(state: Kyc, command: commands.ApproveKyc, *, reviewer: str) -> Decision:
    """Take the reviewer's yes, and what follows from the level."""
    if refusal := _refuse_reviewer(state, command.application, reviewer):
        return refusal
    if refusal := KYC_WORKFLOW.refuse(command.application, state.state, command.TYPE):
        return refusal
    if not 1 <= command.level <= LEVEL_MOST:
        return InvalidField(field="level", reason=f"must be 1 to {LEVEL_MOST}")
    return [
        events.KycApproved(
            number=state.number,
            reviewer=reviewer,
            level=command.level,
            accreditation=accreditation_of(command.level),
            fatca=state.fatca,
            notes=command.notes,
        )
    ]


def approve_as(state: Kyc, provider: str) -> list[Event]:
    """Approve what a provider has looked at in a reviewer's place, at the usual level."""
    if not state.is_open:
        return []
    level = commands.DEFAULT_LEVEL
    approved = events.KycApproved(
        number=state.number,
        reviewer=provider,
        level=level,
        accreditation=accreditation_of(level),
        fatca=state.fatca,
    )
    looked = events.KycReviewOpened(number=state.number, reviewer=provider)
    return [approved] if state.state == "IN_REVIEW" else [looked, approved]


def reject(state: Kyc, command: commands.RejectKyc, *, reviewer: str) -> Decision:
    """Take the reviewer's no."""
    if refusal := _refuse_reviewer(state, command.application, reviewer):
        return refusal
    if refusal := KYC_WORKFLOW.refuse(command.application, state.state, command.TYPE):
        return refusal
    return [events.KycRejected(number=state.number, reviewer=reviewer, reason=command.reason)]


def _refuse_reviewer(state: Kyc, application: str, reviewer: str) -> Refusal | None:
    subject, number = parse_application(application)
    if not 0 < number <= state.number:
        return NotFound(kind="application", identity=application)
    if number < state.number:
        # A later one has taken its place, so this one was decided.
        return KYC_WORKFLOW.refuse(application, "NONE", "kyc.open_review")
    return OwnApplication(application=application) if subject == reviewer else None
