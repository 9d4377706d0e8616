"""Before any route: how often an address may ask without a key, and HTTPS for ever.

An answer of 401 costs as much as many questions, so guessing keys is slow. Whoever shows a key is
only turned away here when its address has guessed too much; how often a key may ask is counted
where it is known (`interfaces.inbound.http.authentication`).
"""

import math
from typing import Final

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from interfaces.inbound.http.access.sessions import COOKIE
from interfaces.inbound.http.origins import address_of
from interfaces.inbound.http.problems import MEDIA_TYPE, Problem
from interfaces.inbound.http.security import guarded_headers
from interfaces.inbound.http.services import Services

BURST_SECONDS: Final = 5.0
REFUSED_COST: Final = 10.0
"""What an answer of 401 costs."""
_PREFIX: Final = f"{COOKIE}=".encode()
_FREE: Final = frozenset({"/health/live", "/health/ready"})
"""What a balancer asks all the time."""


class Guarded:
    """An ASGI application behind the limits of addresses."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._throttle = services.throttle
        self._limits = services.limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or turn away."""
        rate = self._limits.address_rate
        if scope["type"] != ScopeType.HTTP or rate <= 0 or scope["path"] in _FREE:
            await self._app(scope, receive, send)
            return
        name, burst = f"address {address_of(scope, self._limits.proxies)}", rate * BURST_SECONDS
        cost = 0.0 if _shows_something(scope) else 1.0
        wait = self._throttle.take(name, rate=rate, burst=burst, cost=cost)
        if wait:
            await _turn_away(send, math.ceil(wait))
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 401:
                self._throttle.charge(name, rate=rate, burst=burst, cost=REFUSED_COST)
            await send(message)

        await self._app(scope, receive, sending)


def _shows_something(scope: Scope) -> bool:
    return any(
        name == b"authorization" or (name == b"cookie" and _PREFIX in value)
        for name, value in scope["headers"]
    )


async def _turn_away(send: Send, seconds: int) -> None:
    problem = Problem("too_many_requests", retry_after=max(1, seconds))
    headers = {
        "Content-Type": MEDIA_TYPE,
        "Retry-After": str(problem.kind.retry_after),
        **guarded_headers(),
    }
    await send(
        {
            "type": "http.response.start",
            "status": problem.kind.status,
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
    )
    body = msgspec.json.encode(problem.document)
    await send({"type": "http.response.body", "body": body, "more_body": False})
