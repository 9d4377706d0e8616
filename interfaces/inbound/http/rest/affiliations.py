"""Brokers' pipelines and partners' tenants (FX14)."""

from typing import Any, Final

import msgspec

from domain.affiliation import state as affiliation
from domain.kernel.command import Command
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import Body, SubjectName
from interfaces.inbound.http.rest.commands import CommandRoute
from interfaces.inbound.http.rest.invoice_views import Paging
from interfaces.inbound.http.rest.reads import ReadRoute, page_of
from interfaces.inbound.http.rest.shapes import Page, Shape
from projections.affiliations import queries

PIPELINE: Final = Shape(queries.PipelineRow, "PipelineEntry")
TENANT: Final = Shape(queries.TenantSumRow, "TenantSum")


class Introduction(Body, frozen=True, kw_only=True):
    """The broker that brought the subject."""

    broker: SubjectName


class Tenancy(Body, frozen=True, kw_only=True):
    """The partner whose tenant is meant."""

    partner: SubjectName


class OfWhom(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose, for who may see others'."""

    of: SubjectName | None = None


def _introduce(call: Call, body: Introduction) -> Command:
    return affiliation.IntroduceSubject(member=call.names["subject"], broker=body.broker)


def _join(call: Call, body: Tenancy) -> Command:
    return affiliation.JoinTenant(member=call.names["subject"], partner=body.partner)


def _leave(call: Call, body: Tenancy) -> Command:
    return affiliation.LeaveTenant(member=call.names["subject"], partner=body.partner)


def _whose(call: Call, role: str, of: str | None) -> str:
    principal = call.principal
    return principal.subject if principal.role == role or of is None else of


async def _pipeline(call: Call, page: OfWhom) -> msgspec.Struct:
    broker = _whose(call, "broker", page.of)
    query = queries.pipeline(broker, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, PIPELINE, limit=page.limit, after=lambda row: row.position)


async def _tenant(call: Call, page: OfWhom) -> msgspec.Struct:
    rows = await call.services.reader.fetch(queries.tenant_sums(_whose(call, "partner", page.of)))
    return Page(items=[TENANT.of(row) for row in rows])


COMMANDS: Final[tuple[CommandRoute[Any], ...]] = (
    CommandRoute(
        path="/subjects/{subject:str}/introduction",
        operation="IntroduceSubject",
        summary="Note which broker brought a subject",
        body=Introduction,
        example=Introduction(broker="harbour-brokers"),
        build=_introduce,
        aggregate="affiliation",
    ),
    CommandRoute(
        path="/subjects/{subject:str}/tenancy",
        operation="JoinTenant",
        summary="Put a subject into a partner's supply-chain tenant",
        body=Tenancy,
        example=Tenancy(partner="supplyline"),
        build=_join,
        aggregate="affiliation",
    ),
    CommandRoute(
        path="/subjects/{subject:str}/tenancy/end",
        operation="LeaveTenant",
        summary="Take a subject out of a partner's tenant",
        body=Tenancy,
        example=Tenancy(partner="supplyline"),
        build=_leave,
        aggregate="affiliation",
    ),
)

READS: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/pipeline",
        operation="ListPipeline",
        summary="List the subjects that a broker introduced, the oldest first",
        query="pipeline",
        run=_pipeline,
        answer=PIPELINE.type,
        paged=True,
        parameters=OfWhom,
    ),
    ReadRoute(
        path="/tenant/sums",
        operation="ListTenantSums",
        summary="Sum the invoices of a partner's tenant by state and currency",
        query="tenant",
        run=_tenant,
        answer=TENANT.type,
        paged=True,
        parameters=OfWhom,
    ),
)
