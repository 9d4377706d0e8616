"""Headers that every answer carries, and the content security policies of our pages."""

from typing import Final

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

API_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"

PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
"""For pages without any script."""

TOOL_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:;"
    " form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""For the reference and the explorer: their own scripts, which write styles while they run."""

_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Browsers heed it over HTTPS only.
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}
_UNLESS_SET: Final = {"Content-Security-Policy": API_POLICY, "Cache-Control": "no-store"}


def guarded_headers() -> dict[str, str]:
    """Tell the headers of an answer that no route gives."""
    return {**_ALWAYS, **_UNLESS_SET}


async def secure(message: Message, _: Scope) -> None:
    """Add the headers to any answer, problems included; runs before each message is sent."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in _ALWAYS.items():
        headers[name] = value
    for name, value in _UNLESS_SET.items():
        headers.setdefault(name, value)
