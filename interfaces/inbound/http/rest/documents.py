"""Uploading the PDF of an invoice; it is kept outside the log, named by its digest."""

from functools import partial
from typing import Final

import anyio.to_thread
import msgspec
from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler

from application.authority import refuse_command
from application.ports.documents import DocumentRefused
from domain.invoice.commands import SubmitInvoice
from domain.kernel.refusal import Refused
from interfaces.inbound.http.calls import AnyRequest, Door, called, demand_media_type
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.rest.commands import JSON, PREFIX
from interfaces.inbound.http.services import Services

PDF: Final = "application/pdf"


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A kept document: its SHA-256 and its size in bytes."""

    digest: str
    size: int


def upload_handler(door: Door) -> HTTPRouteHandler:
    """Make the handler of ``POST /documents``; the same bytes again answer the same."""

    async def upload(request: AnyRequest) -> Response[bytes]:
        call = await called(door, request)
        # Whoever may submit an invoice may bring its document: one table decides both.
        refusal = refuse_command(call.principal.role, SubmitInvoice)
        if refusal is not None:
            raise Refused(refusal)
        demand_media_type(request, PDF)
        content = await request.body()
        digest = await anyio.to_thread.run_sync(partial(_keep, door.services, content))
        stored = Stored(digest=digest, size=len(content))
        return Response(msgspec.json.encode(stored), status_code=201, media_type=JSON)

    return HTTPRouteHandler(
        f"{PREFIX}/documents",
        http_method=HttpMethod.POST,
        name="UploadDocument",
        request_max_body_size=door.services.limits.document_bytes_max,
    )(upload)


def _keep(services: Services, content: bytes) -> str:
    try:
        services.inspect_pdf(content)
    except DocumentRefused as refused:
        raise Problem(refused.code, refused.reason, field="document") from refused
    return services.documents.put(content)
