"""The feed described for integrators: AsyncAPI 3.0, one message for each event and schema."""

from collections.abc import Mapping
from typing import Final

from interfaces.inbound.http.reference.shapes import Json

SCHEMA_FORMAT: Final = "application/schema+json;version=draft-2020-12"
RECORD: Final = "feed/record.json"

_INFO: Final = {
    "title": "Tallystick feed",
    "version": "1",
    "description": (
        "One ordered log of all facts. Nothing is ever inserted behind a position that was read,"
        " so a reader goes on from the last position it has dealt with. Each record carries the"
        " exact text that was hashed, and its chain value: the order can be verified."
    ),
    "license": {"name": "Apache-2.0"},
}


def asyncapi(events: Mapping[tuple[str, int], str]) -> Json:
    """Describe the feed; ``events`` names the file of each type's and schema's JSON Schema."""
    messages = {_name(*key): _message(*key, file) for key, file in events.items()}
    messages["hidden"] = {
        "name": "hidden",
        "title": "An event that the reader may not see",
        "contentType": "application/json",
        "payload": _multi({"$ref": f"{RECORD}#/$defs/HiddenRecord"}),
    }
    channels = {
        "feed": _channel("/feed", "Pages as HAL, or all records as NDJSON, one a line.", messages),
        "stream": _channel("/feed/stream", "Server-Sent Events; resumes by id.", messages),
    }
    channels["stream"]["messages"]["heartbeat"] = {"$ref": "#/components/messages/heartbeat"}
    messages["heartbeat"] = {
        "name": "heartbeat",
        "title": "The head of the log, every few seconds",
        "contentType": "application/json",
        "payload": _multi(_heartbeat()),
    }
    return {
        "asyncapi": "3.0.0",
        "info": _INFO,
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": {
            "readFeed": _operation("feed", "Read the feed as NDJSON (GET)."),
            "followFeed": _operation("stream", "Follow the feed as Server-Sent Events (GET)."),
        },
        "components": {
            "messages": dict(sorted(messages.items())),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _name(kind: str, schema: int) -> str:
    return f"{kind}.{schema}"


def _message(kind: str, schema: int, file: str) -> Json:
    record: Json = {
        "allOf": [
            {"$ref": f"{RECORD}#/$defs/FullRecord"},
            {
                "type": "object",
                "properties": {"type": {"const": kind}, "data": {"$ref": f"{file}#/$defs/data"}},
            },
        ]
    }
    return {
        "name": kind,
        "title": f"{kind}, schema {schema}",
        "contentType": "application/json",
        "payload": _multi(record),
    }


def _multi(schema: Json) -> Json:
    return {"schemaFormat": SCHEMA_FORMAT, "schema": schema}


def _channel(address: str, description: str, messages: Mapping[str, Json]) -> Json:
    listed = {name: {"$ref": f"#/components/messages/{name}"} for name in sorted(messages)}
    return {"address": address, "description": description, "messages": listed}


def _operation(channel: str, summary: str) -> Json:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "security": [{"$ref": "#/components/securitySchemes/key"}],
    }


def _heartbeat() -> Json:
    return {
        "type": "object",
        "required": ["position", "closed_at", "chain"],
        "properties": {
            "position": {"type": "integer", "minimum": 0},
            "closed_at": {"type": "string"},
            "chain": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        },
    }
