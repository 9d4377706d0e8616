"""Issuer status: ask for it, approve, reject, read (LB4, LB3)."""

from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec

from domain.issuer import commands
from domain.kernel.command import Command
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import Body, Name, Text
from interfaces.inbound.http.rest.commands import CommandRoute, NoBody
from interfaces.inbound.http.rest.invoice_views import Paging
from interfaces.inbound.http.rest.reads import ReadRoute, page_of
from interfaces.inbound.http.rest.shapes import Shape
from interfaces.inbound.http.visibility import scope
from projections.issuers import queries

ISSUER: Final = Shape(queries.IssuerRow, "IssuerRequest")


class IssuerRejection(Body, frozen=True, kw_only=True):
    """Why not; the subject is told."""

    reason: Text


class IssuerPage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which wishes; others than the back office see their own."""

    subject: Name | None = None
    state: Literal["REQUESTED", "APPROVED", "REJECTED"] | None = None


def _plain(
    path: str, operation: str, summary: str, command: Callable[..., Command]
) -> CommandRoute[NoBody]:
    def build(call: Call, _: NoBody) -> Command:
        return command(subject=call.names["subject"])

    return CommandRoute(
        path=f"/subjects/{{subject:str}}/issuer{path}",
        operation=operation,
        summary=summary,
        body=NoBody,
        example=NoBody(),
        build=build,
        aggregate="issuer",
    )


def _reject(call: Call, body: IssuerRejection) -> Command:
    return commands.RejectIssuer(subject=call.names["subject"], reason=body.reason)


async def _issuers(call: Call, page: IssuerPage) -> msgspec.Struct:
    query = queries.issuers(
        subject=scope(call.principal) or page.subject,
        state=page.state,
        after=page.after,
        limit=page.limit + 1,
    )
    return await page_of(call, query, ISSUER, limit=page.limit, after=lambda row: row.position)


COMMANDS: Final[tuple[CommandRoute[Any], ...]] = (
    _plain("", "RequestIssuer", "Ask to be an issuer", commands.RequestIssuer),
    _plain("/approve", "ApproveIssuer", "Make a subject an issuer", commands.ApproveIssuer),
    CommandRoute(
        path="/subjects/{subject:str}/issuer/reject",
        operation="RejectIssuer",
        summary="Turn down the wish to be an issuer",
        body=IssuerRejection,
        example=IssuerRejection(reason="The company does not trade yet."),
        build=_reject,
        aggregate="issuer",
    ),
)

READS: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/issuer-requests",
        operation="ListIssuerRequests",
        summary="List wishes to be an issuer, the oldest first",
        query="issuers",
        run=_issuers,
        answer=ISSUER.type,
        paged=True,
        parameters=IssuerPage,
    ),
)
