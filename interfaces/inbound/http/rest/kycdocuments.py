"""Documents to be known by: uploaded in parts, sealed at once, opened for few (CP8)."""

import re
from functools import partial
from typing import Any, Final

import anyio.to_thread
import msgspec
from litestar import HttpMethod, Response
from litestar.datastructures import UploadFile
from litestar.handlers import HTTPRouteHandler

from application.authority import refuse_command
from application.ports.documents import DocumentFacts, DocumentRefused
from application.ports.world import KeyErased
from domain.kernel.refusal import NotFound, Refused
from domain.kyc.commands import SubmitKyc
from interfaces.inbound.http.calls import AnyRequest, Call, Door, called, demand_media_type
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.rest.commands import JSON, PREFIX
from interfaces.inbound.http.rest.kyc import visible_application
from interfaces.inbound.http.services import Services
from interfaces.inbound.http.visibility import demand_query

MULTIPART: Final = "multipart/form-data"
PART: Final = "document"
OVERHEAD_BYTES: Final = 16 * 1024
"""What the parts' headers may add to a document."""

FILE_NAME: Final = re.compile(r"[^\x00-\x1f\x7f/\\]{1,200}")
"""A file's own name, never a path. It may name a person: it is looked at and forgotten."""

ENDINGS: Final = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}


def kyc_document_handlers(door: Door) -> list[HTTPRouteHandler]:
    """Make the handlers of upload and download."""
    return [_upload_handler(door), _download_handler(door)]


def _upload_handler(door: Door) -> HTTPRouteHandler:
    async def upload(request: AnyRequest) -> Response[bytes]:
        call = await called(door, request)
        # Whoever may apply may bring the documents: one table decides both.
        refusal = refuse_command(call.principal.role, SubmitKyc)
        if refusal is not None:
            raise Refused(refusal)
        demand_media_type(request, MULTIPART)
        content = await _document(request)
        kept = await anyio.to_thread.run_sync(
            partial(_keep, door.services, call.principal.subject, content)
        )
        return Response(msgspec.json.encode(kept), status_code=201, media_type=JSON)

    return HTTPRouteHandler(
        f"{PREFIX}/kyc/documents",
        http_method=HttpMethod.POST,
        name="UploadKycDocument",
        request_max_body_size=door.services.limits.document_bytes_max + OVERHEAD_BYTES,
    )(upload)


async def _document(request: AnyRequest) -> bytes:
    form = await request.form()
    parts: list[Any] = [value for _, value in form.multi_items()]
    file = form.get(PART)
    if len(parts) != 1 or not isinstance(file, UploadFile):
        raise Problem("missing_field", f"Send one part, {PART}, with one file.", field=f"/{PART}")
    if FILE_NAME.fullmatch(file.filename) is None or file.filename in {".", ".."}:
        raise Problem("document_name_refused", field=f"/{PART}")
    return await file.read()


def _keep(services: Services, person: str, content: bytes) -> DocumentFacts:
    try:
        media_type = services.inspect_personal(content)
    except DocumentRefused as refused:
        raise Problem(refused.code, refused.reason, field=f"/{PART}") from refused
    return services.personal.put(person, content, media_type)


def _download_handler(door: Door) -> HTTPRouteHandler:
    async def download(request: AnyRequest) -> Response[bytes]:
        call = await called(door, request)
        demand_query(call.principal, "kyc")
        row = await visible_application(call)
        digest = call.names["digest"]
        kinds = {document.digest: document.media_type for document in row.documents}
        if digest not in kinds:
            raise Refused(NotFound(kind="document", identity=digest))
        content = await anyio.to_thread.run_sync(partial(_open, call, row.subject, digest))
        name = f"{digest[:16]}.{ENDINGS.get(kinds[digest], 'bin')}"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        }
        return Response(content, media_type=kinds[digest], headers=headers)

    return HTTPRouteHandler(
        f"{PREFIX}/kyc/applications/{{application:str}}/documents/{{digest:str}}",
        http_method=HttpMethod.GET,
        name="GetKycDocument",
    )(download)


def _open(call: Call, person: str, digest: str) -> bytes:
    try:
        content = call.services.personal.get(person, digest)
    except KeyErased as erased:
        raise Problem("erased") from erased
    if content is None:
        raise Problem("erased")
    return content
