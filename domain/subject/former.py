"""What events of a subject looked like under earlier schema numbers, kept for ever."""

from typing import Final

from domain.kernel.event import Event


class KycPassed1(Event, frozen=True, kw_only=True):
    """Gate 1: the identity is known."""

    TYPE = "subject.kyc_passed"
    evidence: str


class SubjectClassified1(Event, frozen=True, kw_only=True):
    """The subject is of this class of investors; the evidence is the reviewer's reference."""

    TYPE = "subject.classified"
    investor_class: str
    evidence: str


FORMER: Final[tuple[type[Event], ...]] = (KycPassed1, SubjectClassified1)
