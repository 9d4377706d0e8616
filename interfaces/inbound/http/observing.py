"""Counts what the doors answer, by the template of the route and never by the address."""

import contextlib
import time
from functools import cache
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from prometheus_client import Counter, Histogram

from interfaces.telemetry import metrics, traces
from interfaces.telemetry.traces import RequestSpan

UNMATCHED: Final = "unmatched"
_EVENT_STREAM: Final = b"text/event-stream"
_TRACE_HEADERS: Final = frozenset({b"traceparent", b"tracestate"})
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Observed:
    """An ASGI application with every answer counted and timed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; requests only, everything else passes through."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        answered = _Answer(send)
        began = time.perf_counter()
        tracer = traces.tracer()
        with (
            contextlib.nullcontext() if tracer is None else tracer.serving(_headers(scope)) as span
        ):
            try:
                await self._app(scope, receive, answered)
            finally:
                answered.count(scope, time.perf_counter() - began, span)


class _Answer:
    """Sends an answer on and remembers its status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._status = 0
        self._streams = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._streams = any(
                value.startswith(_EVENT_STREAM)
                for name, value in message["headers"]
                if name.lower() == b"content-type"
            )
        await self._send(message)

    def count(self, scope: HTTPScope, seconds: float, span: RequestSpan | None) -> None:
        """Count the answer, whole or not."""
        route = scope.get("path_template") or UNMATCHED
        method = scope["method"] if scope["method"] in _METHODS else "other"
        if span is not None:
            span.answered(method, route, self._status)
        _requests(method, route, self._status).inc()
        if not self._streams:
            _seconds(route).observe(seconds)


@cache
def _requests(method: str, route: str, status: int) -> Counter:
    # No status: nothing was answered, the client went away or the application failed.
    return metrics.HTTP_REQUESTS.labels(method, route, str(status or "none"))


@cache
def _seconds(route: str) -> Histogram:
    return metrics.HTTP_SECONDS.labels(route)


def _headers(scope: HTTPScope) -> dict[str, str]:
    """Tell the headers that carry a trace (W3C Trace Context)."""
    return {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in scope["headers"]
        if name in _TRACE_HEADERS
    }
