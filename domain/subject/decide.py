"""Decisions about subjects, and the standing that other decisions ask for."""

import re
from typing import Final

from domain.kernel.calendar import instant
from domain.kernel.command import Command
from domain.kernel.countries import NUMERIC
from domain.kernel.event import Event
from domain.kernel.ids import SUBJECT as SUBJECT_NAME
from domain.kernel.refusal import InvalidField, NotFound, Refusal, WrongState
from domain.kernel.roles import Role
from domain.kernel.text import refuse_text
from domain.subject import commands, events
from domain.subject.claims import (
    CLASS_FACT,
    CLASSES,
    claim_data,
    claim_write,
    revocation_write,
    wanted_claims,
)
from domain.subject.refusals import (
    AddressMalformed,
    CounterpartyUnavailable,
    NoWallet,
    RoleMissing,
    SubjectNotActive,
    SubjectPaused,
    WalletLinkPending,
    WalletTaken,
)
from domain.subject.state import Subject
from domain.subject.workflow import SUBJECT_WORKFLOW

Decision = list[Event] | Refusal

RESERVED: Final = frozenset({"outside", "platform", "collections"})
"""Owners of accounts that are nobody's subject."""

ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}")
NOBODY: Final = "0x" + "0" * 40
NAME_LIMIT: Final = 200
OVER: Final = frozenset({"CLOSED", "ERASING", "ERASED"})
"""States of a relation that has ended."""
_UNKNOWN: Final = frozenset({"NONE", "CREATED", "ONBOARDING_SUBMITTED", "DECLINED"}) | OVER
"""States in which nobody has looked at the identity yet, or will again."""


def create(state: Subject, command: commands.CreateSubject) -> Decision:
    """Enter a new subject."""
    if refusal := SUBJECT_WORKFLOW.refuse(command.subject, state.state, command.TYPE):
        return refusal
    if SUBJECT_NAME.fullmatch(command.subject) is None or command.subject in RESERVED:
        return InvalidField(field="subject", reason="use lower case letters, digits and hyphens")
    if isinstance(command.name, str) and (refusal := refuse_name(command.name)):
        return refusal
    if command.kind not in {"person", "institution", "platform"}:
        return InvalidField(field="kind", reason="must be person, institution or platform")
    if command.country not in NUMERIC:
        return InvalidField(field="country", reason="must be an ISO 3166 alpha-2 code")
    return [
        events.SubjectCreated(
            name=command.name,
            kind=command.kind,
            country=command.country,
            roles=tuple(sorted(set(command.roles))),
            email=command.email,
            bank_account=command.bank_account,
        )
    ]


def pass_gate(state: Subject, subject: str, command: Command) -> Decision:
    """Take one of the plain steps through the gates."""
    if refusal := _refuse_step(state, subject, command):
        return refusal
    match command:
        case commands.SubmitOnboarding():
            return [events.OnboardingSubmitted()]
        case commands.PassKyc():
            return [events.KycPassed(evidence=command.evidence, valid_until=command.valid_until)]
        case commands.PassScreening():
            return [events.ScreeningPassed(evidence=command.evidence)]
        case commands.OpenMlroReview():
            return [events.MlroReviewOpened(reason=command.reason)]
        case commands.PassRisk():
            return [events.RiskPassed(evidence=command.evidence)]
        case commands.ActivateSubject():
            return [events.SubjectActivated()]
        case commands.FreezeSubject():
            return [events.SubjectFrozen(case=command.case)]
        case commands.UnfreezeSubject():
            return [events.SubjectUnfrozen()]
        case commands.DeclineSubject():
            return [events.SubjectDeclined()]
        case _:
            message = f"not a gate: {command.TYPE}"
            raise TypeError(message)


def _refuse_step(state: Subject, subject: str, command: Command) -> Refusal | None:
    """Say why a step is not possible; a review of a paused subject ends other than a first one."""
    wrong = commands.PassRisk if state.frozen else commands.UnfreezeSubject
    if state.state == "MLRO_REVIEW" and isinstance(command, wrong):
        allowed = "SCREENING_PASSED" if state.frozen else "FROZEN"
        return WrongState(subject=subject, state=state.state, command=command.TYPE, allowed=allowed)
    return SUBJECT_WORKFLOW.refuse(subject, state.state, command.TYPE)


