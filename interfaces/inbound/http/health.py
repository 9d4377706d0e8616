"""Whether this process lives, and whether it can answer."""

import msgspec
from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler

from interfaces.inbound.http.calls import AnyRequest, Door
from interfaces.inbound.http.rest.commands import JSON


class Health(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a health check answers; ``position`` is the last one of the feed."""

    status: str
    position: int | None = None


def health_handlers(door: Door) -> list[HTTPRouteHandler]:
    """Make the handlers of ``/health/live`` and ``/health/ready``; both need no key."""

    async def live(request: AnyRequest) -> Response[bytes]:
        return Response(msgspec.json.encode(Health("live")), media_type=JSON)

    async def ready(request: AnyRequest) -> Response[bytes]:
        head = await door.services.feed.head()
        await door.services.reader.reached(0, 0.0)
        answer = Health("ready", head.position)
        return Response(msgspec.json.encode(answer), media_type=JSON)

    get = HttpMethod.GET
    return [
        HTTPRouteHandler("/health/live", http_method=get, name="Live")(live),
        HTTPRouteHandler("/health/ready", http_method=get, name="Ready")(ready),
    ]
