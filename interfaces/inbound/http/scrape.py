"""``GET /metrics``: one scrape for this whole machine, for a key of the role ``monitor``."""

import time
from collections.abc import Callable
from typing import Final

from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler

from application.ports.gate import StoreUnavailable
from interfaces.inbound.http.authentication import digest_of
from interfaces.inbound.http.calls import AnyRequest, Door
from interfaces.inbound.http.visibility import demand_query
from interfaces.runtime import within

REMEMBERED_SECONDS: Final = 3600.0
"""How long a key that could scrape goes on to while nobody can look it up."""

ANSWER_SECONDS: Final = 2.0
"""How long a key is looked up; a store that is frozen counts as away."""

_KEYS_MAX: Final = 64


class Scrapers:
    """Lets scrapers in, also while the store is away: just then the metrics are wanted."""

    def __init__(
        self,
        door: Door,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._door = door
        self._seconds = seconds
        self._monotonic = monotonic
        self._seen: dict[str, float] = {}

    async def demand(self, authorization: str | None) -> None:
        """Go on when this key may scrape.

        Raises Problem ``unauthenticated``, Refused ``role_forbidden``, StoreUnavailable (the
        store is away and the key is not known from before).
        """
        digest, now = digest_of(authorization), self._monotonic()
        seen = self._seen.pop(digest, None)
        try:
            principal = await within(self._seconds, self._door.keyring.principal(authorization))
        except (StoreUnavailable, TimeoutError) as error:
            if seen is None or now - seen > REMEMBERED_SECONDS:
                raise StoreUnavailable("a key cannot be looked up") from error
            self._seen[digest] = seen
            return
        demand_query(principal, "metrics")
        self._seen[digest] = now
        if len(self._seen) > _KEYS_MAX:
            del self._seen[next(iter(self._seen))]


def scrape_handler(door: Door) -> HTTPRouteHandler:
    """Make the handler of the metrics."""
    scrapers = Scrapers(door)

    async def scrape(request: AnyRequest) -> Response[bytes]:
        await scrapers.demand(request.headers.get("authorization"))
        content, media_type = await door.services.metrics(request.headers.get("accept", ""))
        return Response(content, media_type=media_type)

    return HTTPRouteHandler("/metrics", http_method=HttpMethod.GET, name="GetMetrics")(scrape)
