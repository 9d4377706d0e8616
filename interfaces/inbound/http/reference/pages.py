"""``/openapi.json``, ``/schemas`` and ``/docs``, which needs nothing from any other host."""

from html import escape
from pathlib import PurePosixPath
from typing import Final

import msgspec
from litestar import HttpMethod, Response
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler

from interfaces.inbound.http.calls import AnyRequest
from interfaces.inbound.http.reference.openapi import openapi
from interfaces.inbound.http.reference.schemas import files
from interfaces.inbound.http.security import TOOL_POLICY
from interfaces.inbound.http.static import address

_MEDIA_TYPES: Final = {".json": "application/json", ".graphql": "text/plain; charset=utf-8"}


def reference_handlers() -> list[HTTPRouteHandler]:
    """Make the handlers of the documents and of the page; none needs a key."""
    document = msgspec.json.encode(openapi())
    page = _page()

    async def described(request: AnyRequest) -> Response[bytes]:
        return Response(document, media_type="application/json")

    async def schema(request: AnyRequest) -> Response[bytes]:
        name = str(request.path_params["name"]).lstrip("/")
        content = files().get(name)
        if content is None:
            raise NotFoundException
        return Response(content, media_type=_MEDIA_TYPES[PurePosixPath(name).suffix])

    async def docs(request: AnyRequest) -> Response[str]:
        headers = {"Content-Security-Policy": TOOL_POLICY}
        return Response(page, media_type="text/html; charset=utf-8", headers=headers)

    get = HttpMethod.GET
    return [
        HTTPRouteHandler("/openapi.json", http_method=get, name="GetOpenApi")(described),
        HTTPRouteHandler("/schemas/{name:path}", http_method=get, name="GetSchema")(schema),
        HTTPRouteHandler("/docs", http_method=get, name="ShowReference")(docs),
    ]


def _page() -> str:
    styles = ("swagger-ui-dist/swagger-ui.css", "docs.css")
    scripts = ("swagger-ui-dist/swagger-ui-bundle.js", "docs.js")
    links = "\n".join(f'<link rel="stylesheet" href="{escape(address(name))}">' for name in styles)
    loads = "\n".join(f'<script src="{escape(address(name))}" defer></script>' for name in scripts)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tallystick: API reference</title>
<link rel="icon" href="data:,">
{links}
{loads}
</head>
<body>
<header><strong>Tallystick</strong> <a href="/openapi.json">OpenAPI 3.1</a>
<a href="/graphql">GraphQL</a> <a href="/schemas/asyncapi.json">AsyncAPI</a>
<a href="/schemas/index.json">all schemas</a></header>
<main id="reference"><noscript>The reference needs JavaScript;
<a href="/openapi.json">the document itself</a> does not.</noscript></main>
</body>
</html>
"""
