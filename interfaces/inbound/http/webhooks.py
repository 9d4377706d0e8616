"""Where providers of checks knock: their signature over the raw bytes is all that lets them in."""

import logging
from collections.abc import Mapping
from typing import Final

from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler

from application.dispatch import KeyReused
from application.ports.checks import NotGenuine, Notice
from application.ports.gate import Request
from domain.check.commands import RecordOutcome
from domain.kernel.refusal import Refused
from interfaces.inbound.http.calls import AnyRequest, Door
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.services import Services
from projections.checks.queries import check_by_reference

PATH: Final = "/webhooks"

logger = logging.getLogger("tallystick.webhooks")


def webhook_handler(door: Door) -> HTTPRouteHandler:
    """Make the handler of ``POST /webhooks/{provider}``."""
    services = door.services

    async def receive(request: AnyRequest) -> Response[None]:
        webhook = services.webhooks.get(request.path_params["provider"])
        if webhook is None:
            raise Problem("unauthenticated")
        body = await request.body()
        try:
            notice = webhook.read(_headers(request), body)
        except NotGenuine as error:
            # One answer to whatever is wrong: a forger learns nothing from it.
            raise Problem("unauthenticated") from error
        if notice is not None:
            await _take(services, notice)
        return Response(None, status_code=204)

    return HTTPRouteHandler(
        f"{PATH}/{{provider:str}}",
        http_method=HttpMethod.POST,
        name="ReceiveWebhook",
        request_max_body_size=services.limits.json_bytes_max,
    )(receive)


def _headers(request: AnyRequest) -> Mapping[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


async def _take(services: Services, notice: Notice) -> None:
    """Have the answer decided upon; whatever was heard before changes nothing."""
    subject = notice.subject or await _subject_of(services, notice)
    if subject is None:
        logger.warning("%s tells of a check that is not ours", notice.answer.provider)
        return
    command = RecordOutcome(
        subject=subject, gate=notice.gate, outcome=notice.outcome, answer=notice.answer
    )
    request = Request(
        command=command,
        actor=f"process:{notice.gate}",
        role="process",
        key=f"webhook/{notice.answer.provider}/{notice.event}"[:255],
    )
    try:
        await services.gate.dispatch(request)
    except Refused as refused:
        # Sent again it would be refused again: the provider is to be content.
        if not isinstance(refused.refusal, KeyReused):
            code = refused.refusal.CODE
            logger.warning("a message of %s was refused: %s", notice.answer.provider, code)


async def _subject_of(services: Services, notice: Notice) -> str | None:
    query = check_by_reference(notice.answer.provider, notice.answer.reference)
    rows = await services.reader.fetch(query)
    return rows[0].subject if rows else None
