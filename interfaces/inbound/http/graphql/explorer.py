"""The explorer page: GraphiQL out of our own assets, with a box for the key and examples."""

import re
from functools import cache
from importlib.resources import files
from typing import Final

from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler

from interfaces.inbound.http.calls import AnyRequest
from interfaces.inbound.http.graphql.door import PATH
from interfaces.inbound.http.security import TOOL_POLICY
from interfaces.inbound.http.static import address

_PAGE: Final = "explorer.html"
_PARTS: Final = {
    "examples.graphql": "application/graphql",
    "explorer.js": "text/javascript",
    "explorer.css": "text/css",
}
_ASSET: Final = re.compile(r"\{\{([a-z0-9./-]+)\}\}")


def explorer_handlers() -> list[HTTPRouteHandler]:
    """Make the handlers of the page and of its own script and style."""
    return [
        _handler(PATH, _PAGE, "text/html"),
        *(_handler(f"{PATH}/{name}", name, kind) for name, kind in _PARTS.items()),
    ]


@cache
def _content(name: str) -> str:
    """Read a file; ``{{name}}`` in it becomes the address of an asset."""
    text = files(__package__).joinpath("page", name).read_text("utf-8")
    return _ASSET.sub(lambda found: address(found[1]), text)


def _handler(path: str, name: str, media_type: str) -> HTTPRouteHandler:
    async def show(request: AnyRequest) -> Response[str]:
        headers = {"Content-Security-Policy": TOOL_POLICY, "Cache-Control": "no-cache"}
        return Response(_content(name), media_type=media_type, headers=headers)

    return HTTPRouteHandler(path, http_method=HttpMethod.GET, name=f"Explorer {name}")(show)
