"""What happened to the applications of a subject; the stream is ``kyc:<subject>``."""

from typing import Literal

import msgspec

from domain.kernel.event import Event
from domain.kernel.roles import COMPLIANCE_TEAM, Role
from domain.kernel.sealed import Sealed

REVIEWERS: frozenset[Role] = COMPLIANCE_TEAM | frozenset({"kyc_reviewer"})
"""Whoever works the queue."""

VISIBLE: frozenset[Role] = REVIEWERS | frozenset({"auditor", "process"})

DocumentKind = Literal["passport", "emirates_id", "national_id", "drivers_license"]
"""The documents of CP8."""

Fatca = Literal["clear", "blocked"]
Accreditation = Literal["retail", "professional", "institutional"]


class KycDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document that lies outside the log: what it is, SHA-256 and size of its content."""

    kind: DocumentKind
    digest: str
    media_type: str
    size: int


class KycSubmitted(Event, frozen=True, kw_only=True):
    """The subject applies; applications of a subject are numbered from 1.

    ``details`` (name, birth date, nationality, number and expiry of the document) are sealed;
    ``fatca`` is what the rules need of the nationality.
    """

    TYPE = "kyc.submitted"
    VISIBLE = VISIBLE
    number: int
    documents: tuple[KycDocument, ...]
    details: Sealed
    fatca: Fatca


class KycReviewOpened(Event, frozen=True, kw_only=True):
    """A reviewer has looked at the application for the first time."""

    TYPE = "kyc.review_opened"
    VISIBLE = VISIBLE
    number: int
    reviewer: str


class KycApproved(Event, frozen=True, kw_only=True):
    """The reviewer knows who this is; level and what follows from it."""

    TYPE = "kyc.approved"
    VISIBLE = VISIBLE
    number: int
    reviewer: str
    level: int
    accreditation: Accreditation
    fatca: Fatca
    notes: Sealed | None = None


class KycRejected(Event, frozen=True, kw_only=True):
    """The reviewer does not; the reason is sealed, and meant for the subject."""

    TYPE = "kyc.rejected"
    VISIBLE = VISIBLE
    number: int
    reviewer: str
    reason: Sealed


EVENTS = (KycSubmitted, KycReviewOpened, KycApproved, KycRejected)
