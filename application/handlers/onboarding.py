"""From a submitted file to a subject that may act: the checks of the gates, their answers (FX8).

A check and the step of its subject are one decision: whoever is past a gate has passed its check.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import msgspec

from application.draft import Asking, Draft, Handling, Loading
from application.handlers.claims import review_claims
from domain.check import commands
from domain.check import state as checks
from domain.check.events import CheckPassed, Gate, Provider
from domain.check.state import CHECK, Check, check_stream
from domain.compliance.onboarding import OnboardingPolicy, RiskFacts, review_reasons
from domain.integrity.canonical import canonical
from domain.kernel.command import Context
from domain.kernel.event import Event
from domain.kyc import events as kyc_events
from domain.kyc.decide import approve_as
from domain.kyc.state import KYC, Kyc, application_of, kyc_stream
from domain.settings.state import SETTINGS, SETTINGS_STREAM
from domain.subject import commands as wishes
from domain.subject import decide, events
from domain.subject.state import SUBJECT, Subject, subject_stream

BEFORE: Final[dict[Gate, str]] = {
    "identity": "ONBOARDING_SUBMITTED",
    "screening": "KYC_PASSED",
    "risk": "SCREENING_PASSED",
}
"""The state in which a subject stands before a gate."""

CHECKED: Final[tuple[Gate, ...]] = ("identity", "screening")
"""The gates whose findings the policy weighs."""

Passing = wishes.PassKyc | wishes.PassScreening | wishes.PassRisk

PASSING: Final[dict[Gate, type[Passing]]] = {
    "identity": wishes.PassKyc,
    "screening": wishes.PassScreening,
    "risk": wishes.PassRisk,
}
GATE_OF: Final = {command: gate for gate, command in PASSING.items()}


def advance(command: commands.AdvanceOnboarding, context: Context) -> Handling:
    """Take the next step that needs nobody; the house's own subjects are let in by hand."""
    draft = Draft()
    stream = subject_stream(command.subject)
    yield from draft.load(stream, SETTINGS_STREAM)
    subject = draft.of(SUBJECT, stream)
    policy = draft.of(SETTINGS, SETTINGS_STREAM).onboarding
    if subject.kind == "platform":
        return draft
    match subject.state:
        case "ONBOARDING_SUBMITTED":
            yield from _ask(draft, command.subject, "identity", policy.identity)
            yield from _take_known(draft, command.subject, context.at)
        case "KYC_PASSED":
            yield from _ask(draft, command.subject, "screening", policy.screening)
        case "SCREENING_PASSED" if policy.version:
            yield from _weigh(draft, command.subject, policy, context.at)
        case "RISK_PASSED" if policy.version:
            draft.add(SUBJECT, stream, [events.SubjectActivated()])
            yield from review_claims(draft, command.subject, context.at)
        case _:
            pass
    return draft


def _ask(draft: Draft, subject: str, gate: Gate, provider: Provider) -> Loading:
    stream = check_stream(subject, gate)
    yield from draft.load(stream, SETTINGS_STREAM)
    inputs = yield from _inputs(draft, subject, gate)
    policy = draft.of(SETTINGS, SETTINGS_STREAM).onboarding.version
    asked = checks.ask(draft.of(CHECK, stream), provider=provider, policy=policy, inputs=inputs)
    draft.add(CHECK, stream, asked)


def _take_known(draft: Draft, subject: str, at: str) -> Loading:
    """Pass gate 1 where a reviewer knew the subject before it was asked."""
    yield from draft.load(kyc_stream(subject))
    kyc = draft.of(KYC, kyc_stream(subject))
    if kyc.state == "APPROVED":
        reference = application_of(subject, kyc.number)
        yield from close_identity(draft, subject, reference=reference, at=at)


