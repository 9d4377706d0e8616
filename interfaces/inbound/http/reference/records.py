"""The records of the feed as JSON Schema (FORMATS 8)."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from interfaces.inbound.http.reference.shapes import DIALECT, Json, closed, components

Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="SHA-256 in lower-case hex.")]
Place = Annotated[int, Meta(ge=1, description="Place in the log, counted from 1, without gaps.")]
Text = Annotated[str, Meta(description="The exact text that was hashed (FORMATS 1).")]


class FeedChange(Struct):
    """What an event changed in what is shown; derived, never part of the proof."""

    effect: Literal["created", "updated", "removed"]
    entry: str
    key: str
    value: Any


class FullRecord(Struct, kw_only=True):
    """An event as a reader sees it who may; ``changes`` only for roles that read everything."""

    id: Hash
    paging_token: Annotated[str, Meta(pattern="^[1-9][0-9]*$")]
    position: Place
    type: str
    stream: str
    version: Annotated[int, Meta(ge=1)]
    at: Annotated[str, Meta(description="RFC 3339 in UTC with six decimals.")]
    actor: str
    command: Annotated[str, Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    data: dict[str, Any]
    body: Text
    chain: Hash
    changes: list[FeedChange] = []


class ProofRecord(Struct):
    """An event under ``fields=proof``."""

    position: Place
    body: Text
    chain: Hash


class HiddenRecord(Struct):
    """An event that the reader may not see: enough to verify the chain."""

    position: Place
    body_hash: Hash
    chain: Hash


def record_schema() -> Json:
    """Describe any record."""
    definitions = components(FullRecord, ProofRecord, HiddenRecord)
    kinds = ("FullRecord", "ProofRecord", "HiddenRecord")
    return {
        "$schema": DIALECT,
        "$id": "/schemas/feed/record.json",
        "title": "A record of the feed",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in kinds],
        "$defs": {name: closed(shape) for name, shape in definitions.items()},
    }
