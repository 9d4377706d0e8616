"""Onboarding by itself, as far as the policy allows, and mails to those who work the queue."""

from collections.abc import Sequence
from typing import Any, Final

from application.processes.intake import mail
from application.processes.manager import ProcessManager, Reaction, Wish
from domain.case.decide import name_from
from domain.check.commands import AdvanceOnboarding
from domain.check.events import CheckAlerted
from domain.kernel.event import Recorded
from domain.kernel.ids import identity_of
from domain.kernel.sealed import Sealed
from domain.kyc import events as kyc
from domain.kyc.state import application_of
from domain.subject import events as facts
from domain.subject.commands import FreezeSubject

TEMPLATE: Final = "kyc_submitted"
WORKERS: Final = frozenset({"kyc_reviewer"})
"""Whoever is told of a new application."""


def _advance(_: object, recorded: Recorded) -> Sequence[Reaction]:
    subject = identity_of(recorded.stream)
    return (Wish(AdvanceOnboarding(subject=subject), subject),)


ONBOARDING: Final = ProcessManager(
    name="onboarding",
    reactions={
        facts.OnboardingSubmitted: _advance,
        facts.KycPassed: _advance,
        facts.ScreeningPassed: _advance,
        facts.RiskPassed: _advance,
    },
)


def _of_subject(recorded: Recorded) -> str:
    return identity_of(recorded.stream).partition("/")[0]


def _acts(memory: str | None, recorded: Recorded) -> str | None:
    """Remember who may act: before that an alert is weighed with everything else."""
    match recorded.fact:
        case facts.SubjectActivated():
            return "acts"
        case facts.SubjectDeclined():
            return ""
        case _:
            return memory


def _alert(memory: Any, recorded: Recorded) -> Sequence[Reaction]:
    """Gate 4: whoever may act is paused at once, and compliance looks at it."""
    fact = recorded.fact
    if not isinstance(fact, CheckAlerted) or not memory:
        return ()
    subject, _, gate = identity_of(recorded.stream).partition("/")
    hidden = Sealed(sealed="", nonce=recorded.envelope.salt or "", box=recorded.chain.hex())
    freeze = FreezeSubject(
        subject=subject,
        case=name_from(hidden),
        kind="screening" if gate == "screening" else "review",
        reference=f"{fact.answer.provider}:{fact.answer.reference}",
    )
    return (Wish(freeze, subject),)


STANDING: Final = ProcessManager(
    name="standing",
    reactions={CheckAlerted: _alert},
    remembers=frozenset({facts.SubjectActivated, facts.SubjectDeclined}),
    case=_of_subject,
    fold=_acts,
)
"""Its name tells nothing: it stands on the log as the actor of a pause (002, tipping off)."""

Reviewers = frozenset[str]


def _remember(memory: Reviewers | None, recorded: Recorded) -> Reviewers:
    known, subject = memory or frozenset(), identity_of(recorded.stream)
    match recorded.fact:
        case facts.SubjectCreated(roles=roles) if WORKERS & set(roles):
            return known | {subject}
        case facts.SubjectDeclined():
            return known - {subject}
        case _:
            return known


def _notify(memory: Any, recorded: Recorded) -> Sequence[Reaction]:
    fact = recorded.fact
    if not isinstance(fact, kyc.KycSubmitted):
        return ()
    application = application_of(identity_of(recorded.stream), fact.number)
    fields = {"application": application}
    return tuple(mail(TEMPLATE, each, application, fields) for each in sorted(memory or ()))


REVIEWING: Final = ProcessManager(
    name="reviewing",
    reactions={kyc.KycSubmitted: _notify},
    remembers=frozenset({facts.SubjectCreated, facts.SubjectDeclined}),
    # There is one list of reviewers, so all facts belong to one case.
    case=lambda _: "reviewers",
    fold=_remember,
)
