"""The log's tree for everybody, without a key: tiles, entries, bodies, consistency (FORMATS 3).

Tiles hold hashes of salted things and show no event. What is complete never changes, so it may be
kept for ever by whoever fetched it.
"""

import base64
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler

from application.ports.log import FeedEntry
from application.ports.tree import BodyLine
from domain.integrity.tiles import TILE_WIDTH, parse_tile_name
from domain.kernel.refusal import NotFound, Refused
from interfaces.inbound.http.access.sessions import authorization_of
from interfaces.inbound.http.calls import AnyRequest, Door, whole
from interfaces.inbound.http.feed.pages import NDJSON
from interfaces.inbound.http.feed.records import Write, public_writer, writer
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.rest.commands import JSON
from interfaces.inbound.http.visibility import demand_query

BINARY: Final = "application/octet-stream"
PLAIN: Final = "text/plain"
TEXT: Final = f"{PLAIN}; charset=utf-8"
LEVEL_MAX: Final = 63
FOR_EVER: Final = "public, max-age=31536000, immutable"
FOR_A_MINUTE: Final = "public, max-age=60"
FOR_A_DAY: Final = "max-age=86400"
"""Of bodies: which of them everybody may read can change with a version of ours."""

_ENTRY_LENGTH: Final = (32).to_bytes(2)


def tree_handlers(door: Door) -> list[HTTPRouteHandler]:
    """Make the handlers of tiles, entries, bodies and consistency."""
    tree = door.services.tree

    async def tile(request: AnyRequest) -> Response[bytes]:
        level = _level(request.path_params["level"])
        index, width = _name(request.path_params["name"])
        return _kept(request, await tree.tile(level, index, width), width, BINARY)

    async def entries(request: AnyRequest) -> Response[bytes]:
        index, width = _name(request.path_params["name"])
        chains = await tree.chains(index, width)
        content = b"".join(_ENTRY_LENGTH + chain for chain in chains)
        return _kept(request, content, width, BINARY)

    async def bodies(request: AnyRequest) -> Response[bytes]:
        index, width = _name(request.path_params["name"])
        write, scope = await _writer(door, request)
        content = _lines(await tree.bodies(index, width), write)
        response = _kept(request, content, width, NDJSON)
        response.headers["Cache-Control"] = f"{scope}, {FOR_A_DAY}"
        response.headers["Vary"] = "Authorization"
        return response

    async def consistency(request: AnyRequest) -> Response[bytes]:
        old, new = (_size(request.path_params[name]) for name in ("old", "new"))
        if old > new:
            raise Problem("invalid_field", "old: is at most new.", field="/old")
        if request.headers.get("accept", "").startswith(PLAIN):
            path = await tree.consistency(old, new)
            lines = b"".join(base64.b64encode(step) + b"\n" for step in path)
            response = _kept(request, lines, TILE_WIDTH, TEXT)
        else:
            response = _kept(request, await tree.consistency_file(old, new), TILE_WIDTH, JSON)
        response.headers["Vary"] = "Accept"
        return response

    return [
        _route("/log/tile/{level:str}/{name:path}", "GetTile")(tile),
        _route("/log/tile/entries/{name:path}", "GetEntries")(entries),
        _route("/log/bodies/{name:path}", "GetBodies")(bodies),
        _route("/log/consistency/{old:str}/{new:str}", "GetConsistency")(consistency),
    ]


def _route(path: str, operation: str) -> HTTPRouteHandler:
    return HTTPRouteHandler(path, http_method=HttpMethod.GET, name=operation)


def _level(text: str) -> int:
    level = whole(text)
    if level is None or level > LEVEL_MAX or str(level) != text:
        raise Refused(NotFound(kind="tile", identity=text[:40]))
    return level


def _name(text: str) -> tuple[int, int]:
    name = text.removeprefix("/")
    try:
        return parse_tile_name(name)
    except ValueError as error:
        raise Refused(NotFound(kind="tile", identity=repr(name[:40]))) from error


def _size(text: str) -> int:
    size = whole(text)
    if size is None or str(size) != text:
        raise Refused(NotFound(kind="size", identity=repr(text[:40])))
    return size


async def _writer(door: Door, request: AnyRequest) -> tuple[Write, str]:
    """Choose what is shown: with a key what its role may read, else what everybody may."""
    authorization = authorization_of(request, door.services.secrets)
    if authorization is None:
        return public_writer(), "public"
    principal = await door.keyring.principal(authorization)
    demand_query(principal, "feed")
    return writer(principal.role, proof=True), "private"


def _lines(found: Sequence[BodyLine], write: Write) -> bytes:
    return b"".join(
        write(FeedEntry(line.position, line.type, line.body, line.chain, b"[]")) + b"\n"
        for line in found
    )


def _kept(request: AnyRequest, content: bytes, width: int, media_type: str) -> Response[bytes]:
    """Answer with what may be kept, or say that the caller has it."""
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {
        "Cache-Control": FOR_EVER if width == TILE_WIDTH else FOR_A_MINUTE,
        "ETag": tag,
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
