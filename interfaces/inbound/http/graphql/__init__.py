"""GraphQL for the portals: questions over HTTP, changes over WebSocket, an explorer page."""

from litestar.types import ControllerRouterHandler

from interfaces.inbound.http.calls import door_of
from interfaces.inbound.http.graphql.door import question_handler
from interfaces.inbound.http.graphql.explorer import explorer_handlers
from interfaces.inbound.http.graphql.sockets import socket_handler
from interfaces.inbound.http.services import Services


def graphql_routes(services: Services) -> list[ControllerRouterHandler]:
    """Make all route handlers of ``/graphql``."""
    door = door_of(services)
    return [question_handler(door), socket_handler(door), *explorer_handlers()]
