"""The feed: records cut from bytes, pages, lines, a stream, and what a role does not see."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.ports.log import FeedEntry
from domain.catalogue import may_read
from domain.integrity.canonical import canonical
from domain.integrity.chain import extend, genesis
from interfaces.inbound.http.authentication import Keyring
from interfaces.inbound.http.calls import Door
from interfaces.inbound.http.feed.questions import FeedQuery, question_of
from interfaces.inbound.http.feed.records import writer
from interfaces.inbound.http.feed.stream import events
from interfaces.inbound.http.services import Limits
from tests.application.memory_house import LOG
from tests.interfaces.inbound.http.house import House, Visitor, opened

Doors = Callable[[str | None], Visitor]

NDJSON = {"Accept": "application/x-ndjson"}

# Texts full of what the cutting looks for.
LURES = st.lists(
    st.sampled_from(
        [',"data":{', ',"log":"', '"', "\\", ',"stream":"', ',"type":"', ',"version":', "é", "\n"]
    )
    | st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=5),
    max_size=8,
).map("".join)
KEYS = st.sampled_from(["data", "log", "stream", "type", "version", "actor", "at", "command"])
VALUES = st.recursive(
    LURES | st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(
    data=st.dictionaries(KEYS, VALUES, max_size=4),
    actor=LURES,
    cause=st.none() | st.integers(1, 10**9),
    authorised=st.booleans(),
    salted=st.booleans(),
)
def test_cut_record_equals_decoded_one(
    data: dict[str, Any], actor: str, cause: int | None, *, authorised: bool, salted: bool
) -> None:
    """Whatever the data say, the record is what decoding the body would have made."""
    body: dict[str, Any] = {
        "log": 'odd,"log":"{origin}',
        "stream": "invoice:FX-1",
        "version": 3,
        "type": "invoice.submitted",
        "schema": 1,
        "at": "2026-05-22T10:42:00.000000Z",
        "actor": actor,
        "command": "01234567-89ab-8def-8123-456789abcdef",
        "correlation": "01234567-89ab-5def-8123-456789abcdef",
        "data": data,
    }
    optional = {
        "cause": cause,
        "salt": "c2FsdA==" if salted else None,
        "authorisation": {"key": ',"data":{', "alg": "ed25519"} if authorised else None,
    }
    body |= {name: value for name, value in optional.items() if value is not None}
    entry = FeedEntry(17, "invoice.submitted", canonical(body), b"\xab" * 32, b"[]")
    record = msgspec.json.decode(writer("auditor", proof=False)(entry))
    chain = "ab" * 32
    assert record == {
        "id": chain,
        "paging_token": "17",
        "position": 17,
        **{name: body[name] for name in ("type", "stream", "version", "at", "actor", "command")},
        "data": data,
        "body": canonical(body).decode(),
        "chain": chain,
        "changes": [],
    }


def _follow(visitor: Visitor, path: str) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = []
    while True:
        page = visitor.get(path).json()
        found = page["_embedded"]["records"]
        if not found:
            return records
        records += found
        path = page["_links"]["next"]["href"]


@pytest.mark.capability("TD1")
def test_pages_hold_the_whole_log_in_order(doors: Doors, house: House) -> None:
    """Following next from nothing gives every event once; the chain can be checked."""
    records = _follow(doors("olga"), "/feed?limit=37")
    assert [record["position"] for record in records] == list(range(1, len(house.tale.log) + 1))
    chain = genesis(LOG)
    for record in records:
        chain = extend(record["position"], chain, record["body"].encode())
        assert record["chain"] == record["id"] == chain.hex()
        assert record["paging_token"] == str(record["position"])
        assert record["data"] == msgspec.json.decode(record["body"])["data"]
        assert isinstance(record["changes"], list)


def test_page_as_the_format_says(doors: Doors, house: House) -> None:
    """HAL links, meta and record members, no more and no less."""
    answer = doors("olga").get("/feed?cursor=5&limit=3")
    assert answer.headers["content-type"] == "application/hal+json"
    page = answer.json()
    assert set(page) == {"_links", "_embedded"}
    assert page["_links"]["self"]["href"] == "/feed?cursor=5&order=asc&limit=3"
    assert page["_links"]["next"]["href"] == "/feed?cursor=8&order=asc&limit=3"
    assert page["_links"]["prev"]["href"] == "/feed?cursor=6&order=desc&limit=3"
    last = house.tale.log[-1]
    assert page["_embedded"]["meta"] == {
        "latest": {"position": last.position, "closed_at": last.at, "chain": last.chain.hex()},
        "changes_version": 1,
    }
    names = "id paging_token position type stream version at actor command data body chain changes"
    for record in page["_embedded"]["records"]:
        assert set(record) == set(names.split())


def test_backwards(doors: Doors, house: House) -> None:
    """Descending pages begin at the head; prev of a page leads to what lies before it."""
    visitor = doors("olga")
    count = len(house.tale.log)
    records = _follow(visitor, "/feed?order=desc&limit=50")
    assert [record["position"] for record in records] == list(range(count, 0, -1))
    page = visitor.get("/feed?cursor=10&limit=5").json()
    before = visitor.get(page["_links"]["prev"]["href"]).json()["_embedded"]["records"]
    assert [record["position"] for record in before] == [10, 9, 8, 7, 6]


def test_page_at_the_head_keeps_its_cursor(doors: Doors, house: House) -> None:
    """An empty page's next is where new events will come."""
    head = len(house.tale.log)
    page = doors("olga").get(f"/feed?cursor={head}").json()
    assert page["_embedded"]["records"] == []
    assert f"cursor={head}&" in page["_links"]["next"]["href"]