def bind_wallet(state: Subject, command: commands.BindWallet) -> Decision:
    """Bind an EVM address; binding the same one again changes nothing."""
    if refusal := refuse_inactive(state, command.subject):
        return refusal
    if refusal := refuse_address(command.address):
        return refusal
    if state.wallet is not None and state.wallet.lower() == command.address.lower():
        return []
    return [events.WalletBound(address=command.address)]


def record_identity(state: Subject, command: commands.RecordIdentity) -> Decision:
    """Record the identity contract of the bound wallet."""
    if state.wallet is None or state.wallet.lower() != command.wallet.lower():
        return NotFound(kind="wallet", identity=command.wallet)
    if state.identity == command.identity:
        return []
    return [
        events.IdentityDeployed(
            wallet=command.wallet, identity=command.identity, transaction=command.transaction
        )
    ]


def add_role(state: Subject, role: Role) -> list[Event]:
    """Give a subject a role that it has not."""
    if role in state.roles:
        return []
    return [events.RolesChanged(roles=tuple(sorted({*state.roles, role})))]


def refuse_name(name: str) -> Refusal | None:
    """Say why this is no name; that of a person is looked at before it is sealed."""
    return refuse_text(name, field="name", limit=NAME_LIMIT, one_script=True)


def refuse_address(address: str) -> Refusal | None:
    """Say why this is no address; its checksum is looked at where Keccak is, at the door."""
    malformed = ADDRESS.fullmatch(address) is None or address == NOBODY
    return AddressMalformed(address=address[:64]) if malformed else None


def classify(state: Subject, command: commands.ClassifySubject) -> Decision:
    """Record the class of an investor; the same again changes nothing."""
    if state.state in {SUBJECT_WORKFLOW.start, "DECLINED", *OVER}:
        return refuse_inactive(state, command.subject) or []
    if command.investor_class not in CLASSES:
        return InvalidField(field="investor_class", reason=f"must be one of {', '.join(CLASSES)}")
    known = (state.investor_class, state.valid_until.get(CLASS_FACT))
    if known == (command.investor_class, command.valid_until) and CLASS_FACT not in state.lapsed:
        return []
    return [
        events.SubjectClassified(
            investor_class=command.investor_class,
            evidence=command.evidence,
            valid_until=command.valid_until,
        )
    ]


def renew_kyc(state: Subject, command: commands.RenewKyc) -> Decision:
    """Take that somebody looked at an identity again that had been known before."""
    if state.state in _UNKNOWN:
        return SubjectNotActive(subject=command.subject, state=state.state)
    return [events.KycRenewed(evidence=command.evidence, valid_until=command.valid_until)]


def refuse_validity(valid_until: str | None, *, at: str) -> Refusal | None:
    """Say why a fact cannot hold until this instant."""
    if valid_until is None:
        return None
    try:
        ahead = instant(valid_until) > instant(at)
    except ValueError:
        ahead = False
    if ahead and len(valid_until) == len(at):
        return None
    reason = "must be an instant that is still to come, as 2027-05-22T00:00:00.000000Z"
    return InvalidField(field="valid_until", reason=reason)


def lapse_facts(state: Subject, *, at: str) -> list[Event]:
    """Tell the facts whose time is over at an instant, each once."""
    return [
        events.FactLapsed(fact=fact, valid_until=until)
        for fact, until in sorted(state.valid_until.items())
        if until <= at
    ]


def replace_wallet(state: Subject, command: commands.ReplaceWallet, *, write: str) -> Decision:
    """Give the identity another address; its holdings are recovered token by token."""
    if refusal := refuse_inactive(state, command.subject):
        return refusal
    if refusal := refuse_address(command.address):
        return refusal
    if state.wallet is None or state.identity is None:
        return NoWallet(subject=command.subject)
    if state.wallet.lower() == command.address.lower():
        return WalletTaken(subject=command.subject, address=command.address)
    if state.linking:
        return WalletLinkPending(subject=command.subject)
    return [
        events.WalletReplaced(
            lost=state.wallet,
            address=command.address,
            identity=state.identity,
            reason=command.reason,
            write=write,
        )
    ]


