"""The HTTP application: every route of every door over one set of services."""

from collections.abc import Sequence

import msgspec
from litestar import HttpMethod, Litestar, Response
from litestar.config.cors import CORSConfig
from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler

from interfaces.inbound.http import failures, health, proofs, published
from interfaces.inbound.http.access.routes import access_handlers
from interfaces.inbound.http.calls import AnyRequest, Door, door_of
from interfaces.inbound.http.completeness import completeness_handlers
from interfaces.inbound.http.feed.pages import feed_handler
from interfaces.inbound.http.feed.stream import stream_handler
from interfaces.inbound.http.portal.board import board_handler
from interfaces.inbound.http.portal.buyer import buyer_handlers
from interfaces.inbound.http.portal.password import password_handlers
from interfaces.inbound.http.problems import catalogue
from interfaces.inbound.http.reference.pages import reference_handlers
from interfaces.inbound.http.rest import documents, reconciliations, registrations
from interfaces.inbound.http.rest.commands import JSON, PREFIX, command_handler
from interfaces.inbound.http.rest.exporting import export_handler
from interfaces.inbound.http.rest.kycdocuments import kyc_document_handlers
from interfaces.inbound.http.rest.reads import read_handler
from interfaces.inbound.http.rest.tables import COMMANDS, READS
from interfaces.inbound.http.scrape import scrape_handler
from interfaces.inbound.http.security import secure
from interfaces.inbound.http.services import Services
from interfaces.inbound.http.static import asset_handler
from interfaces.inbound.http.webhooks import webhook_handler


def create_app(services: Services, extra: Sequence[ControllerRouterHandler] = ()) -> Litestar:
    """Build the application; ``extra`` are route handlers of further doors."""
    door = door_of(services)
    return Litestar(
        route_handlers=[*_routes(door), *extra],
        exception_handlers=failures.HANDLERS,
        before_send=[secure],
        cors_config=_cors(services.limits.cors_origins),
        request_max_body_size=services.limits.json_bytes_max,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )


def _cors(origins: tuple[str, ...]) -> CORSConfig | None:
    """Let pages of these origins ask with a bearer key; cookies are never let across."""
    if not origins:
        return None
    return CORSConfig(
        allow_origins=list(origins),
        allow_methods=["GET", "POST"],
        allow_headers=[
            *("Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "Prefer"),
            "Tallystick-Wait",
        ],
        expose_headers=[
            *("Idempotency-Replayed", "Preference-Applied", "Retry-After", "Tallystick-As-Of"),
            "Tallystick-Position",
        ],
        allow_credentials=False,
        max_age=600,
    )


def _routes(door: Door) -> list[ControllerRouterHandler]:
    return [
        *(command_handler(route, door) for route in COMMANDS),
        *(read_handler(route, door) for route in READS),
        documents.upload_handler(door),
        *kyc_document_handlers(door),
        export_handler(door),
        webhook_handler(door),
        *registrations.registration_handlers(door),
        reconciliations.statement_handler(door),
        feed_handler(door),
        stream_handler(door),
        *proofs.proof_handlers(door),
        *completeness_handlers(door),
        *published.tree_handlers(door),
        *buyer_handlers(door),
        board_handler(door),
        *access_handlers(door),
        *password_handlers(door),
        *reference_handlers(),
        asset_handler(),
        *health.health_handlers(door),
        scrape_handler(door),
        _problems(),
    ]


def _problems() -> HTTPRouteHandler:
    listed = msgspec.json.encode(catalogue())

    async def problems(request: AnyRequest) -> Response[bytes]:
        return Response(listed, media_type=JSON)

    return HTTPRouteHandler(f"{PREFIX}/problems", http_method=HttpMethod.GET, name="ListProblems")(
        problems
    )
