"""The buyer's page: the link in the mail is the credential, and only a button acts (FX2).

Reading the page changes nothing, because mail scanners follow links before people do.
"""

from typing import Final
from urllib.parse import parse_qs

import msgspec
from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler

from application.ports.gate import Request, StoreUnavailable
from domain.invoice.commands import ConfirmInvoice, DisputeInvoice
from domain.invoice.events import BuyerAsked
from domain.invoice.refusals import LinkExpired, LinkUnknown, LinkUsed
from domain.invoice.state import invoice_stream
from domain.kernel.command import Command
from domain.kernel.ids import fingerprint
from domain.kernel.money import Money
from domain.kernel.refusal import Refusal, Refused
from interfaces.inbound.http.calls import AnyRequest, Door, demand_media_type
from interfaces.inbound.http.personal import name_of
from interfaces.inbound.http.portal.pages import HTML, Facts, notice_page, question_page
from interfaces.inbound.http.problems import Problem, kind_of
from interfaces.inbound.http.security import PAGE_POLICY
from projections.invoices import queries as invoices
from projections.subjects import queries as subjects

PATH: Final = "/buyer/confirm/{invoice:str}"
FORM: Final = "application/x-www-form-urlencoded"
FORM_BYTES_MAX: Final = 16 * 1024
REASON_LENGTH_MAX: Final = 500

_THANKS: Final = {
    "confirm": ("Thank you, the invoice is confirmed", "You need not do anything else today."),
    "dispute": ("Thank you, we have stopped", "The invoice will not be financed for now."),
}
_ANSWERED: Final = {ConfirmInvoice.TYPE: "CONFIRMED", DisputeInvoice.TYPE: "DISPUTED"}
_TITLES: Final = {
    "link_unknown": "This link does not work",
    "link_already_used": "This was answered already",
    "link_expired": "This link is too old",
}


class _Asked(msgspec.Struct, frozen=True):
    data: BuyerAsked


class Errand(msgspec.Struct, frozen=True):
    """What a genuine link leads to."""

    invoice: invoices.InvoiceRow
    link: str


def buyer_handlers(door: Door) -> list[HTTPRouteHandler]:
    """Make the handlers of the page and of its buttons."""

    async def show(request: AnyRequest) -> Response[str]:
        token = request.query_params.get("token", "")
        try:
            errand = await _errand(door, request.path_params["invoice"], token)
            _demand_open(errand, door.services.clock.now())
            return html(question_page(await _facts(door, errand.invoice), token), 200)
        except Refused as refused:
            return _refusal(refused.refusal)
        except StoreUnavailable:
            return later()

    async def act(request: AnyRequest) -> Response[str]:
        demand_media_type(request, FORM)
        form = form_of(await request.body())
        try:
            errand = await _errand(door, request.path_params["invoice"], form.get("token", ""))
            await _answer(door, errand, form)
        except Refused as refused:
            return _refusal(refused.refusal)
        except StoreUnavailable:
            return later()
        return html(notice_page(*_THANKS[form["answer"]]), 200)

    return [
        HTTPRouteHandler(PATH, http_method=HttpMethod.GET, name="ShowInvoiceToBuyer")(show),
        HTTPRouteHandler(
            PATH,
            http_method=HttpMethod.POST,
            name="AnswerAsBuyer",
            request_max_body_size=FORM_BYTES_MAX,
        )(act),
    ]


async def _errand(door: Door, invoice: str, token: str) -> Errand:
    """Find the invoice that a link was made for; raises Refused ``link_unknown``."""
    link = door.services.links.link(token)
    if link is not None and link == await _asked_by(door, invoice):
        rows = await door.services.reader.fetch(invoices.invoice(invoice))
        if rows:
            return Errand(rows[0], link)
        raise StoreUnavailable
    raise Refused(LinkUnknown(invoice=invoice[:64]))


async def _asked_by(door: Door, invoice: str) -> str | None:
    """Tell the link of the last mail: an older one may have gone to another buyer."""
    if not invoice.isprintable():
        return None
    entries = await door.services.feed.entries(
        0, 1, descending=True, types=(BuyerAsked.TYPE,), stream=invoice_stream(invoice)
    )
    return msgspec.json.decode(entries[0].body, type=_Asked).data.link if entries else None


def _demand_open(errand: Errand, now: str) -> None:
    row = errand.invoice
    if row.state != "AWAITING_BUYER":
        raise Refused(LinkUsed(invoice=row.number, state=row.state))
    if row.link_expires_at is not None and now > row.link_expires_at:
        raise Refused(LinkExpired(invoice=row.number, expires_at=row.link_expires_at))


async def _facts(door: Door, row: invoices.InvoiceRow) -> Facts:
    return Facts(
        number=row.number,
        seller=await _name(door, row.seller),
        buyer=await _name(door, row.buyer),
        face=Money(row.face_amount, row.currency),
        issued=row.issued,
        due=row.due,
        expires_at=row.link_expires_at or "",
    )


async def _name(door: Door, subject: str) -> str:
    rows = await door.services.reader.fetch(subjects.subject(subject))
    return await name_of(door.services.vault, rows[0]) if rows else subject


async def _answer(door: Door, errand: Errand, form: dict[str, str]) -> None:
    command, key = _command(errand, form)
    accepted = await door.services.gate.dispatch(
        Request(
            command=command,
            actor=f"subject:{errand.invoice.buyer}",
            role="buyer",
            key=key,
        )
    )
    if accepted.replayed:
        # The key makes a second click harmless; the link still works only once.
        raise Refused(LinkUsed(invoice=errand.invoice.number, state=_ANSWERED[command.TYPE]))


def _command(errand: Errand, form: dict[str, str]) -> tuple[Command, str]:
    """Make the command and its key: the same answer through the same link is one command."""
    invoice, link = errand.invoice.number, errand.link
    if form.get("answer") == "confirm":
        key = f"portal/confirm/{fingerprint(link)}"
        return ConfirmInvoice(invoice=invoice, link=link), key
    if form.get("answer") != "dispute":
        raise Problem("invalid_field", "answer: must be confirm or dispute.", field="/answer")
    reason = form.get("reason", "").replace("\r\n", "\n").strip()[:REASON_LENGTH_MAX]
    key = f"portal/dispute/{fingerprint(link, reason)}"
    return DisputeInvoice(invoice=invoice, link=link, reason=reason), key


def form_of(content: bytes) -> dict[str, str]:
    """Read a form. Raises Problem ``bad_request``."""
    try:
        fields = parse_qs(content.decode(), max_num_fields=8, keep_blank_values=True)
    except ValueError as error:
        raise Problem("bad_request", "The form cannot be read.") from error
    return {name: values[-1] for name, values in fields.items()}


def _refusal(refusal: Refusal) -> Response[str]:
    title = _TITLES.get(refusal.CODE, "This is not possible now")
    return html(notice_page(title, refusal.sentence()), kind_of(refusal).status)


def later() -> Response[str]:
    """Ask to come again."""
    sentence = "We cannot answer just now. Your link still works; please try again in a minute."
    response = html(notice_page("One moment, please", sentence), 503)
    response.headers["Retry-After"] = "60"
    return response


def html(page: str, status: int) -> Response[str]:
    """Answer a page."""
    headers = {"Content-Security-Policy": PAGE_POLICY}
    return Response(page, status_code=status, media_type=HTML, headers=headers)
