"""Completeness bundles: what an account held, or that something never was (B9)."""

from typing import Final

import msgspec
from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler

from domain.account.state import account_stream
from domain.catalogue import AGGREGATES
from domain.kernel.event import VISIBLE_TO_BACK_OFFICE
from domain.kernel.ids import STREAM, aggregate_of, identity_of
from domain.kernel.refusal import NotFound, Refused
from interfaces.inbound.http.access.sessions import authorization_of
from interfaces.inbound.http.asof import AsOf, position_of
from interfaces.inbound.http.calls import AnyRequest, Call, Door, called, wait_for_views
from interfaces.inbound.http.decoding import decode_query
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.proofs import parties_of
from interfaces.inbound.http.rest.commands import JSON, PREFIX
from interfaces.inbound.http.rest.reads import single
from interfaces.inbound.http.visibility import demand_query, demand_visible, sees_all
from projections.trades import queries as trades

ACCOUNT_PATH: Final = f"{PREFIX}/proofs/accounts/{{owner:str}}/{{purpose:str}}/{{asset:str}}"
STREAM_PATH: Final = f"{PREFIX}/proofs/streams/{{stream:path}}"


class Moment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As of when; without it the newest position for which something can be proven."""

    at: AsOf | None = None


def completeness_handlers(door: Door) -> list[HTTPRouteHandler]:
    """Make the handlers of completeness bundles."""
    get = HttpMethod.GET

    async def account(request: AnyRequest) -> Response[bytes]:
        call = await called(door, request)
        names = call.names
        name = account_stream(names["owner"], names["purpose"], names["asset"])
        return await _answer(door, request, call, name)

    async def stream(request: AnyRequest) -> Response[bytes]:
        # Its name has a colon and may have slashes, which no other part of an address has.
        principal = await door.keyring.principal(authorization_of(request, door.services.secrets))
        name = str(request.path_params["stream"]).removeprefix("/")
        return await _answer(door, request, Call(door.services, principal, {}), name)

    return [
        HTTPRouteHandler(ACCOUNT_PATH, http_method=get, name="GetAccountProof")(account),
        HTTPRouteHandler(STREAM_PATH, http_method=get, name="GetStreamProof")(stream),
    ]


async def _answer(door: Door, request: AnyRequest, call: Call, stream: str) -> Response[bytes]:
    demand_query(call.principal, "proofs")
    _demand_name(stream)
    moment = decode_query(single(request), Moment)
    await wait_for_views(door, request)
    return Response(await completeness_of(call, stream, moment.at), media_type=JSON)


def _demand_name(stream: str) -> None:
    if STREAM.fullmatch(stream) is None:
        raise Refused(NotFound(kind="stream", identity=repr(stream[:40])))


async def _may_count(call: Call, stream: str) -> bool:
    """Say whether somebody may know of every event of a stream, or that there is none.

    Where an aggregate has facts that the reader must not learn of, the number of events tells of
    them. A trade has none behind its check: once executed, it is told whole.
    """
    aggregate = AGGREGATES.get(aggregate_of(stream))
    if aggregate is None:
        return True
    hidden = [
        event
        for event in aggregate.events
        if not VISIBLE_TO_BACK_OFFICE <= event.VISIBLE and call.principal.role not in event.VISIBLE
    ]
    if hidden and aggregate.name == "trade":
        rows = await call.services.reader.fetch(trades.trade(identity_of(stream)))
        return bool(rows) and rows[0].executed_at is not None
    return not hidden


async def completeness_of(call: Call, stream: str, at: str | None) -> bytes:
    """Make the bundle of a stream that the caller may see, as of a position or an instant.

    Raises Refused ``not_found``; Problem ``invalid_field``, ``as_of_in_future``,
    ``view_behind``; CheckpointNotWitnessed, StoreUnavailable.
    """
    _demand_name(stream)
    if not sees_all(call.principal):
        parties = await parties_of(call, stream)
        demand_visible(call.principal, parties, kind="stream", identity=stream)
    if not await _may_count(call, stream):
        raise Refused(NotFound(kind="stream", identity=stream))
    as_of = await position_of(call.services, at, field="at", views=())
    if as_of == 0:
        raise Problem("invalid_field", "at: there is no event yet.", field="/at")
    try:
        return await call.services.completeness.completeness(stream, as_of)
    except LookupError as error:
        raise Refused(NotFound(kind="position", identity=str(as_of or "in the log"))) from error
