"""Decisions about subjects, and the standing that other decisions ask for."""

import re
from typing import Final

from domain.kernel.command import Command
from domain.kernel.countries import NUMERIC
from domain.kernel.event import Event
from domain.kernel.ids import SUBJECT as SUBJECT_NAME
from domain.kernel.refusal import InvalidField, NotFound, Refusal
from domain.kernel.roles import Role
from domain.subject import commands, events
from domain.subject.refusals import NoWallet, RoleMissing, SubjectNotActive, SubjectPaused
from domain.subject.state import Subject
from domain.subject.workflow import SUBJECT_WORKFLOW

Decision = list[Event] | Refusal

RESERVED: Final = frozenset({"outside", "platform", "collections"})
"""Owners of accounts that are nobody's subject."""

ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}")
NOBODY: Final = "0x" + "0" * 40
NAME_LIMIT: Final = 200


def create(state: Subject, command: commands.CreateSubject) -> Decision:
    """Enter a new subject."""
    if refusal := SUBJECT_WORKFLOW.refuse(command.subject, state.state, command.TYPE):
        return refusal
    if SUBJECT_NAME.fullmatch(command.subject) is None or command.subject in RESERVED:
        return InvalidField(field="subject", reason="use lower case letters, digits and hyphens")
    if not command.name.strip() or len(command.name) > NAME_LIMIT:
        return InvalidField(field="name", reason="give a name of at most 200 characters")
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
    if refusal := SUBJECT_WORKFLOW.refuse(subject, state.state, command.TYPE):
        return refusal
    match command:
        case commands.SubmitOnboarding():
            return [events.OnboardingSubmitted()]
        case commands.PassKyc():
            return [events.KycPassed(evidence=command.evidence)]
        case commands.PassScreening():
            return [events.ScreeningPassed(evidence=command.evidence)]
        case commands.OpenMlroReview():
            return [events.MlroReviewOpened(reason=command.reason)]
        case commands.PassRisk():
            return [events.RiskPassed(evidence=command.evidence)]
        case commands.ActivateSubject():
            return [events.SubjectActivated()]
        case commands.FreezeSubject():
            return [events.SubjectFrozen()]
        case commands.UnfreezeSubject():
            return [events.SubjectUnfrozen()]
        case commands.DeclineSubject():
            return [events.SubjectDeclined()]
        case _:
            message = f"not a gate: {command.TYPE}"
            raise TypeError(message)


def bind_wallet(state: Subject, command: commands.BindWallet) -> Decision:
    """Bind an EVM address; binding the same one again changes nothing."""
    if refusal := refuse_inactive(state, command.subject):
        return refusal
    if ADDRESS.fullmatch(command.address) is None or command.address == NOBODY:
        return InvalidField(field="address", reason="must be 0x and 40 hex digits, not zero")
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


def refuse_inactive(state: Subject, subject: str) -> Refusal | None:
    """Say why this subject may take on nothing new."""
    if state.state == SUBJECT_WORKFLOW.start:
        return NotFound(kind="subject", identity=subject)
    if state.state == "FROZEN":
        return SubjectPaused(subject=subject)
    if state.state != "ACTIVE":
        return SubjectNotActive(subject=subject, state=state.state)
    return None


def refuse_role(state: Subject, subject: str, role: Role) -> Refusal | None:
    """Say why this subject may not stand in this place of a deal."""
    if refusal := refuse_inactive(state, subject):
        return refusal
    return None if role in state.roles else RoleMissing(subject=subject, role=role)


def refuse_walletless(state: Subject, subject: str) -> Refusal | None:
    """Say why this subject cannot hold tokens on chain."""
    if state.wallet is None or state.identity is None:
        return NoWallet(subject=subject)
    return None
