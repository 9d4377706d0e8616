"""GraphQL over WebSocket (graphql-transport-ws): changes as they happen.

Strawberry speaks the protocol; here stands who may, how much, and how a message is read.
"""

from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta
from typing import Any, Final, cast

import msgspec
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect
from litestar.handlers import WebsocketRouteHandler
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.async_base_view import AsyncBaseHTTPView, AsyncWebSocketAdapter
from strawberry.http.exceptions import NonJsonMessageReceived, WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import SubscribeMessage
from strawberry.types.unset import UNSET, UnsetType
from typing_extensions import override

from application.ports.gate import StoreUnavailable
from interfaces.inbound.http.calls import Door
from interfaces.inbound.http.graphql.context import Context
from interfaces.inbound.http.graphql.door import PATH
from interfaces.inbound.http.graphql.limits import QUERY_BYTES_MAX
from interfaces.inbound.http.graphql.schema import SCHEMA
from interfaces.inbound.http.problems import Problem
from interfaces.telemetry.metrics import FEED_CLIENTS

AnySocket = WebSocket[Any, Any, Any]
View = AsyncBaseHTTPView[Any, Any, Any, Any, Any, Context, None]

INIT_TIMEOUT: Final = timedelta(seconds=10)
OPERATIONS_MAX: Final = 20
"""Operations of one connection that run at the same time."""

FORBIDDEN: Final = 4403
UNACCEPTABLE: Final = 4406
TOO_LARGE: Final = 1009
TRY_AGAIN: Final = 1013


class Subscribe(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a message asks for."""

    query: str
    variables: dict[str, object] | None = None
    operation_name: str | None = msgspec.field(name="operationName", default=None)


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message of the protocol, whatever its type."""

    type: str
    id: str = ""
    payload: dict[str, object] | None = None


_decode: Final = msgspec.json.Decoder(Message).decode
_encode: Final = msgspec.json.Encoder().encode


class Messages(AsyncWebSocketAdapter):
    """The messages of one connection as JSON objects of a bounded size."""

    def __init__(self, socket: AnySocket) -> None:
        super().__init__(cast("AsyncBaseHTTPView[Any, Any, Any, Any, Any, None, None]", None))
        self._socket = socket

    @override
    async def iter_json(
        self, *, ignore_parsing_errors: bool = False
    ) -> AsyncGenerator[object, None]:
        """Read messages until the other side goes."""
        try:
            while self._socket.connection_state != "disconnect":
                text = await self._socket.receive_text()
                if len(text) > QUERY_BYTES_MAX:
                    await self.close(TOO_LARGE, "Message too large")
                    return
                yield _read(text)
        except WebSocketDisconnect:
            return

    @override
    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send a message. Raises WebSocketDisconnected."""
        try:
            await self._socket.send_text(_encode(message).decode())
        except WebSocketDisconnect as error:
            raise WebSocketDisconnected from error

    @override
    async def close(self, code: int, reason: str) -> None:
        """Close the connection."""
        await self._socket.close(code=code, reason=reason[:120])


def _read(text: str) -> object:
    """Read a message whose parts have the types that the protocol gives them."""
    try:
        message = _decode(text)
        if message.type == "subscribe":
            msgspec.convert(message.payload, Subscribe)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise NonJsonMessageReceived from error
    return msgspec.to_builtins(message)


class Greeting:
    """What the protocol asks of its view: whether a connection may begin."""

    async def on_ws_connect(self, context: Context) -> UnsetType:
        """Take the key of the payload, or else of the handshake's header.

        Raises ConnectionRejectionError, which closes the connection with 4403.
        """
        given = (context.connection_params or {}).get("authorization")
        if isinstance(given, str):
            context.authorization = given
        try:
            await context.identify()
        except (Problem, StoreUnavailable) as error:
            raise ConnectionRejectionError from error
        nothing: UnsetType = UNSET
        return nothing


class Conversation(BaseGraphQLTransportWSHandler[Context, None]):
    """One connection; each operation begins with a key that is in force."""

    @override
    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Begin an operation, or close the connection when the key was revoked."""
        if self.connection_acknowledged:
            try:
                await self.context.identify()
            except Problem:
                await self.websocket.close(FORBIDDEN, "Forbidden")
                return
            except StoreUnavailable:
                await self.websocket.close(TRY_AGAIN, "Try again later")
                return
        await super().handle_subscribe(message)


def socket_handler(door: Door) -> WebsocketRouteHandler:
    """Make the handler of connections."""

    async def connect(socket: AnySocket) -> None:
        offered = socket.scope["subprotocols"]
        spoken = GRAPHQL_TRANSPORT_WS_PROTOCOL in offered
        await socket.accept(subprotocols=GRAPHQL_TRANSPORT_WS_PROTOCOL if spoken else None)
        messages = Messages(socket)
        if not spoken:
            await messages.close(UNACCEPTABLE, "Subprotocol not acceptable")
            return
        context = Context(door, socket.headers.get("authorization"))
        conversation = Conversation(
            view=cast("View", Greeting()),
            websocket=messages,
            context=context,
            root_value=None,
            schema=SCHEMA,
            connection_init_wait_timeout=INIT_TIMEOUT,
            max_subscriptions_per_connection=OPERATIONS_MAX,
        )
        with FEED_CLIENTS.labels("websocket").track_inprogress():
            await conversation.handle()

    return WebsocketRouteHandler(PATH, name="FollowGraphQL")(connect)