def test_types_and_stream(doors: Doors) -> None:
    """Filters are kept in the links; what is no type or stream is refused."""
    visitor = doors("olga")
    path = "/feed?types=subject.created,subject.activated&stream=subject:pennine"
    page = visitor.get(path).json()
    kinds = [record["type"] for record in page["_embedded"]["records"]]
    assert kinds == ["subject.created", "subject.activated"]
    assert (
        "types=subject.created,subject.activated&stream=subject:pennine"
        in (page["_links"]["next"]["href"])
    )
    cases = {
        "types=invoice.eaten": ("invalid_field", "/types"),
        "stream=Invoice": ("invalid_field", "/stream"),
        "limit=1001": ("invalid_field", "/limit"),
        "cursor=now": ("invalid_field", "/cursor"),
        "order=up": ("invalid_field", "/order"),
        "fields=all": ("invalid_field", "/fields"),
    }
    for query, (code, field) in cases.items():
        told = visitor.get(f"/feed?{query}").json()
        assert (told["code"], told["field"]) == (code, field), query


def test_lines(doors: Doors, house: House) -> None:
    """NDJSON holds the same records to the head, and as few as are asked for."""
    visitor = doors("olga")
    answer = visitor.get("/feed", **NDJSON)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = [msgspec.json.decode(line) for line in answer.content.splitlines()]
    assert lines == _follow(visitor, "/feed?limit=1000")
    few = visitor.get("/feed?cursor=4&limit=3&fields=proof", **NDJSON).content.splitlines()
    assert [msgspec.json.decode(line)["position"] for line in few] == [5, 6, 7]
    assert set(msgspec.json.decode(few[0])) == {"position", "body", "chain"}
    assert visitor.get(f"/feed?cursor={len(house.tale.log)}", **NDJSON).content == b""


def test_hidden_events_are_replaced(doors: Doors, house: House) -> None:
    """A seller gets position, hash and chain of what it may not read, and no derived changes."""
    records = _follow(doors("coppergate"), "/feed?limit=200")
    assert len(records) == len(house.tale.log)
    for record, event in zip(records, house.tale.log, strict=True):
        if may_read("seller", event.envelope.type):
            assert record["body"] == event.body.decode()
            assert "changes" not in record
        else:
            assert record == {
                "position": event.position,
                "body_hash": hashlib.sha256(event.body).hexdigest(),
                "chain": event.chain.hex(),
            }
    assert any("body_hash" in record for record in records)


def test_filters_do_not_tell_where_hidden_events_lie(doors: Doors) -> None:
    """Asking for hidden types or for a stream answers what may be read, nothing in its place."""
    seller = doors("coppergate")
    for query in ("types=subject.frozen", "types=subject.created", "stream=subject:brunel"):
        assert seller.get(f"/feed?{query}").json()["_embedded"]["records"] == []
        assert seller.get(f"/feed?{query}", **NDJSON).content == b""
    mixed = _follow(seller, "/feed?types=subject.created,settings.terms_published")
    assert [record["type"] for record in mixed] == ["settings.terms_published"]


def _blocks(content: bytes) -> list[dict[str, str]]:
    blocks = content.decode().strip().split("\n\n")
    return [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]


