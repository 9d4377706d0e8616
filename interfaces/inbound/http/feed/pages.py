"""``GET /feed``: a HAL page, or all records as lines (FORMATS 8)."""

from collections.abc import AsyncIterator, Sequence
from typing import Final
from urllib.parse import urlencode

import msgspec
from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from application.ports.log import FeedEntry, FeedSource
from interfaces.inbound.http.calls import AnyRequest, Call, Door, called, wait_for_views
from interfaces.inbound.http.decoding import decode_query
from interfaces.inbound.http.feed.questions import (
    BATCH,
    PAGE,
    FeedQuery,
    Question,
    question_of,
)
from interfaces.inbound.http.feed.records import CHANGES_VERSION, Write, latest, writer
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.rest.reads import single
from interfaces.inbound.http.visibility import demand_query

FEED: Final = "/feed"
HAL: Final = "application/hal+json"
NDJSON: Final = "application/x-ndjson"

_encode: Final = msgspec.json.Encoder().encode


def feed_handler(door: Door) -> HTTPRouteHandler:
    """Make the handler of the feed; the ``Accept`` header chooses page or lines."""

    async def feed(request: AnyRequest) -> Response[bytes] | Stream:
        call = await called(door, request)
        demand_query(call.principal, "feed")
        query = decode_query(single(request), FeedQuery)
        question = question_of(query, call.principal.role)
        await wait_for_views(door, request)
        write = writer(call.principal.role, proof=question.proof)
        if NDJSON in request.headers.get("accept", ""):
            head = await door.services.feed.head()
            lines = _lines(door.services.feed, question, query.limit, head.position)
            return Stream(_written(lines, write), media_type=NDJSON)
        return await _page(call, query, question, write)

    return HTTPRouteHandler(FEED, http_method=HttpMethod.GET, name="ReadFeed")(feed)


async def ask(feed: FeedSource, question: Question, after: int, limit: int) -> Sequence[FeedEntry]:
    """Read entries behind a position as a question asks for them."""
    if question.nothing:
        return ()
    return await feed.entries(
        after,
        limit,
        descending=question.descending,
        types=question.types,
        stream=question.stream,
    )


async def _page(call: Call, query: FeedQuery, question: Question, write: Write) -> Response[bytes]:
    limit = PAGE if query.limit is None else query.limit
    if limit > BATCH:
        raise Problem("invalid_field", f"limit: is at most {BATCH}.", field="/limit")
    feed = call.services.feed
    head = await feed.head()
    entries = await ask(feed, question, question.after, limit)
    meta = {"latest": latest(head), "changes_version": CHANGES_VERSION}
    document = b'{"_links":%b,"_embedded":{"meta":%b,"records":[%b]}}' % (
        _encode(_links(query, limit, entries)),
        _encode(meta),
        b",".join([write(entry) for entry in entries]),
    )
    return Response(document, media_type=HAL)


def _links(query: FeedQuery, limit: int, entries: Sequence[FeedEntry]) -> dict[str, dict[str, str]]:
    start = query.cursor or "0"
    first = str(entries[0].position) if entries else start
    last = str(entries[-1].position) if entries else start
    back: str = "asc" if query.order == "desc" else "desc"
    return {
        "self": {"href": _href(query, limit, start, query.order)},
        "next": {"href": _href(query, limit, last, query.order)},
        "prev": {"href": _href(query, limit, first, back)},
    }


def _href(query: FeedQuery, limit: int, cursor: str, order: str) -> str:
    parts = {"cursor": cursor, "order": order, "limit": str(limit)}
    for name in ("types", "stream", "fields"):
        value = getattr(query, name)
        if value is not None:
            parts[name] = value
    return f"{FEED}?{urlencode(parts, safe=',:/')}"


async def _lines(
    feed: FeedSource, question: Question, limit: int | None, head: int
) -> AsyncIterator[Sequence[FeedEntry]]:
    # Ends at the head of the moment when the request came, or it might never end.
    after, left = question.after, limit
    while left is None or left > 0:
        batch = BATCH if left is None else min(BATCH, left)
        entries = await ask(feed, question, after, batch)
        known = [entry for entry in entries if entry.position <= head]
        if known:
            yield known
        if len(entries) < batch or len(known) < len(entries):
            return
        after = entries[-1].position
        left = None if left is None else left - len(known)


async def _written(
    batches: AsyncIterator[Sequence[FeedEntry]], write: Write
) -> AsyncIterator[bytes]:
    async for entries in batches:
        yield b"\n".join([write(entry) for entry in entries]) + b"\n"
