"""The shape of a command route, and the one handler that carries all of them out."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, Generic, TypeVar

import anyio.to_thread
import msgspec
from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler

from application.ports.gate import Accepted, Request, StoreUnavailable
from application.ports.log import SignedReceipt
from domain.kernel.command import Command
from domain.kernel.event import Authorisation
from domain.kernel.ids import aggregate_of, identity_of
from domain.trade.workflow import FAILED, STOPPED
from interfaces.inbound.http.calls import (
    APPLIED_HEADER,
    POSITION_HEADER,
    RECEIPT,
    REPLAYED_HEADER,
    AnyRequest,
    Call,
    Door,
    called,
    demand_media_type,
    idempotency_key,
    prefers_receipt,
)
from interfaces.inbound.http.decoding import decode
from interfaces.inbound.http.doors import demand_operation
from interfaces.inbound.http.visibility import demand_sendable
from projections.states import WORKFLOWS

B = TypeVar("B", bound=msgspec.Struct)

PREFIX: Final = "/api/v1"
JSON: Final = "application/json"


class NoBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An operation whose address says everything; an empty object may be sent."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a command did: the thing, its state where it has one, the last position written."""

    id: str
    state: str | None = None
    position: int
    command: str
    receipt: SignedReceipt | None = None
    """The log's signed word on that position, for who prefers one."""


class CommandRoute(msgspec.Struct, Generic[B], frozen=True, kw_only=True):
    """A POST that becomes a command.

    ``aggregate`` names the thing that the answer tells about; ``blocking`` sends ``build`` to
    a thread because it seals personal data; ``signed`` finds the caller's signature in the body.
    """

    path: str
    operation: str
    summary: str
    body: type[B]
    example: B
    build: Callable[[Call, B], Command]
    aggregate: str
    creates: bool = False
    blocking: bool = False
    done: Callable[[Call, B], None] | None = None
    """What is left to do beside the log once the command is on it; a repeat does it again."""
    signed: Callable[[B], Authorisation | None] = lambda _: None
    needs_body: bool = True
    """Whether a body must be sent; an operation whose fields all have defaults goes without."""

    @property
    def status(self) -> int:
        """The status of success."""
        return 201 if self.creates else 200


_encode: Final = msgspec.json.Encoder().encode


def command_handler(route: CommandRoute[Any], door: Door) -> HTTPRouteHandler:
    """Make the handler of a route."""

    async def handle(request: AnyRequest) -> Response[bytes]:
        call = await called(door, request)
        demand_operation(call.principal, route.operation)
        key = idempotency_key(request)
        call = msgspec.structs.replace(call, key=key)
        body = await _body(request, route)
        if route.blocking:
            command = await anyio.to_thread.run_sync(partial(route.build, call, body))
        else:
            command = route.build(call, body)
        demand_sendable(call.principal, command.TYPE)
        accepted = await door.services.gate.dispatch(
            Request(
                command=command,
                actor=call.principal.actor,
                role=call.principal.role,
                key=key,
                authorisation=route.signed(body),
            )
        )
        if route.done is not None:
            await anyio.to_thread.run_sync(partial(route.done, call, body))
        receipt = await receipt_of(door, request, accepted.position)
        return answer(accepted, route, call.names, receipt)

    return HTTPRouteHandler(
        PREFIX + route.path,
        http_method=HttpMethod.POST,
        name=route.operation,
        request_max_body_size=door.services.limits.json_bytes_max,
        sync_to_thread=None,
    )(handle)


async def _body(request: AnyRequest, route: CommandRoute[B]) -> B:
    content = await request.body()
    if route.body is NoBody and not content:
        return route.example
    if not route.needs_body and not content:
        return route.body()
    demand_media_type(request, JSON)
    return decode(content, route.body)


async def receipt_of(door: Door, request: AnyRequest, position: int) -> SignedReceipt | None:
    """Sign for who prefers a receipt (FORMATS 9).

    What was decided stands without one, so a store that went away meanwhile spoils no answer.
    """
    if not prefers_receipt(request) or not position:
        return None
    try:
        return await door.services.proofs.receipt(position)
    except StoreUnavailable:
        return None


def answer(
    accepted: Accepted,
    route: CommandRoute[Any],
    names: dict[str, str],
    receipt: SignedReceipt | None = None,
) -> Response[bytes]:
    """Answer what the command wrote."""
    told = told_of(accepted, route.aggregate, names)
    headers = {POSITION_HEADER: str(accepted.position)}
    if accepted.replayed:
        headers[REPLAYED_HEADER] = "true"
    if receipt is not None:
        told = msgspec.structs.replace(told, receipt=receipt)
        headers[APPLIED_HEADER] = RECEIPT
    return Response(_encode(told), status_code=route.status, media_type=JSON, headers=headers)


def told_of(accepted: Accepted, aggregate: str, names: dict[str, str]) -> Answer:
    """Tell the thing and its state from the events; from the address when there are none."""
    own = [event for event in accepted.events if aggregate_of(event.stream) == aggregate]
    identity = identity_of(own[0].stream) if own else names.get(aggregate, "main")
    state = None
    for event in own:
        state = _TARGETS.get(event.envelope.type, state)
    if state == STOPPED:
        state = FAILED
    return Answer(id=identity, state=state, position=accepted.position, command=accepted.command)


def _targets() -> dict[str, str]:
    # An event that leads to different states tells none; today every event has one target.
    found: dict[str, set[str]] = {}
    for workflow in WORKFLOWS.values():
        for row in workflow.rows:
            found.setdefault(row.event, set()).add(row.target)
    return {event: min(targets) for event, targets in found.items() if len(targets) == 1}


_TARGETS: Final = _targets()