def test_stream_resumes_and_beats(house: House) -> None:
    """Events carry their position as id, the last id is honoured, a heartbeat names the head."""
    limits = Limits(heartbeat_seconds=0.05, stream_seconds_max=0.2)
    head = house.tale.log[-1]
    with opened(house, limits) as enter:
        answer = enter("olga").get(
            "/feed/stream?cursor=1", **{"Last-Event-ID": str(head.position - 2)}
        )
        assert answer.headers["content-type"].startswith("text/event-stream")
        blocks = _blocks(answer.content)
    assert blocks[0] == {"retry": "1000"}
    records = [block for block in blocks if block.get("event") == "record"]
    assert [block["id"] for block in records] == [str(head.position - 1), str(head.position)]
    assert msgspec.json.decode(records[1]["data"])["body"] == head.body.decode()
    beats = [block for block in blocks if block.get("event") == "heartbeat"]
    assert len(beats) > 1
    assert msgspec.json.decode(beats[-1]["data"]) == {
        "position": head.position,
        "closed_at": head.at,
        "chain": head.chain.hex(),
    }


def test_stream_refuses_what_it_cannot(doors: Doors) -> None:
    """A stream has one direction and no page; a wrong last id is named."""
    visitor = doors("olga")
    assert visitor.get("/feed/stream?order=desc").json()["code"] == "invalid_field"
    assert visitor.get("/feed/stream?limit=5").json()["code"] == "invalid_field"
    answer = visitor.get("/feed/stream", **{"Last-Event-ID": "x"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_header")


async def _until(stream: AsyncIterator[bytes], wanted: bytes) -> bytes:
    async for part in stream:
        if wanted in part:
            return part
    pytest.fail(f"the stream ended without {wanted!r}")


async def test_stream_brings_what_happens_and_ends_with_the_key(house: House) -> None:
    """New events arrive while the stream is open; a revoked key ends it, so does a lost store."""
    limits = Limits(heartbeat_seconds=0.02, key_cache_seconds=0.0)
    services = house.services(limits)
    door = Door(services, Keyring(services.reader, limits.key_cache_seconds))
    question = question_of(FeedQuery(cursor=str(len(house.tale.log))), "auditor")
    write = writer("auditor", proof=False)
    stream = events(door, question, write, "Bearer secret-olga")
    assert await anext(stream) == b"retry: 1000\n\n"
    house.revoke("brunel")
    revoked = await _until(stream, b"event: record")
    assert b"id: %d\n" % len(house.tale.log) in revoked
    house.revoke("olga")
    async with asyncio.timeout(2):
        async for _ in stream:
            pass
    again = events(door, question, write, "Bearer secret-priya")
    await anext(again)
    house.down = True
    assert [part async for part in again] == []


async def test_stream_seeks_a_rare_type_only_in_what_is_new(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each new event would send every reader of a rare type through the whole log."""
    sought: list[int] = []
    entries = house.entries

    async def note(after: int, limit: int, **filters: Any) -> Sequence[FeedEntry]:
        sought.append(after)
        return await entries(after, limit, **filters)

    monkeypatch.setattr(house, "entries", note)
    services = house.services(Limits(heartbeat_seconds=0.01, stream_seconds_max=0.3))
    door = Door(services, Keyring(services.reader, 0.0))
    question = question_of(FeedQuery(types="subject.declined"), "auditor")
    stream = events(door, question, writer("auditor", proof=False), "Bearer secret-olga")
    assert b"event: record" not in b"".join([part async for part in stream])
    assert sought[0] == 0
    assert set(sought[1:]) == {(await house.head()).position}


async def test_stream_ends_when_the_server_closes(house: House) -> None:
    """A server that stops does not wait for readers of a stream, nor they for a heartbeat."""
    services = house.services(Limits(heartbeat_seconds=60.0))
    door = Door(services, Keyring(services.reader))
    question = question_of(FeedQuery(cursor=str(len(house.tale.log))), "auditor")
    stream = events(door, question, writer("auditor", proof=False), "Bearer secret-olga")
    assert b"retry" in await anext(stream)
    assert b"heartbeat" in await anext(stream)
    asyncio.get_running_loop().call_later(0.05, services.closing.set)
    async with asyncio.timeout(2):
        assert [part async for part in stream] == []


def test_store_that_is_down_is_told_before_the_stream(doors: Doors, house: House) -> None:
    """No half an answer: 503 with Retry-After."""
    visitor = doors("olga")
    assert visitor.get("/api/v1/anchors").status_code == 200
    house.down = True
    for path in ("/feed", "/feed/stream"):
        assert visitor.get(path).status_code == 503
    assert visitor.get("/feed", **NDJSON).status_code == 503