def _weigh(draft: Draft, subject: str, policy: OnboardingPolicy, at: str) -> Loading:
    """Let the policy say whether the reporting officer must look."""
    yield from _ask(draft, subject, "risk", "policy")
    stream, risk = subject_stream(subject), check_stream(subject, "risk")
    yield from draft.load(*(check_stream(subject, gate) for gate in CHECKED))
    findings = [
        finding
        for gate in CHECKED
        for finding in draft.of(CHECK, check_stream(subject, gate)).findings
    ]
    facts = RiskFacts(
        country=draft.of(SUBJECT, stream).country,
        roles=draft.of(SUBJECT, stream).roles,
        findings=findings,
    )
    alerts = [
        f"alert:{gate}"
        for gate in CHECKED
        if draft.of(CHECK, check_stream(subject, gate)).state == "ALERTED"
    ]
    reasons, named = (*review_reasons(policy, facts), *alerts), f"policy {policy.version}"
    answer = commands.RecordOutcome(
        subject=subject,
        gate="risk",
        outcome="failed" if reasons else "passed",
        answer=checks.answer_of("policy", named.replace(" ", "-"), at=at, findings=reasons),
    )
    answered = draft.add(CHECK, risk, checks.record(draft.of(CHECK, risk), answer))
    if reasons:
        # Which of the policy's lines it was stands with the check, for compliance alone.
        draft.add(SUBJECT, stream, [events.MlroReviewOpened(reason=named)])
    else:
        yield from _step(draft, wishes.PassRisk(subject=subject, evidence=named), answered, at)


def record(command: commands.RecordOutcome, context: Context) -> Handling:
    """Take a provider's answer; a pass takes the subject through the gate it stands before."""
    draft = Draft()
    stream = check_stream(command.subject, command.gate)
    yield from draft.load(stream, subject_stream(command.subject))
    facts = draft.add(CHECK, stream, checks.record(draft.of(CHECK, stream), command))
    answer = command.answer
    if command.gate == "identity" and any(isinstance(fact, CheckPassed) for fact in facts):
        yield from _approve_open(draft, command.subject, answer.provider)
    evidence = f"{answer.provider} {answer.reference}"
    wish = PASSING[command.gate](subject=command.subject, evidence=evidence)
    yield from _step(draft, wish, facts, context.at)
    return draft


def refer(command: commands.RecordReference, _: Context) -> Handling:
    """Record a provider's reference."""
    draft = Draft()
    stream = check_stream(command.subject, command.gate)
    yield from draft.load(stream)
    draft.add(CHECK, stream, checks.refer(draft.of(CHECK, stream), command))
    return draft


def fail(command: commands.FailCheck, context: Context) -> Handling:
    """Take what a reviewer found: the reporting officer has the next word."""
    draft = Draft()
    stream = check_stream(command.subject, command.gate)
    yield from draft.load(stream)
    decision = checks.fail_by_hand(draft.of(CHECK, stream), command, at=context.at)
    draft.add(CHECK, stream, decision)
    return draft


def pass_by_hand(command: Passing, context: Context) -> Handling:
    """Take a reviewer's word for a gate, and close its check."""
    draft = Draft()
    gate = GATE_OF[type(command)]
    stream, check = subject_stream(command.subject), check_stream(command.subject, gate)
    yield from draft.load(stream, check, SETTINGS_STREAM)
    if isinstance(command, wishes.PassKyc):
        draft.demand(decide.refuse_validity(command.valid_until, at=context.at))
    inputs = yield from _inputs(draft, command.subject, gate)
    decision = decide.pass_gate(draft.of(SUBJECT, stream), command.subject, command)
    provenance = events.Provenance(
        provider="manual",
        reference=command.evidence,
        policy=draft.of(SETTINGS, SETTINGS_STREAM).onboarding.version,
        inputs=inputs,
    )
    if isinstance(decision, list):
        decision = [_because(fact, provenance) for fact in decision]
    draft.add(SUBJECT, stream, decision)
    closed = checks.pass_by_hand(draft.of(CHECK, check), reference=command.evidence, at=context.at)
    draft.add(CHECK, check, closed)
    yield from review_claims(draft, command.subject, context.at)
    return draft


