"""What events of a subject looked like under earlier schema numbers, kept for ever."""

from typing import Final

from domain.kernel.event import Event
from domain.kernel.roles import Role
from domain.kernel.sealed import Sealed


class SubjectCreated1(Event, frozen=True, kw_only=True):
    """A subject exists; its e-mail address is sealed (FORMATS 7)."""

    TYPE = "subject.created"
    name: str
    kind: str
    country: str
    roles: tuple[Role, ...]
    email: Sealed | None = None
    bank_account: str | None = None


class KycPassed1(Event, frozen=True, kw_only=True):
    """Gate 1: the identity is known."""

    TYPE = "subject.kyc_passed"
    evidence: str


class SubjectClassified1(Event, frozen=True, kw_only=True):
    """The subject is of this class of investors; the evidence is the reviewer's reference."""

    TYPE = "subject.classified"
    investor_class: str
    evidence: str


class KycPassed2(Event, frozen=True, kw_only=True):
    """Gate 1: the identity is known, and until ``valid_until`` (an instant) if that is named."""

    TYPE = "subject.kyc_passed"
    SCHEMA = 2
    evidence: str
    valid_until: str | None = None


class ScreeningPassed1(Event, frozen=True, kw_only=True):
    """Gate 2: no list names the subject."""

    TYPE = "subject.screening_passed"
    evidence: str


class RiskPassed1(Event, frozen=True, kw_only=True):
    """The risk is acceptable."""

    TYPE = "subject.risk_passed"
    evidence: str


class SubjectFrozen1(Event, frozen=True, kw_only=True):
    """Gate 4: new actions are paused; the true reason is not here."""

    TYPE = "subject.frozen"


FORMER: Final[tuple[type[Event], ...]] = (
    SubjectFrozen1,
    SubjectCreated1,
    KycPassed1,
    KycPassed2,
    ScreeningPassed1,
    RiskPassed1,
    SubjectClassified1,
)
