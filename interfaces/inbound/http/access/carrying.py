"""The shape of a door of signing in, and the one handler that carries all of them out."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, Generic, TypeVar

import msgspec
from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler
from typing_extensions import override

from application.ports.gate import Accepted
from domain.kernel.ids import identity_of
from domain.kernel.refusal import Refused
from interfaces.inbound.http.access import providers
from interfaces.inbound.http.access.desk import Opened, Visit, note, visit_of
from interfaces.inbound.http.access.sessions import cookie
from interfaces.inbound.http.calls import (
    POSITION_HEADER,
    REPLAYED_HEADER,
    AnyRequest,
    Door,
    called,
    demand_media_type,
)
from interfaces.inbound.http.decoding import decode
from interfaces.inbound.http.rest.commands import JSON, PREFIX, NoBody

B = TypeVar("B", bound=msgspec.Struct)


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """It was done."""

    done: bool = True


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What a command wrote: the user or the key, and the last position."""

    id: str
    position: int


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """An open session: its token is a bearer key, and lies in the cookie for browsers.

    ``csrf`` goes into ``X-CSRF-Token`` with whatever a browser sends by its cookie.
    """

    session: str
    token: str
    csrf: str
    user: str
    subject: str
    role: str
    expires_at: str

    @override
    def __repr__(self) -> str:
        """Leave the tokens out."""
        return f"SignedIn({self.session})"


class AccessRoute(msgspec.Struct, Generic[B], frozen=True, kw_only=True):
    """A POST of the doors of signing in.

    ``public`` asks for no key; ``keyed`` is a command, which an ``Idempotency-Key`` names.
    """

    path: str
    operation: str
    summary: str
    body: type[B]
    example: B
    answer: type[msgspec.Struct]
    run: Callable[[Visit, B], Awaitable[Any]]
    public: bool = False
    keyed: bool = False
    status: int = 200


_encode: Final = msgspec.json.Encoder().encode


def access_handler(route: AccessRoute[Any], door: Door) -> HTTPRouteHandler:
    """Make the handler of a route."""

    async def handle(request: AnyRequest) -> Response[bytes]:
        principal = None
        if not route.public:
            principal = (await called(door, request)).principal
        visit = visit_of(door, request, principal)
        body = route.example
        if route.body is not NoBody or await request.body():
            demand_media_type(request, JSON)
            body = decode(await request.body(), route.body)
        try:
            found = await route.run(visit, body)
        except Refused as refused:
            await note(visit, route.operation, refused.refusal.CODE)
            raise
        return answer(door, route.status, found)

    return HTTPRouteHandler(
        PREFIX + route.path,
        http_method=HttpMethod.POST,
        name=route.operation,
        request_max_body_size=door.services.limits.json_bytes_max,
    )(handle)


def answer(door: Door, status: int, found: object) -> Response[bytes]:
    """Answer what was found."""
    headers: dict[str, str] = {}
    told: object = Done() if found is None else found
    if isinstance(found, Opened):
        seconds = door.services.limits.lifetimes.seconds_max
        headers["Set-Cookie"] = cookie(found.token, seconds)
        told = told_of(found)
    if isinstance(found, providers.Journey):
        headers["Set-Cookie"] = found.cookie
        told = providers.Departure(address=found.address)
    if isinstance(found, Accepted):
        headers[POSITION_HEADER] = str(found.position)
        if found.replayed:
            headers[REPLAYED_HEADER] = "true"
        told = Written(id=identity_of(found.events[0].stream), position=found.position)
    return Response(_encode(told), status_code=status, media_type=JSON, headers=headers)


def told_of(opened: Opened) -> SignedIn:
    """Tell a session to who has opened it."""
    session = opened.session
    return SignedIn(
        session=session.session,
        token=opened.token,
        csrf=opened.csrf,
        user=session.user_id,
        subject=session.subject,
        role=session.role,
        expires_at=session.expires_at,
    )


def named(visit: Visit, part: str) -> str:
    """Tell a part of the address, which was looked at when the caller was."""
    return str(visit.request.path_params[part])