def close_identity(draft: Draft, subject: str, *, reference: str, at: str) -> Loading:
    """Pass gate 1 by a reviewer's word, where the subject waits there for a person."""
    stream = check_stream(subject, "identity")
    yield from draft.load(stream, subject_stream(subject))
    check = draft.of(CHECK, stream)
    if check.provider != "manual":
        return
    facts = draft.add(CHECK, stream, checks.pass_by_hand(check, reference=reference, at=at))
    yield from _step(draft, wishes.PassKyc(subject=subject, evidence=reference), facts, at)


def note_approval(draft: Draft, subject: str, facts: Sequence[Event]) -> Loading:
    """Keep with the subject what an approved application says of it."""
    stream = subject_stream(subject)
    yield from draft.load(stream)
    noted = [
        events.KycApproved(
            application=application_of(subject, fact.number),
            level=fact.level,
            accreditation=fact.accreditation,
            fatca=fact.fatca,
        )
        for fact in facts
        if isinstance(fact, kyc_events.KycApproved)
    ]
    draft.add(SUBJECT, stream, list(noted))


def _approve_open(draft: Draft, subject: str, provider: Provider) -> Loading:
    """Approve the open application that a provider has looked at in a reviewer's place."""
    stream = kyc_stream(subject)
    yield from draft.load(stream)
    facts = draft.add(KYC, stream, approve_as(draft.of(KYC, stream), provider))
    yield from note_approval(draft, subject, facts)


def _step(draft: Draft, wish: Passing, facts: Sequence[Event], at: str) -> Loading:
    """Take the subject through the gate that a passed check belongs to, if it stands there."""
    stream = subject_stream(wish.subject)
    state = draft.of(SUBJECT, stream)
    passed = [fact for fact in facts if isinstance(fact, CheckPassed)]
    if not passed or state.state != BEFORE[GATE_OF[type(wish)]]:
        return
    provenance = events.Provenance(
        provider=passed[0].answer.provider,
        reference=passed[0].answer.reference,
        policy=passed[0].policy,
        inputs=passed[0].inputs,
    )
    decision = decide.pass_gate(state, wish.subject, wish)
    if isinstance(decision, list):
        decision = [_because(fact, provenance) for fact in decision]
    draft.add(SUBJECT, stream, decision)
    yield from review_claims(draft, wish.subject, at)


def _because(fact: Event, provenance: events.Provenance) -> Event:
    if isinstance(fact, events.KycPassed | events.ScreeningPassed | events.RiskPassed):
        return msgspec.structs.replace(fact, provenance=provenance)
    return fact


def _inputs(draft: Draft, subject: str, gate: Gate) -> Asking[str]:
    """Hash what a gate looks at, as it lies sealed on the log: nobody can guess it back."""
    yield from draft.load(subject_stream(subject), kyc_stream(subject))
    seen: list[object] = [gate, _described(draft.of(SUBJECT, subject_stream(subject)))]
    if gate != "risk":
        seen.append(_applied(draft.of(KYC, kyc_stream(subject))))
        return sha256(canonical(seen)).hexdigest()
    yield from draft.load(*(check_stream(subject, each) for each in CHECKED))
    seen += [_answered(draft.of(CHECK, check_stream(subject, each))) for each in CHECKED]
    return sha256(canonical(seen)).hexdigest()


def _described(subject: Subject) -> object:
    """What is checked of a subject, as the log has it."""
    return [subject.name, subject.kind, subject.country, list(subject.roles), subject.email]


def _applied(kyc: Kyc) -> object:
    return [kyc.number, list(kyc.documents), kyc.details, kyc.fatca]


def _answered(check: Check) -> object:
    return [check.provider, check.reference, check.answered_at, list(check.findings)]
