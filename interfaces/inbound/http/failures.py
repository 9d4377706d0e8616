"""From exceptions to answers: the only place where something raised becomes HTTP."""

import logging
import secrets
import traceback
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from application.ports.gate import LogRegressed, StoreUnavailable
from application.ports.log import CheckpointNotWitnessed
from application.ports.tree import BeyondLog, NotSigned
from application.ports.world import ViewBehind
from domain.kernel.money import LARGEST
from domain.kernel.refusal import NotFound, Refused
from interfaces.inbound.http.problems import (
    MEDIA_TYPE,
    Kind,
    Problem,
    ProblemDocument,
    document_of,
    kind_of,
)

AnyRequest = Request[Any, Any, Any]

logger: Final = logging.getLogger(__name__)

_encode: Final = msgspec.json.Encoder().encode

_BY_STATUS: Final = {
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
    401: "unauthenticated",
    429: "too_many_requests",
    503: "store_unavailable",
}


def answer(document: ProblemDocument, kind: Kind) -> Response[bytes]:
    """Send a problem document."""
    headers = {}
    if kind.retry_after is not None:
        headers["Retry-After"] = str(kind.retry_after)
    if kind.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="tallystick"'
    return Response(
        _encode(document), status_code=kind.status, media_type=MEDIA_TYPE, headers=headers
    )


def _problem(_: AnyRequest, error: Problem) -> Response[bytes]:
    return answer(error.document, error.kind)


def _refused(_: AnyRequest, error: Refused) -> Response[bytes]:
    return answer(document_of(error.refusal), kind_of(error.refusal))


def _store(request: AnyRequest, _: StoreUnavailable) -> Response[bytes]:
    return _problem(request, Problem("store_unavailable"))


def _regressed(request: AnyRequest, error: LogRegressed) -> Response[bytes]:
    numbers = {"kept": error.kept, "size": error.size}
    return _problem(request, Problem("log_regressed", numbers=numbers))


def _not_witnessed(request: AnyRequest, error: CheckpointNotWitnessed) -> Response[bytes]:
    numbers = {
        "position": error.position,
        "witnessed": error.witnessed,
        "quorum": error.quorum,
    }
    return _problem(request, Problem("checkpoint_not_witnessed", numbers=numbers))


def _beyond(request: AnyRequest, error: BeyondLog) -> Response[bytes]:
    # A tile of a high level needs more events than a JSON number could count.
    wanted = min(error.wanted, LARGEST)
    return _problem(request, Problem("beyond_log", numbers={"wanted": wanted, "size": error.size}))


def _not_signed(request: AnyRequest, error: NotSigned) -> Response[bytes]:
    near = {"below": error.below, "above": error.above}
    known = {name: size for name, size in near.items() if size is not None}
    return _problem(
        request, Problem("checkpoint_not_issued", numbers={"size": error.size, **known})
    )


def _behind(request: AnyRequest, _: ViewBehind) -> Response[bytes]:
    return _problem(request, Problem("view_behind"))


def _http(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    status = error.status_code
    if status == 404:
        missing = NotFound(kind="address", identity=request.scope["path"][:200])
        return _refused(request, Refused(missing))
    if status >= 500 and status != 503:
        return _unexpected(request, error)
    response = _problem(request, Problem(_BY_STATUS.get(status, "bad_request")))
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


def _unexpected(request: AnyRequest, error: Exception) -> Response[bytes]:
    correlation = secrets.token_hex(8)
    # The message of an exception can quote a request, and with it a person: only its type and
    # the lines of code are kept.
    where = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s %s\n%s", correlation, type(error).__name__, where)
    detail = f"Something went wrong on our side; tell us {correlation} when you report it."
    problem = Problem("internal_error", detail, numbers={"correlation": correlation})
    return _problem(request, problem)


HANDLERS: Final[ExceptionHandlersMap] = {
    Problem: _problem,
    Refused: _refused,
    LogRegressed: _regressed,
    CheckpointNotWitnessed: _not_witnessed,
    BeyondLog: _beyond,
    NotSigned: _not_signed,
    StoreUnavailable: _store,
    ViewBehind: _behind,
    HTTPException: _http,
    Exception: _unexpected,
}
