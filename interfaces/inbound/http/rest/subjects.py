"""Subjects, their gates and wallets (FX8)."""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from application.authority import refuse_command
from domain.kernel.calendar import later
from domain.kernel.command import Command
from domain.kernel.contacts import refuse_email
from domain.kernel.refusal import Refused
from domain.registration.decide import plain_email
from domain.registration.refusals import EmailTaken
from domain.subject import commands
from domain.subject.decide import refuse_name
from interfaces.inbound.http.addresses import demand_checksum
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.personal import sealer
from interfaces.inbound.http.rest.bodies import END, Address, Body, Name, SubjectName, Text
from interfaces.inbound.http.rest.commands import CommandRoute, NoBody

GrantableRole = Literal[
    "seller",
    "buyer",
    "lender",
    "investor",
    "broker",
    "partner",
    "compliance",
    "admin",
    "issuer",
    "kyc_reviewer",
    "mlro",
    "mlro_deputy",
    "transfer_agent",
    "sub_admin",
    "operations",
    "auditor",
    "integrator",
    "custodian",
    "witness",
    "monitor",
]
"""Every role that a person or an institution can have; ``process`` is the system itself."""

DAY: Final = 86_400
"""Seconds for which an address is kept for a subject that is being entered."""

Email = Annotated[
    str, Meta(pattern="^[^@\\s]{1,64}@[^@\\s]{1,189}" + END, description="Sealed at the door.")
]


class CreateSubject(Body, frozen=True, kw_only=True):
    """A person or an institution.

    E-mail address, bank account and a person's name are sealed before they reach the log.
    """

    subject: SubjectName
    name: Text
    kind: Literal["person", "institution", "platform"]
    country: Annotated[str, Meta(pattern="^[A-Z]{2}" + END, description="ISO 3166 alpha-2.")]
    roles: tuple[GrantableRole, ...]
    email: Email | None = None
    bank_account: Name | None = None


class Evidence(Body, frozen=True, kw_only=True):
    """The reference of the provider or reviewer who passed the gate."""

    evidence: Text


class KycEvidence(Body, frozen=True, kw_only=True):
    """The reference of whoever knows the identity, and until when that is so."""

    evidence: Text
    valid_until: Text | None = None


class Reason(Body, frozen=True, kw_only=True):
    """Why, in the words of whoever decides."""

    reason: Text


class InvestorClass(Body, frozen=True, kw_only=True):
    """The class of an investor, and the reference of whoever found it."""

    investor_class: Literal["retail", "professional", "eligible_counterparty"]
    evidence: Text
    valid_until: Text | None = None


class NewWallet(Body, frozen=True, kw_only=True):
    """The address that takes the place of a lost one."""

    address: Address
    reason: Text


class Wallet(Body, frozen=True, kw_only=True):
    """The address that will hold the subject's tokens."""

    address: Address


def _create(call: Call, body: CreateSubject) -> Command:
    # The gate asks this again; here it keeps those who may not from making keys in the vault.
    refusal = refuse_command(call.principal.role, commands.CreateSubject)
    if refusal is not None:
        raise Refused(refusal)
    if refusal := refuse_name(body.name):
        raise Refused(refusal)
    if body.email is not None:
        _reserve(call, body.subject, body.email)
    seal = sealer(call.services.vault, body.subject)
    return commands.CreateSubject(
        subject=body.subject,
        name=seal("/name", body.name) if body.kind == "person" else body.name,
        kind=body.kind,
        country=body.country,
        roles=body.roles,
        email=None if body.email is None else seal("/email", body.email),
        bank_account=(
            None if body.bank_account is None else seal("/bank_account", body.bank_account)
        ),
    )


def _reserve(call: Call, subject: str, email: str) -> None:
    """Keep an address for a subject that an admin enters; raises Refused when somebody has it."""
    if refusal := refuse_email(email):
        raise Refused(refusal)
    identifiers, value = call.services.identifiers, plain_email(email)
    now = call.services.clock.now()
    if identifiers.claim("email", value, subject, now=now, until=later(now, DAY)) != subject:
        raise Refused(EmailTaken())


def _keep(call: Call, body: CreateSubject) -> None:
    """Keep the address for good, now that the subject is there."""
    if body.email is not None:
        call.services.identifiers.confirm("email", body.subject)


def _classify(call: Call, body: InvestorClass) -> Command:
    return commands.ClassifySubject(
        subject=call.names["subject"],
        investor_class=body.investor_class,
        evidence=body.evidence,
        valid_until=body.valid_until,
    )


