"""Checks of subjects, the policy that asks for them, and what people find (FX8)."""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from domain.check import commands
from domain.check.events import Gate
from domain.check.state import FINDING
from domain.compliance.onboarding import OnboardingPolicy
from domain.kernel.command import Command
from domain.kernel.refusal import NotFound, Refused
from domain.kernel.roles import Role
from domain.settings.state import PublishOnboarding
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import END, Body, Name, Text
from interfaces.inbound.http.rest.commands import CommandRoute
from interfaces.inbound.http.rest.invoice_views import Paging, filter_of
from interfaces.inbound.http.rest.kyc import Country
from interfaces.inbound.http.rest.reads import ReadRoute, page_of
from interfaces.inbound.http.rest.shapes import Shape
from projections.checks import queries

CHECK: Final = Shape(queries.CheckRow, "Check")

Finding = Annotated[str, Meta(pattern=f"^{FINDING.pattern}{END}", description="A short code.")]


class OnboardingRules(Body, frozen=True, kw_only=True):
    """Who checks subjects, and what sends them to the reporting officer."""

    identity: Literal["manual", "sumsub"] = "manual"
    screening: Literal["manual", "complyadvantage"] = "manual"
    high_risk: Annotated[tuple[Country, ...], Meta(max_length=250)] = ()
    review_roles: Annotated[tuple[Role, ...], Meta(max_length=32)] = ()
    review_findings: Annotated[tuple[Finding, ...], Meta(max_length=32)] = ()


class CheckFindings(Body, frozen=True, kw_only=True):
    """What a reviewer found, as codes, and the file that tells more."""

    reference: Text
    findings: Annotated[tuple[Finding, ...], Meta(min_length=1, max_length=32)]


class CheckPage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which checks; FAILED and ALERTED ones are the reporting officer's queue."""

    subject: Name | None = None
    gate: Literal["identity", "screening", "risk"] | None = None
    state: Literal["ASKED", "RETURNED", "PASSED", "FAILED", "ALERTED"] | None = None
    provider: Name | None = None


_BY_HAND: Final[dict[str, Gate]] = {"identity": "identity", "screening": "screening"}
"""Gates that a person may close for somebody; the policy alone asks for the third."""


def _publish(_: Call, body: OnboardingRules) -> Command:
    return PublishOnboarding(policy=OnboardingPolicy(**msgspec.structs.asdict(body)))


def _fail(call: Call, body: CheckFindings) -> Command:
    gate = _BY_HAND.get(call.names["gate"])
    if gate is None:
        raise Refused(NotFound(kind="gate", identity=call.names["gate"]))
    return commands.FailCheck(
        subject=call.names["subject"], gate=gate, reference=body.reference, findings=body.findings
    )


async def _checks(call: Call, page: CheckPage) -> msgspec.Struct:
    wanted = filter_of(page, queries.CheckFilter)
    query = queries.checks(wanted, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, CHECK, limit=page.limit, after=lambda row: row.position)


COMMANDS: Final[tuple[CommandRoute[Any], ...]] = (
    CommandRoute(
        path="/settings/onboarding",
        operation="PublishOnboarding",
        summary="Set who checks subjects, and what the reporting officer must look at",
        body=OnboardingRules,
        example=OnboardingRules(
            high_risk=("IR", "KP"), review_roles=("seller",), review_findings=("pep",)
        ),
        build=_publish,
        aggregate="settings",
    ),
    CommandRoute(
        path="/subjects/{subject:str}/checks/{gate:str}/fail",
        operation="FailCheck",
        summary="Hand a check to the reporting officer: something was found",
        body=CheckFindings,
        example=CheckFindings(reference="file 2026-0521", findings=("sanction",)),
        build=_fail,
        aggregate="check",
    ),
)

READS: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/checks",
        operation="ListChecks",
        summary="List checks of subjects, the oldest first",
        query="checks",
        run=_checks,
        answer=CHECK.type,
        paged=True,
        parameters=CheckPage,
    ),
)
