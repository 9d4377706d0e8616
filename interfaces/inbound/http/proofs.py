"""What an auditor takes home: evidence bundles, the checkpoint, the trust file (FORMATS 4, 6)."""

from typing import Final

import msgspec
from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler

from application.ports.log import FeedEntry
from domain.account.state import owner_of
from domain.catalogue import EVENTS, may_read
from domain.kernel.event import VISIBLE_TO_BACK_OFFICE, Envelope
from domain.kernel.ids import aggregate_of, identity_of
from domain.kernel.refusal import NotFound, Refused
from interfaces.inbound.http.calls import AnyRequest, Call, Door, called, wait_for_views, whole
from interfaces.inbound.http.exports import exported, wanted_format
from interfaces.inbound.http.rest.commands import JSON, PREFIX
from interfaces.inbound.http.visibility import demand_query, may_see, sees_all
from projections.invoices import queries as invoices
from projections.trades import queries as trades

TEXT: Final = "text/plain; charset=utf-8"

_envelope: Final = msgspec.json.Decoder(Envelope).decode


def proof_handlers(door: Door) -> list[HTTPRouteHandler]:
    """Make the handlers of evidence, checkpoint and trust file.

    Checkpoint and trust file need no key: they are meant for everybody and show no event.
    """
    get = HttpMethod.GET

    async def evidence(request: AnyRequest) -> Response[bytes]:
        call = await called(door, request)
        demand_query(call.principal, "proofs")
        wanted = wanted_format(request)
        await wait_for_views(door, request)
        return exported(await evidence_of(call, call.names["position"]), wanted)

    async def checkpoint(request: AnyRequest) -> Response[str]:
        return Response(await door.services.proofs.checkpoint(), media_type=TEXT)

    async def trust(request: AnyRequest) -> Response[bytes]:
        return Response(await door.services.proofs.trust(), media_type=JSON)

    return [
        HTTPRouteHandler(f"{PREFIX}/proofs/{{position:str}}", http_method=get, name="GetEvidence")(
            evidence
        ),
        HTTPRouteHandler("/log/checkpoint", http_method=get, name="GetCheckpoint")(checkpoint),
        HTTPRouteHandler("/log/trust", http_method=get, name="GetTrust")(trust),
    ]


async def evidence_of(call: Call, position: str) -> bytes:
    """Make the evidence of an event that the caller may read; raises Refused ``not_found``."""
    number = whole(position)
    if number is not None and number > 0:
        entries = await call.services.feed.entries(number - 1, 1)
        if entries and entries[0].position == number and await _may_read(call, entries[0]):
            bundle = await call.services.proofs.evidence(number)
            if bundle is not None:
                return bundle
    raise Refused(NotFound(kind="event", identity=position[:20]))


async def _may_read(call: Call, entry: FeedEntry) -> bool:
    """Say whether the body may be shown: by its type, or because the thing is the caller's.

    A subject's own stream is not: it tells of reviews that the subject must not learn of.
    """
    if may_read(call.principal.role, entry.type):
        return True
    if not VISIBLE_TO_BACK_OFFICE <= EVENTS[entry.type].VISIBLE:
        # What only compliance reads is nobody else's, not even of whom it is about.
        return False
    if sees_all(call.principal):
        return True
    stream = _envelope(entry.body).stream
    return may_see(call.principal, await parties_of(call, stream))


async def parties_of(call: Call, stream: str) -> tuple[str | None, ...]:
    """Tell between whom a thing is, by its stream; nobody for what is the house's own."""
    identity = identity_of(stream)
    fetch = call.services.reader.fetch
    match aggregate_of(stream):
        case "account":
            return (owner_of(stream),)
        case "invoice":
            rows = await fetch(invoices.invoice(identity))
            return (rows[0].seller, rows[0].buyer, rows[0].lender) if rows else ()
        case "trade":
            found = await fetch(trades.trade(identity))
            return (found[0].seller, found[0].buyer) if found else ()
        case _:
            return ()
