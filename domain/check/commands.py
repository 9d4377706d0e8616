"""What providers report about a check, and what people find."""

from typing import Literal

from domain.check.events import Answer, Gate, Provider
from domain.kernel.command import Command

Outcome = Literal["passed", "failed", "returned"]


class AdvanceOnboarding(Command, frozen=True, kw_only=True):
    """Take the next step of an onboarding that needs nobody: ask for a check, weigh the risk."""

    TYPE = "check.advance"
    subject: str


class FailCheck(Command, frozen=True, kw_only=True):
    """A reviewer has found something; ``reference`` names the file, ``findings`` are codes."""

    TYPE = "check.fail"
    subject: str
    gate: Gate
    reference: str
    findings: tuple[str, ...]


class RecordReference(Command, frozen=True, kw_only=True):
    """The provider has taken it up."""

    TYPE = "check.refer"
    subject: str
    gate: Gate
    provider: Provider
    reference: str


class RecordOutcome(Command, frozen=True, kw_only=True):
    """The provider's answer; the newest counts, by the provider's own instants."""

    TYPE = "check.record"
    subject: str
    gate: Gate
    outcome: Outcome
    answer: Answer
