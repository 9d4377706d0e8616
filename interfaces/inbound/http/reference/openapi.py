"""The OpenAPI 3.1 document, made from the tables that the routes are made from."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from application.ports.documents import DocumentFacts
from interfaces.inbound.http.access.carrying import AccessRoute
from interfaces.inbound.http.access.routes import ROUTES as ACCESS
from interfaces.inbound.http.asof import AS_OF_HEADER
from interfaces.inbound.http.health import Health
from interfaces.inbound.http.problems import MEDIA_TYPE, ProblemDocument, ProblemKind, catalogue
from interfaces.inbound.http.reference.operations import Json, plain_operations
from interfaces.inbound.http.rest import registrations
from interfaces.inbound.http.rest.commands import PREFIX, Answer, CommandRoute, NoBody
from interfaces.inbound.http.rest.documents import Stored
from interfaces.inbound.http.rest.reads import ReadRoute
from interfaces.inbound.http.rest.tables import COMMANDS, READS

SCHEMAS: Final = "#/components/schemas/"
_COMMON: Final = (400, 401, 403, 404, 500, 503)
_COMMAND: Final = (*_COMMON[:4], 409, 410, 413, 415, 422, 429, *_COMMON[4:])
_READ: Final = (*_COMMON[:4], 422, 429, *_COMMON[4:])

_INFO: Final = {
    "title": "Tallystick",
    "version": "1",
    "summary": "The book of record for tokenised securities.",
    "description": (
        "Commands are POSTs named by an `Idempotency-Key`; their answers carry"
        " `Tallystick-Position`, and a read that sends it back as `Tallystick-Wait` sees them."
        " Money is whole minor units. Every no is a problem document (RFC 9457) with a stable"
        " `code`; `GET /api/v1/problems` lists them all."
    ),
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}

_HEADERS: Final[Json] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "Names the command: the same key and request again have no second effect.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
        "example": "2026-05-22-0001",
    },
    "Wait": {
        "name": "Tallystick-Wait",
        "in": "header",
        "description": "Answer from views that have reached this position.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Prefer": {
        "name": "Prefer",
        "in": "header",
        "description": "`receipt` adds the log's signed word on the position that was written.",
        "schema": {"type": "string"},
    },
}
_ANSWER_HEADERS: Final[Json] = {
    "Tallystick-Position": {
        "description": "The last position written.",
        "schema": {"type": "integer"},
    },
    "Idempotency-Replayed": {
        "description": "There, and true, when the command was carried out before.",
        "schema": {"type": "string", "const": "true"},
    },
    "Preference-Applied": {
        "description": "There, and `receipt`, when the answer has one.",
        "schema": {"type": "string", "const": "receipt"},
    },
}


def openapi() -> Json:
    """Make the document."""
    types: set[Any] = {Answer, DocumentFacts, Stored, Health, ProblemDocument, ProblemKind}
    types |= {route.body for route in COMMANDS} | {route.answer for route in READS}
    types |= {route.parameters for route in READS}
    types |= {kind for route in ACCESS for kind in (route.body, route.answer)}
    types |= set(registrations.BODIES)
    _, schemas = msgspec.json.schema_components(
        types, schema_hook=_anything, ref_template=SCHEMAS + "{name}"
    )
    paths: dict[str, Json] = {}
    for command in COMMANDS:
        _put(paths, PREFIX + command.path, "post", _command(command))
    for read in READS:
        _put(paths, PREFIX + read.path, "get", _read(read, schemas))
    for access in ACCESS:
        _put(paths, PREFIX + access.path, "post", _access(access))
    for path, method, operation in plain_operations():
        _put(paths, path, method, operation)
    shown = {name: schema for name, schema in schemas.items() if name not in _parameters()}
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": shown,
            "parameters": _HEADERS,
            "responses": {f"Problem{status}": _problem(status) for status in _statuses()},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _anything(kind: type) -> Json:
    if kind is object:
        return {"description": "Any value."}
    raise NotImplementedError


def _put(paths: dict[str, Json], path: str, method: str, operation: Json) -> None:
    shown = re.sub(r":(str|path)}", "}", path)
    names = re.findall(r"{(\w+)}", shown)
    parts: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in names
    ]
    operation["parameters"] = [*parts, *operation.get("parameters", [])]
    paths.setdefault(shown, {})[method] = operation


def _command(route: CommandRoute[Any]) -> Json:
    operation: Json = {
        "operationId": route.operation,
        "summary": route.summary,
        "tags": ["Commands"],
        "parameters": [
            {"$ref": f"#/components/parameters/{name}"} for name in ("IdempotencyKey", "Prefer")
        ],
        "responses": {
            str(route.status): {
                "description": "Done.",
                "headers": _ANSWER_HEADERS,
                "content": {"application/json": {"schema": _ref(Answer)}},
            },
            **_refs(_COMMAND),
        },
    }
    if route.body is not NoBody:
        operation["requestBody"] = {
            "required": route.needs_body,
            "content": {
                "application/json": {
                    "schema": _ref(route.body),
                    "example": msgspec.to_builtins(route.example),
                }
            },
        }
    return operation


def _access(route: AccessRoute[Any]) -> Json:
    keyed = [{"$ref": "#/components/parameters/IdempotencyKey"}] if route.keyed else []
    operation: Json = {
        "operationId": route.operation,
        "summary": route.summary,
        "tags": ["Access"],
        "parameters": keyed,
        "responses": {
            str(route.status): {
                "description": "Done.",
                "content": {"application/json": {"schema": _ref(route.answer)}},
            },
            **_refs(_COMMAND),
        },
    }
    if route.public:
        operation["security"] = []
    if route.body is not NoBody:
        example = msgspec.to_builtins(route.example)
        content = {"application/json": {"schema": _ref(route.body), "example": example}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _read(route: ReadRoute[Any], schemas: Mapping[str, Any]) -> Json:
    answer: Json = _ref(route.answer)
    if route.paged:
        answer = {
            "type": "object",
            "required": ["items", "next"],
            "properties": {
                "items": {"type": "array", "items": answer},
                "next": {
                    "type": ["string", "null"],
                    "description": "The address of the next page.",
                },
            },
        }
    parameters: list[Json] = [
        {
            "name": name,
            "in": "query",
            "description": _described(schema),
            "schema": _without_null(schema),
        }
        for name, schema in schemas[route.parameters.__name__].get("properties", {}).items()
    ]
    return {
        "operationId": route.operation,
        "summary": route.summary,
        "tags": ["Reads"],
        "parameters": [*parameters, {"$ref": "#/components/parameters/Wait"}],
        "responses": {
            "200": {
                "description": "Here.",
                **_as_of(parameters),
                "content": {"application/json": {"schema": answer}},
            },
            **_refs(_READ),
        },
    }


def _as_of(parameters: Iterable[Json]) -> Json:
    if not any(parameter["name"] == "as_of" for parameter in parameters):
        return {}
    told = "The position as of which it is answered, when the question has an `as_of`."
    return {"headers": {AS_OF_HEADER: {"description": told, "schema": {"type": "integer"}}}}


def _described(schema: Json) -> str:
    return str(_without_null(schema).get("description", ""))


def _without_null(schema: Json) -> Json:
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    return kinds[0] if len(kinds) == 1 else schema


def _parameters() -> set[str]:
    return {route.parameters.__name__ for route in READS} | {NoBody.__name__}


def _ref(kind: type[msgspec.Struct]) -> Json:
    return {"$ref": SCHEMAS + kind.__name__}


def _refs(statuses: Iterable[int]) -> Json:
    return {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in statuses}


def _statuses() -> list[int]:
    return sorted({kind.status for kind in catalogue()})


def _problem(status: int) -> Json:
    kinds = [kind for kind in catalogue() if kind.status == status]
    listed = "\n".join(f"- `{kind.code}`: {kind.meaning}" for kind in kinds)
    example = {
        "type": kinds[0].type,
        "title": kinds[0].title,
        "status": status,
        "detail": kinds[0].meaning,
        "code": kinds[0].code,
    }
    return {
        "description": f"{kinds[0].title}.\n\n{listed}",
        "content": {MEDIA_TYPE: {"schema": _ref(ProblemDocument), "example": example}},
    }
