"""The explorer page: GraphiQL out of our own assets, with a box for the key and examples."""

from importlib.resources import files
from typing import Final

from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler

from interfaces.inbound.http.calls import AnyRequest
from interfaces.inbound.http.graphql.door import PATH
from interfaces.inbound.http.security import TOOL_POLICY

_PARTS: Final = {
    "explorer.js": "text/javascript; charset=utf-8",
    "explorer.css": "text/css; charset=utf-8",
}


def explorer_handlers() -> list[HTTPRouteHandler]:
    """Make the handlers of the page and of its own script and style."""
    return [
        _handler(PATH, _read("explorer.html"), "text/html; charset=utf-8", "ShowExplorer"),
        *(
            _handler(f"{PATH}/{name}", _read(name), media_type, f"Get-{name}")
            for name, media_type in _PARTS.items()
        ),
    ]


def _read(name: str) -> bytes:
    return files(__package__).joinpath("page", name).read_bytes()


def _handler(path: str, content: bytes, media_type: str, name: str) -> HTTPRouteHandler:
    async def show(request: AnyRequest) -> Response[bytes]:
        headers = {"Content-Security-Policy": TOOL_POLICY, "Cache-Control": "no-cache"}
        return Response(content, media_type=media_type, headers=headers)

    return HTTPRouteHandler(path, http_method=HttpMethod.GET, name=name)(show)
