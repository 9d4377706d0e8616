"""Scripts and styles of our pages: our own files and a few from npm, each by name, none else."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from litestar import HttpMethod, Response
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler

from interfaces.inbound.http.calls import AnyRequest

FOLDER: Final = Path(__file__).parent / "assets"
PACKAGES: Final = FOLDER / "node_modules"

_OWN: Final = ("docs.css", "docs.js", "portal.css")
_FROM_NPM: Final = (
    "swagger-ui-dist/swagger-ui.css",
    "swagger-ui-dist/swagger-ui-bundle.js",
    "graphiql/graphiql.min.css",
    "graphiql/graphiql.min.js",
    "react/umd/react.production.min.js",
    "react-dom/umd/react-dom.production.min.js",
)
_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_FOR_AN_HOUR: Final = "public, max-age=3600"


def address(name: str) -> str:
    """Tell the address of an asset that names its content, so that it may be cached for ever."""
    return f"/assets/{name}?v={_digest(name)}"


def asset_handler() -> HTTPRouteHandler:
    """Make the handler of ``/assets``; a file that is not listed does not exist."""

    async def asset(request: AnyRequest) -> Response[bytes]:
        name = str(request.path_params["name"]).lstrip("/")
        content = _read(name)
        if content is None:
            raise NotFoundException
        named = request.query_params.get("v") == _digest(name)
        headers = {"Cache-Control": _FOR_EVER if named else _FOR_AN_HOUR}
        return Response(content, media_type=_MEDIA_TYPES[Path(name).suffix], headers=headers)

    return HTTPRouteHandler("/assets/{name:path}", http_method=HttpMethod.GET, name="GetAsset")(
        asset
    )


@cache
def _read(name: str) -> bytes | None:
    if name in _OWN:
        return (FOLDER / name).read_bytes()
    path = PACKAGES / name
    return path.read_bytes() if name in _FROM_NPM and path.is_file() else None


@cache
def _digest(name: str) -> str:
    return hashlib.sha256(_read(name) or b"").hexdigest()[:16]
