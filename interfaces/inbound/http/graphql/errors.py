"""From exceptions to GraphQL errors: the codes of REST, and nothing of our insides.

Everything that a caller can cause has ``extensions.code``; whatever else goes wrong is
``internal_error`` with a correlation id that our log knows too.
"""

import logging
import secrets
import traceback
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.extensions import SchemaExtension
from strawberry.types.execution import StreamExecutionResult
from typing_extensions import override

from application.ports.gate import LogRegressed, StoreUnavailable
from application.ports.log import CheckpointNotWitnessed
from application.ports.world import ViewBehind
from domain.kernel.refusal import Refused
from interfaces.inbound.http.problems import Problem, ProblemDocument, document_of

logger: Final = logging.getLogger(__name__)


def document_for(error: BaseException) -> ProblemDocument | None:
    """Write what was raised as a problem, nothing when it is none of ours."""
    match error:
        case Refused():
            return document_of(error.refusal)
        case Problem():
            return error.document
        case LogRegressed():
            numbers = {"kept": error.kept, "size": error.size}
            return Problem("log_regressed", numbers=numbers).document
        case CheckpointNotWitnessed():
            numbers = {
                "position": error.position,
                "witnessed": error.witnessed,
                "quorum": error.quorum,
            }
            return Problem("checkpoint_not_witnessed", numbers=numbers).document
        case StoreUnavailable():
            return Problem("store_unavailable").document
        case ViewBehind():
            return Problem("view_behind").document
        case _:
            return None


def present(error: GraphQLError) -> GraphQLError:
    """Make an error fit to be shown; one that is already fit stays as it is."""
    if error.extensions and "code" in error.extensions:
        return error
    cause = _cause(error)
    if cause is None:
        code = "malformed_query" if isinstance(error, GraphQLSyntaxError) else "invalid_query"
        return _coded(error, error.message, {"code": code})
    document = document_for(cause) or _unexpected(cause)
    extensions = {
        name: value
        for name, value in msgspec.structs.asdict(document).items()
        if name != "detail" and value not in (None, {})
    }
    return _coded(error, document.detail, extensions)


def present_all(errors: Sequence[GraphQLError] | None) -> list[GraphQLError] | None:
    """Make all errors fit to be shown."""
    return [present(error) for error in errors] if errors else None


class PresentErrors(SchemaExtension):
    """Makes the errors of subscriptions fit before they are sent."""

    @override
    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        """Replace the errors of one result."""
        errors = getattr(result, "errors", None)
        if errors:
            result.errors = present_all(errors)  # type: ignore[union-attr]
        yield


def _cause(error: GraphQLError) -> Exception | None:
    found: Exception | None = error.original_error
    while isinstance(found, GraphQLError):
        found = found.original_error
    return found


def _coded(error: GraphQLError, message: str, extensions: dict[str, object]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )


def _unexpected(cause: Exception) -> ProblemDocument:
    correlation = secrets.token_hex(8)
    # The message of an exception can quote a request, and with it a person: only its type and
    # the lines of code are kept.
    where = "".join(traceback.format_tb(cause.__traceback__))
    logger.error("%s %s\n%s", correlation, type(cause).__name__, where)
    detail = f"Something went wrong on our side; tell us {correlation} when you report it."
    return Problem("internal_error", detail, numbers={"correlation": correlation}).document