def _replace(call: Call, body: NewWallet) -> Command:
    demand_checksum(body.address)
    return commands.ReplaceWallet(
        subject=call.names["subject"], address=body.address, reason=body.reason
    )


def _bind(call: Call, body: Wallet) -> Command:
    demand_checksum(body.address)
    return commands.BindWallet(subject=call.names["subject"], address=body.address)


def _plain(
    path: str, operation: str, summary: str, command: Callable[..., Command]
) -> CommandRoute[NoBody]:
    def build(call: Call, _: NoBody) -> Command:
        return command(subject=call.names["subject"])

    return CommandRoute(
        path=f"/subjects/{{subject:str}}/{path}",
        operation=operation,
        summary=summary,
        body=NoBody,
        example=NoBody(),
        build=build,
        aggregate="subject",
    )


def _gate(
    path: str, operation: str, summary: str, command: Callable[..., Command]
) -> CommandRoute[Evidence]:
    def build(call: Call, body: Evidence) -> Command:
        return command(subject=call.names["subject"], evidence=body.evidence)

    return CommandRoute(
        path=f"/subjects/{{subject:str}}/gates/{path}",
        operation=operation,
        summary=summary,
        body=Evidence,
        example=Evidence(evidence="case 2026-0517"),
        build=build,
        aggregate="subject",
    )


def _kyc(
    path: str, operation: str, summary: str, command: Callable[..., Command]
) -> CommandRoute[KycEvidence]:
    def build(call: Call, body: KycEvidence) -> Command:
        return command(
            subject=call.names["subject"], evidence=body.evidence, valid_until=body.valid_until
        )

    return CommandRoute(
        path=f"/subjects/{{subject:str}}/{path}",
        operation=operation,
        summary=summary,
        body=KycEvidence,
        example=KycEvidence(evidence="case 2026-0517", valid_until="2030-05-22T00:00:00.000000Z"),
        build=build,
        aggregate="subject",
    )


def _review(call: Call, body: Reason) -> Command:
    return commands.OpenMlroReview(subject=call.names["subject"], reason=body.reason)


ROUTES: Final[tuple[CommandRoute[Any], ...]] = (
    CommandRoute(
        path="/subjects",
        operation="CreateSubject",
        summary="Enter a person or an institution",
        body=CreateSubject,
        example=CreateSubject(
            subject="coppergate",
            name="Coppergate Joinery Ltd",
            kind="institution",
            country="GB",
            roles=("seller",),
            email="accounts@coppergate.example",
            bank_account="40-12-76 55501234",
        ),
        build=_create,
        aggregate="subject",
        creates=True,
        blocking=True,
        done=_keep,
    ),
    _plain(
        "onboarding",
        "SubmitOnboarding",
        "Hand the file in for the gates",
        commands.SubmitOnboarding,
    ),
    _kyc("gates/kyc", "PassKyc", "Pass gate 1: the identity is known", commands.PassKyc),
    _kyc("kyc/renew", "RenewKyc", "Know the identity for longer, or again", commands.RenewKyc),
    _gate(
        "screening",
        "PassScreening",
        "Pass gate 2: no list names the subject",
        commands.PassScreening,
    ),
    CommandRoute(
        path="/subjects/{subject:str}/gates/mlro",
        operation="OpenMlroReview",
        summary="Ask for gate 3: the reporting officer's review",
        body=Reason,
        example=Reason(reason="ownership through two jurisdictions"),
        build=_review,
        aggregate="subject",
    ),
    _gate("risk", "PassRisk", "Accept the risk", commands.PassRisk),
    _plain("activate", "ActivateSubject", "Let the subject act", commands.ActivateSubject),
    CommandRoute(
        path="/subjects/{subject:str}/wallet",
        operation="BindWallet",
        summary="Name the address that holds the subject's tokens",
        body=Wallet,
        example=Wallet(address="0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
        build=_bind,
        aggregate="subject",
    ),
    CommandRoute(
        path="/subjects/{subject:str}/wallet/replace",
        operation="ReplaceWallet",
        summary="Give the subject's identity another address: the old one is lost",
        body=NewWallet,
        example=NewWallet(
            address="0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC", reason="key lost, case 12"
        ),
        build=_replace,
        aggregate="subject",
    ),
    CommandRoute(
        path="/subjects/{subject:str}/class",
        operation="ClassifySubject",
        summary="Say which class of investors the subject is of",
        body=InvestorClass,
        example=InvestorClass(investor_class="professional", evidence="case 2026-0519"),
        build=_classify,
        aggregate="subject",
    ),
)
