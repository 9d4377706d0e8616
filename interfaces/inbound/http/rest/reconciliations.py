"""Reconciliation of tokens: asking for a statement, what was stated, what others did on chain."""

from typing import Annotated, Any, Final

import anyio.to_thread
from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from domain.kernel.command import Command
from domain.kernel.refusal import NotFound, Refused
from domain.reconciliation.commands import RequestReconciliation
from interfaces.inbound.http.calls import (
    AnyRequest,
    Call,
    Door,
    called,
    wait_for_views,
    whole,
)
from interfaces.inbound.http.rest.bodies import END, Body, Name
from interfaces.inbound.http.rest.commands import PREFIX, CommandRoute
from interfaces.inbound.http.rest.invoice_views import Paging, filter_of
from interfaces.inbound.http.rest.reads import ANSWERED_BY, ReadRoute, page_of
from interfaces.inbound.http.rest.shapes import Shape
from interfaces.inbound.http.visibility import demand_query
from projections.chain_facts import queries as chain_facts
from projections.reconciliations import queries as reconciliations

TEXT: Final = "text/plain; charset=utf-8"
QUERY: Final = "reconciliations"
RECONCILIATION: Final = Shape(reconciliations.ReconciliationRow, "Reconciliation")
CHAIN_FACT: Final = Shape(chain_facts.ChainFactRow, "ChainFact")


class ReconciliationRequest(Body, frozen=True, kw_only=True):
    """Why books and chain are compared now; it stays on the log."""

    reason: Annotated[str, Meta(max_length=500, pattern="^[^\\x00-\\x08\\x0b-\\x1f]*" + END)] = ""


class ReconciliationPage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which statements."""

    token: Name | None = None
    agrees: bool | None = None


class ChainFactPage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which facts."""

    token: Name | None = None
    contract: Name | None = None
    event: Name | None = None
    state: Name | None = None
    transaction: Name | None = None


def _request(call: Call, body: ReconciliationRequest) -> Command:
    return RequestReconciliation(token=call.names["token"], reason=body.reason)


async def _reconciliations(call: Call, page: ReconciliationPage) -> Any:
    query = reconciliations.reconciliations(
        token=page.token, agrees=page.agrees, after=page.after, limit=page.limit + 1
    )
    return await page_of(
        call, query, RECONCILIATION, limit=page.limit, after=lambda row: row.position
    )


async def _chain_facts(call: Call, page: ChainFactPage) -> Any:
    wanted = filter_of(page, chain_facts.ChainFactFilter)
    query = chain_facts.chain_facts(wanted, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, CHAIN_FACT, limit=page.limit, after=lambda row: row.position)


COMMANDS: Final[tuple[CommandRoute[Any], ...]] = (
    CommandRoute(
        path="/tokens/{token:str}/reconciliations",
        operation="RequestReconciliation",
        summary="Have books and chain of a token compared now",
        body=ReconciliationRequest,
        example=ReconciliationRequest(reason="quarterly audit"),
        build=_request,
        aggregate="token",
    ),
)

READS: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/reconciliations",
        operation="ListReconciliations",
        summary="List statements on whether books and chain agree, the newest first",
        query=QUERY,
        run=_reconciliations,
        answer=RECONCILIATION.type,
        paged=True,
        parameters=ReconciliationPage,
    ),
    ReadRoute(
        path="/chain-facts",
        operation="ListChainFacts",
        summary="List events of our contracts that no chain write of ours explains",
        query="chain_facts",
        run=_chain_facts,
        answer=CHAIN_FACT.type,
        paged=True,
        parameters=ChainFactPage,
    ),
)


def statement_handler(door: Door) -> HTTPRouteHandler:
    """Make the handler of a signed statement, told as it was signed."""

    async def statement(request: AnyRequest) -> Response[bytes]:
        call = await called(door, request)
        demand_query(call.principal, QUERY)
        await wait_for_views(door, request, ANSWERED_BY[QUERY])
        return Response(await _statement(call, call.names["position"]), media_type=TEXT)

    return HTTPRouteHandler(
        f"{PREFIX}/reconciliations/{{position:str}}/statement",
        http_method=HttpMethod.GET,
        name="GetStatement",
    )(statement)


async def _statement(call: Call, position: str) -> bytes:
    number = whole(position)
    if number is not None:
        for row in await call.services.reader.fetch(reconciliations.reconciliation(number)):
            documents = call.services.documents
            content = await anyio.to_thread.run_sync(documents.get, row.statement)
            if content is not None:
                return content
    raise Refused(NotFound(kind="statement", identity=position[:20]))
