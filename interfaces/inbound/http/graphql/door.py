"""GraphQL over HTTP: one address that takes questions by POST and shows the explorer by GET."""

from typing import Final

import msgspec
from graphql import GraphQLError
from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from interfaces.inbound.http.access.sessions import authorization_of
from interfaces.inbound.http.calls import AnyRequest, Door, demand_media_type, wanted_position
from interfaces.inbound.http.decoding import decode
from interfaces.inbound.http.graphql.context import Context
from interfaces.inbound.http.graphql.errors import present_all
from interfaces.inbound.http.graphql.limits import QUERY_BYTES_MAX
from interfaces.inbound.http.graphql.schema import SCHEMA
from interfaces.inbound.http.problems import Problem

PATH: Final = "/graphql"
JSON: Final = "application/json"
GRAPHQL_JSON: Final = "application/graphql-response+json"
AWAY: Final = frozenset(
    {"checkpoint_not_witnessed", "log_regressed", "store_unavailable", "view_behind"}
)
QUERIES_ONLY: Final = frozenset({OperationType.QUERY})

_encode: Final = msgspec.json.Encoder().encode


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a request (GraphQL over HTTP); extensions are taken and not used."""

    query: str
    variables: dict[str, object] | None = None
    operation_name: str | None = msgspec.field(name="operationName", default=None)
    extensions: dict[str, object] | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of an answer."""

    data: dict[str, object] | None
    errors: list[object] | None = None


def question_handler(door: Door) -> HTTPRouteHandler:
    """Make the handler of questions."""

    async def ask(request: AnyRequest) -> Response[bytes]:
        context = Context(door, authorization_of(request, door.services.secrets))
        door.keyring.demand_rate(await context.identify())
        demand_media_type(request, JSON)
        question = decode(await request.body(), Question)
        context.reader.wait_for(wanted_position(request))
        result = await carry_out(question, context)
        return _response(result, plain=GRAPHQL_JSON not in request.headers.get("accept", ""))

    return HTTPRouteHandler(
        PATH,
        http_method=HttpMethod.POST,
        name="AskGraphQL",
        request_max_body_size=QUERY_BYTES_MAX,
    )(ask)


async def carry_out(question: Question, context: Context) -> ExecutionResult:
    """Answer a question; whatever goes wrong is among the errors."""
    context.names_no_operation = question.operation_name is None
    try:
        return await SCHEMA.execute(
            question.query,
            variable_values=question.variables,
            context_value=context,
            operation_name=question.operation_name,
            allowed_operation_types=QUERIES_ONLY,
        )
    except MissingQueryError:
        return _refused("The query is empty.")
    except CannotGetOperationTypeError:
        return _refused("operationName must name one of the operations.")
    except InvalidOperationTypeError:
        return _refused("Subscriptions are carried out over WebSocket, and there are no mutations.")


def _refused(sentence: str) -> ExecutionResult:
    error = GraphQLError(sentence, extensions={"code": "invalid_query"})
    return ExecutionResult(data=None, errors=[error])


def _response(result: ExecutionResult, *, plain: bool) -> Response[bytes]:
    errors = present_all(result.errors)
    codes = {error.extensions["code"] for error in errors or () if error.extensions}
    shown: list[object] | None = [error.formatted for error in errors] if errors else None
    content = _encode(Answer(data=result.data, errors=shown))
    headers: dict[str, str] = {}
    status = 200 if plain or result.data is not None else 400
    for code in codes & AWAY:
        # A balancer and a client's retry look at the status, not into the body.
        kind = Problem(str(code)).kind
        status, headers["Retry-After"] = kind.status, str(kind.retry_after)
    media_type = JSON if plain else GRAPHQL_JSON
    return Response(content, status_code=status, media_type=media_type, headers=headers)
