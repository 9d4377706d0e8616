"""Businesses of issuers: register, approve, reject, read (CP1)."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from domain.business import commands
from domain.kernel.command import Command
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import END, BasisPoints, Body, Name, SubjectName, Text
from interfaces.inbound.http.rest.commands import CommandRoute, NoBody
from interfaces.inbound.http.rest.invoice_views import Paging
from interfaces.inbound.http.rest.reads import NoParameters, ReadRoute, one_of, page_of
from interfaces.inbound.http.rest.shapes import Shape
from interfaces.inbound.http.visibility import demand_visible, scope
from projections.businesses import queries

BUSINESS: Final = Shape(queries.BusinessRow, "Business", hide=("decided_by",))

Country = Annotated[str, Meta(pattern="^[A-Z]{2}" + END, description="ISO 3166 alpha-2.")]


class NewBusiness(Body, frozen=True, kw_only=True):
    """A company that its issuer wants to raise money for."""

    business: SubjectName
    company_name: Name
    registration_number: Annotated[
        str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9 ./-]{0,39}" + END, description="As registered.")
    ]
    country: Country
    industry: Name
    allocation_bps: BasisPoints


class Rejection(Body, frozen=True, kw_only=True):
    """Why not; the issuer is told."""

    reason: Text


class BusinessPage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which businesses."""

    state: Name | None = None
    owner: Name | None = None
    country: Name | None = None


def _register(_: Call, body: NewBusiness) -> Command:
    return commands.RegisterBusiness(**msgspec.structs.asdict(body))


def _approve(call: Call, _: NoBody) -> Command:
    return commands.ApproveBusiness(business=call.names["business"])


def _reject(call: Call, body: Rejection) -> Command:
    return commands.RejectBusiness(business=call.names["business"], reason=body.reason)


async def _business(call: Call, _: NoParameters) -> msgspec.Struct:
    identity = call.names["business"]
    row = await one_of(call, queries.business(identity), kind="business", identity=identity)
    demand_visible(call.principal, (row.owner,), kind="business", identity=identity)
    return BUSINESS.of(row)


async def _businesses(call: Call, page: BusinessPage) -> msgspec.Struct:
    wanted = queries.BusinessFilter(
        state=page.state, owner=scope(call.principal) or page.owner, country=page.country
    )
    query = queries.businesses(wanted, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, BUSINESS, limit=page.limit, after=lambda row: row.position)


COMMANDS: Final[tuple[CommandRoute[Any], ...]] = (
    CommandRoute(
        path="/businesses",
        operation="RegisterBusiness",
        summary="Register a company, as an issuer of KYC level 2 or more",
        body=NewBusiness,
        example=NewBusiness(
            business="harbour-lights",
            company_name="Harbour Lights Hotels Ltd",
            registration_number="09876543",
            country="GB",
            industry="hotels",
            allocation_bps=250,
        ),
        build=_register,
        aggregate="business",
        creates=True,
    ),
    CommandRoute(
        path="/businesses/{business:str}/approve",
        operation="ApproveBusiness",
        summary="Let a company make tokens",
        body=NoBody,
        example=NoBody(),
        build=_approve,
        aggregate="business",
    ),
    CommandRoute(
        path="/businesses/{business:str}/reject",
        operation="RejectBusiness",
        summary="Turn a company down",
        body=Rejection,
        example=Rejection(reason="The register of companies does not know this number."),
        build=_reject,
        aggregate="business",
    ),
)

READS: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/businesses/{business:str}",
        operation="GetBusiness",
        summary="Read a business",
        query="businesses",
        run=_business,
        answer=BUSINESS.type,
    ),
    ReadRoute(
        path="/businesses",
        operation="ListBusinesses",
        summary="List businesses, the oldest first; an issuer sees its own",
        query="businesses",
        run=_businesses,
        answer=BUSINESS.type,
        paged=True,
        parameters=BusinessPage,
    ),
)
