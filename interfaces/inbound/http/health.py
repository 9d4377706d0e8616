"""Whether this process lives, and whether it can answer."""

import msgspec
from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler

from interfaces.inbound.http.calls import AnyRequest, Door
from interfaces.inbound.http.rest.commands import JSON


class Health(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a health check answers; ``position`` is the last one of the feed.

    ``lag`` is how many events the last view is behind the log. A view that is ``stopped`` takes
    nobody else with it: the process is *degraded* then, and still answers. A process that is
    *read_only* writes nothing: the log is not the one of ``signed`` events that it has signed.
    """

    status: str
    position: int | None = None
    lag: int | None = None
    stopped: list[str] = []
    signed: int | None = None


def health_handlers(door: Door) -> list[HTTPRouteHandler]:
    """Make the handlers of ``/health/live`` and ``/health/ready``; both need no key."""

    async def live(request: AnyRequest) -> Response[bytes]:
        return Response(msgspec.json.encode(Health("live")), media_type=JSON)

    async def ready(request: AnyRequest) -> Response[bytes]:
        head = await door.services.feed.head()
        standing = await door.services.reader.standing()
        stopped = [view.view for view in standing.stopped]
        status = "degraded" if stopped else "ready"
        regressed = door.services.regressed()
        signed = None
        if regressed is not None:
            status, signed = "read_only", regressed.kept
        answer = Health(status, head.position, standing.lag, stopped, signed)
        return Response(msgspec.json.encode(answer), media_type=JSON)

    get = HttpMethod.GET
    return [
        HTTPRouteHandler("/health/live", http_method=get, name="Live")(live),
        HTTPRouteHandler("/health/ready", http_method=get, name="Ready")(ready),
    ]
