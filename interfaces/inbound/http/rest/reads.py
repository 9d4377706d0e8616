"""The shape of a read route, and the one handler that carries all of them out."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, Final, Generic, TypeVar
from urllib.parse import urlencode

import msgspec
from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from domain.kernel.money import LARGEST
from domain.kernel.refusal import NotFound, Refused
from interfaces.inbound.http.asof import AS_OF_HEADER, Past
from interfaces.inbound.http.calls import AnyRequest, Call, Door, called, wait_for_views
from interfaces.inbound.http.decoding import decode_query
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.rest.bodies import END
from interfaces.inbound.http.rest.commands import JSON, PREFIX
from interfaces.inbound.http.rest.shapes import Page, Shape
from interfaces.inbound.http.visibility import demand_query
from projections.query import Query
from projections.select import PAGE_MAX

P = TypeVar("P", bound=msgspec.Struct)
R = TypeVar("R", bound=msgspec.Struct)

Limit = Annotated[int, Meta(ge=1, le=PAGE_MAX, description="Things of one page at most.")]
Cursor = Annotated[int, Meta(ge=0, le=LARGEST, description="Where the page before this one ended.")]
TextCursor = Annotated[
    str,
    Meta(
        max_length=200, pattern="^[ -~]*" + END, description="Where the page before this one ended."
    ),
]


class NoParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question without a query string."""


class ReadRoute(msgspec.Struct, Generic[P], frozen=True, kw_only=True):
    """A GET that is answered from the views; ``query`` is its name in the table of authority.

    ``answer`` is the type of one thing, of which a list answers a page.
    """

    path: str
    operation: str
    summary: str
    query: str
    run: Callable[[Call, P], Awaitable[msgspec.Struct]]
    answer: type[msgspec.Struct]
    paged: bool = False
    parameters: type[P] = NoParameters  # type: ignore[assignment]


ANSWERED_BY: Final[dict[str, tuple[str, ...]]] = {
    "invoices": ("invoices",),
    "timeline": ("invoices",),
    "marketplace": ("marketplace",),
    "accounts": ("accounts",),
    "portfolio": ("accounts", "holders"),
    "trades": ("trades",),
    "holders": ("holders",),
    "tokens": ("tokens",),
    "token_operations": ("tokens",),
    "subjects": ("subjects",),
    "users": ("access",),
    "api_keys": ("access",),
    "sign_ins": (),
    "sessions": (),
    "businesses": ("businesses",),
    "wallets": ("wallets",),
    "issuers": ("issuers",),
    "profiles": ("profiles",),
    "chain_writes": ("chain_writes",),
    "anchors": ("anchors",),
    "reconciliations": ("reconciliations",),
    "requests": ("requests",),
    "pipeline": ("affiliations", "subjects"),
    "tenant": ("affiliations", "invoices"),
    "delegations": ("delegations",),
    "chain_facts": ("chain_facts",),
    "audit": ("audit",),
    "kyc": ("kyc_queue",),
    "kyc_queue": ("kyc_queue",),
    "checks": ("checks",),
    "cases": ("cases",),
    "legal_holds": ("legal_holds",),
    "export": (),
    "deadlines": ("clocks",),
    "operations": (),
}
"""The views that a question is answered from: it waits for no other."""

_encode: Final = msgspec.json.Encoder().encode


def read_handler(route: ReadRoute[Any], door: Door) -> HTTPRouteHandler:
    """Make the handler of a route."""

    async def handle(request: AnyRequest) -> Response[bytes]:
        call = await called(door, request)
        demand_query(call.principal, route.query)
        parameters = decode_query(single(request), route.parameters)
        await wait_for_views(door, request, ANSWERED_BY[route.query])
        answered, fixed = await route.run(call, parameters), {}
        headers: dict[str, str] = {}
        if isinstance(answered, Past):
            # An instant may come to mean a later position: further pages name this one.
            fixed["as_of"] = headers[AS_OF_HEADER] = str(answered.position)
            answered = answered.answer
        if isinstance(answered, Page) and answered.next is not None:
            following = _link(request, {**fixed, "after": answered.next})
            answered = Page(items=answered.items, next=following)
        return Response(_encode(answered), media_type=JSON, headers=headers)

    return HTTPRouteHandler(
        PREFIX + route.path,
        http_method=HttpMethod.GET,
        name=route.operation,
    )(handle)


def single(request: AnyRequest) -> dict[str, str]:
    """Read the query string, in which each name stands once. Raises Problem."""
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in found:
            raise Problem("unknown_field", f"{name} stands twice in the query.", field=f"/{name}")
        found[name] = value
    return found


def _link(request: AnyRequest, changes: Mapping[str, str]) -> str:
    query = {**single(request), **changes}
    return f"{request.scope['path']}?{urlencode(query)}"


async def page_of(
    call: Call,
    query: Query[R],
    shape: Shape[R],
    *,
    limit: int,
    after: Callable[[R], str | int],
) -> Page:
    """Answer a page: the query asks for one row more than ``limit`` to see whether more follow."""
    rows = await call.services.reader.fetch(query)
    shown = rows[:limit]
    more = str(after(shown[-1])) if len(rows) > limit else None
    return Page(items=[shape.of(row) for row in shown], next=more)


async def one_of(call: Call, query: Query[R], *, kind: str, identity: str) -> R:
    """Answer one row; raises Refused with ``not_found`` when there is none."""
    rows: Sequence[R] = await call.services.reader.fetch(query)
    if not rows:
        raise Refused(NotFound(kind=kind, identity=identity))
    return rows[0]
