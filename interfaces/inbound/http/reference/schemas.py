"""JSON Schemas (2020-12) of all that the log and the gate speak: events, commands, feed records.

Made from the very types that the code reads and writes with, so they are never older than it.
Each file stands alone; ``tally schema`` writes them and ``/schemas`` serves them.
"""

from functools import cache
from typing import Any, Final

import msgspec

from application.dispatch import HANDLERS
from domain.apikey import former as apikeys
from domain.catalogue import EVENTS, is_restricted
from domain.chainwrite import former as chainwrites
from domain.kernel.command import Command
from domain.kernel.event import Envelope, Event
from domain.payment import former as payments
from domain.subject import former as subjects
from interfaces.inbound.http.graphql.schema import SCHEMA
from interfaces.inbound.http.reference.asyncapi import asyncapi
from interfaces.inbound.http.reference.openapi import openapi
from interfaces.inbound.http.reference.records import record_schema
from interfaces.inbound.http.reference.shapes import DIALECT, Json, closed, components

FORMER: Final[dict[tuple[str, int], type[Event]]] = {
    (event.TYPE, event.SCHEMA): event
    for event in (*apikeys.FORMER, *chainwrites.FORMER, *payments.FORMER, *subjects.FORMER)
}
"""What events looked like under earlier schema numbers, which the log keeps for ever."""


def shapes() -> dict[tuple[str, int], type[Event]]:
    """List each type of event with each of its schema numbers."""
    today = {(kind, event.SCHEMA): event for kind, event in EVENTS.items()}
    return dict(sorted({**FORMER, **today}.items()))


def commands() -> dict[str, type[Command]]:
    """List the commands that the gate takes."""
    return dict(sorted((command.TYPE, command) for command in HANDLERS))


def event_schema(kind: str, schema: int) -> Json:
    """Describe a body of the log: the envelope of FORMATS 1 with the data of this type.

    Raises KeyError for a type or a number that there never was.
    """
    event = shapes()[(kind, schema)]
    definitions = components(Envelope, event)
    body = closed(definitions.pop("Envelope"))
    parts = {
        **body["properties"],
        "type": {"const": kind},
        "schema": {"const": schema},
        "data": {"$ref": "#/$defs/data"},
    }
    required = set(body["required"])
    if is_restricted(event):
        required.add("salt")
    else:
        del parts["salt"]
    shape = definitions.pop(event.__name__)
    return {
        "$schema": DIALECT,
        "$id": f"/schemas/{event_file(kind, schema)}",
        "title": f"{kind}, schema {schema}",
        "description": shape.pop("description", ""),
        "type": "object",
        "properties": dict(sorted(parts.items())),
        "required": sorted(required),
        "additionalProperties": False,
        "$defs": {
            "data": closed(shape),
            **{name: closed(part) for name, part in definitions.items()},
        },
    }


def command_schema(command: type[Command]) -> Json:
    """Describe what a command carries."""
    definitions = components(command)
    shape = definitions.pop(command.__name__)
    described = {
        "$schema": DIALECT,
        "$id": f"/schemas/{command_file(command.TYPE)}",
        **shape,
        "title": command.TYPE,
    }
    return {**described, "$defs": definitions} if definitions else described


def event_file(kind: str, schema: int) -> str:
    """Name the file of an event's schema."""
    return f"events/{kind}.{schema}.json"


def command_file(kind: str) -> str:
    """Name the file of a command's schema."""
    return f"commands/{kind}.json"


@cache
def files() -> dict[str, bytes]:
    """Make all files by name; the same code always makes the same bytes."""
    documents: dict[str, Any] = {
        event_file(kind, schema): event_schema(kind, schema) for kind, schema in shapes()
    }
    documents |= {command_file(kind): command_schema(each) for kind, each in commands().items()}
    documents["feed/record.json"] = record_schema()
    documents["asyncapi.json"] = asyncapi({key: event_file(*key) for key in shapes()})
    documents["openapi.json"] = openapi()
    made = {name: _written(document) for name, document in documents.items()}
    made["graphql.graphql"] = SCHEMA.as_str().encode() + b"\n"
    made["index.json"] = _written({"files": sorted(made)})
    return dict(sorted(made.items()))


def _written(document: Json) -> bytes:
    encoded = msgspec.json.encode(document, order="deterministic")
    return msgspec.json.format(encoded, indent=2) + b"\n"
