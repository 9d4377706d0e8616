"""``GET /feed/stream``: the feed as Server-Sent Events (WHATWG HTML, 9.2)."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Final

import msgspec
from litestar import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from application.ports.gate import StoreUnavailable
from application.ports.log import FeedEntry
from interfaces.inbound.http.access.sessions import authorization_of
from interfaces.inbound.http.calls import AnyRequest, Door, called, whole
from interfaces.inbound.http.decoding import decode_query
from interfaces.inbound.http.feed.pages import ask
from interfaces.inbound.http.feed.questions import BATCH, FeedQuery, Question, question_of
from interfaces.inbound.http.feed.records import Write, latest, writer
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.rest.reads import single
from interfaces.inbound.http.visibility import demand_query
from interfaces.telemetry.metrics import FEED_CLIENTS

LAST_EVENT: Final = "Last-Event-ID"
EVENT_STREAM: Final = "text/event-stream"

_RETRY: Final = b"retry: 1000\n\n"

_encode: Final = msgspec.json.Encoder().encode


def stream_handler(door: Door) -> HTTPRouteHandler:
    """Make the handler of the stream.

    ``Last-Event-ID`` wins over ``cursor``; without both the stream begins at position 1.
    """

    async def stream(request: AnyRequest) -> Stream:
        call = await called(door, request)
        demand_query(call.principal, "feed")
        query = decode_query(single(request), FeedQuery)
        if query.order != "asc" or query.limit is not None:
            detail = "A stream goes forward and has no end: leave order and limit out."
            raise Problem("invalid_field", detail, field="/order")
        question = question_of(query, call.principal.role)
        question = msgspec.structs.replace(question, after=_start(request, question))
        write = writer(call.principal.role, proof=question.proof)
        await door.services.feed.head()  # a store that is down answers 503, not an empty stream
        return Stream(
            events(door, question, write, authorization_of(request, door.services.secrets) or ""),
            media_type=EVENT_STREAM,
            headers={"X-Accel-Buffering": "no"},
        )

    return HTTPRouteHandler("/feed/stream", http_method=HttpMethod.GET, name="StreamFeed")(stream)


def _start(request: AnyRequest, question: Question) -> int:
    last: str | None = request.headers.get(LAST_EVENT)
    if last is None:
        return question.after
    position = whole(last)
    if position is None:
        raise Problem("invalid_header", "Last-Event-ID is a position.", field=LAST_EVENT)
    return position


async def events(
    door: Door, question: Question, write: Write, authorization: str
) -> AsyncIterator[bytes]:
    """Write events until the key is revoked, the store is lost, the time of a stream is over or
    the server closes.

    A heartbeat names the head at the beginning and every few seconds; a reader whose stream
    ended comes back with the last id.
    """
    feed, limits = door.services.feed, door.services.limits
    end, beat = time.monotonic() + limits.stream_seconds_max, 0.0
    after = question.after
    yield _RETRY
    FEED_CLIENTS.labels("sse").inc()
    try:
        while (now := time.monotonic()) < end and not door.services.closing.is_set():
            # The head is taken first: what comes after it wakes the wait below.
            head = await feed.head()
            entries = await ask(feed, question, after, BATCH)
            if entries:
                yield b"".join([_event(entry, write) for entry in entries])
                after = entries[-1].position
            if now >= beat:
                yield b"event: heartbeat\ndata: %b\n\n" % _encode(latest(head))
                beat = now + limits.heartbeat_seconds
            if len(entries) < BATCH:
                # Up to this head there is no more: a rare type is not sought there again.
                after = max(after, head.position)
                await _wait(door, after)
            await door.keyring.principal(authorization)
    except (StoreUnavailable, Problem):
        return
    finally:
        FEED_CLIENTS.labels("sse").dec()


async def _wait(door: Door, after: int) -> None:
    """Wait until the feed is longer, a heartbeat is due or the server closes."""
    seconds = door.services.limits.heartbeat_seconds
    longer = asyncio.ensure_future(door.services.feed.wait(after, seconds))
    closing = asyncio.ensure_future(door.services.closing.wait())
    try:
        await asyncio.wait({longer, closing}, return_when=asyncio.FIRST_COMPLETED)
        if longer.done():
            longer.result()
    finally:
        longer.cancel()
        closing.cancel()


def _event(entry: FeedEntry, write: Write) -> bytes:
    return b"id: %d\nevent: record\ndata: %b\n\n" % (entry.position, write(entry))