def record_wallet_linked(state: Subject, command: commands.RecordWalletLinked) -> Decision:
    """Record that the new address is a key of the identity."""
    if not state.linking or state.wallet is None:
        return []
    if state.wallet.lower() != command.address.lower():
        return NotFound(kind="wallet", identity=command.address)
    return [events.WalletLinked(address=state.wallet, transaction=command.transaction)]


def review_claims(state: Subject, *, issuer: str, chain_id: int, subject: str) -> list[Event]:
    """Tell which claims lapse and which are asked for, from what holds of the subject now."""
    wanted = wanted_claims(
        state.state,
        country=state.country,
        investor_class=state.investor_class,
        identity=state.identity,
        lapsed=state.lapsed,
    )
    facts: list[Event] = []
    standing: set[int] = set()
    for number, claim in state.claims.items():
        if wanted.get(claim.topic) == claim.value and claim.identity == state.identity:
            standing.add(claim.topic)
            continue
        write = revocation_write(subject, number) if claim.signature else None
        facts.append(events.ClaimLapsed(number=number, topic=claim.topic, write=write))
    missing = [topic for topic in sorted(wanted) if topic not in standing]
    for number, topic in enumerate(missing, state.claimed + 1):
        value = wanted[topic]
        data = claim_data(chain_id=chain_id, number=number, topic=topic, value=value)
        facts.append(
            events.ClaimRequested(
                number=number,
                topic=topic,
                value=value,
                identity=state.identity or "",
                issuer=issuer,
                data=data,
            )
        )
    return facts


def sign_claim(state: Subject, command: commands.SignClaim) -> Decision:
    """Take the issuer's signature; one for a claim that has lapsed meanwhile is not used."""
    claim = state.claims.get(command.number)
    if claim is None or claim.signature is not None:
        return []
    if re.fullmatch("[0-9a-f]{130}", command.signature) is None:
        return InvalidField(field="signature", reason="must be 65 bytes in hex")
    write = claim_write(command.subject, command.number)
    return [events.ClaimSigned(number=command.number, signature=command.signature, write=write)]


def record_claim(state: Subject, command: commands.RecordClaim) -> Decision:
    """Record that the identity carries a claim, unless it has lapsed on the way."""
    claim = state.claims.get(command.number)
    if claim is None or claim.added:
        return []
    return [events.ClaimAdded(number=command.number, transaction=command.transaction)]


def record_revocation(state: Subject, command: commands.RecordRevocation) -> Decision:
    """Record that a claim is void on chain."""
    if command.number not in state.revoking:
        return []
    return [events.ClaimRevoked(number=command.number, transaction=command.transaction)]


def refuse_inactive(state: Subject, subject: str) -> Refusal | None:
    """Say why this subject may take on nothing new."""
    if state.state == SUBJECT_WORKFLOW.start:
        return NotFound(kind="subject", identity=subject)
    if state.frozen or state.state == "FROZEN":
        return SubjectPaused(subject=subject)
    if state.state != "ACTIVE":
        return SubjectNotActive(subject=subject, state=state.state)
    return None


def refuse_leaving(state: Subject, subject: str) -> Refusal | None:
    """Say why this subject may not go on with its onboarding or its file."""
    if state.state in {SUBJECT_WORKFLOW.start, "FROZEN", "DECLINED", *OVER}:
        return refuse_inactive(state, subject)
    return None


def refuse_role(state: Subject, subject: str, role: Role) -> Refusal | None:
    """Say why this subject may not stand in this place of a deal."""
    if refusal := refuse_inactive(state, subject):
        return refusal
    return None if role in state.roles else RoleMissing(subject=subject, role=role)


def refuse_counterparty(state: Subject, subject: str, role: Role | None = None) -> Refusal | None:
    """Say that nothing new can be agreed with somebody else, and never why (002, tipping off)."""
    if state.state == SUBJECT_WORKFLOW.start:
        return NotFound(kind="subject", identity=subject)
    if state.state != "ACTIVE":
        return CounterpartyUnavailable(subject=subject)
    return None if role is None else refuse_role(state, subject, role)


def refuse_walletless(state: Subject, subject: str) -> Refusal | None:
    """Say why this subject cannot hold tokens on chain."""
    if state.wallet is None or state.identity is None:
        return NoWallet(subject=subject)
    return WalletLinkPending(subject=subject) if state.linking else None
