"""All that is held on a subject as one archive: for itself, and for compliance.

The subject gets what is about it but for what would tip it off (002, POCA 2002): types that only
reviewers read, checks, records of compliance, legal holds and reviewers' notes are left out, and so
are versions and positions, whose gaps would tell that something is.
"""

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeVar

import anyio.to_thread
import msgspec
from litestar import HttpMethod, Response
from litestar.handlers import HTTPRouteHandler

from application.ports.world import KeyErased, Vault
from domain.case.state import case_stream
from domain.catalogue import EVENTS
from domain.check.state import check_stream
from domain.issuer.state import issuer_stream
from domain.kernel.event import VISIBLE_TO_REVIEWERS
from domain.kernel.refusal import NotFound, Refused
from domain.kernel.roles import COMPLIANCE_TEAM
from domain.kernel.sealed import ERASED, Sealed
from domain.kyc.state import kyc_stream
from domain.profile.state import profile_stream
from domain.registration.state import registration_stream
from domain.signatory.state import signatory_stream
from domain.subject.state import subject_stream
from domain.user.state import user_stream
from domain.wallet.state import wallet_stream
from interfaces.inbound.http.calls import AnyRequest, Call, Door, called
from interfaces.inbound.http.rest.commands import PREFIX
from interfaces.inbound.http.rest.kycdocuments import ENDINGS
from interfaces.inbound.http.visibility import demand_query
from projections.access import queries as access
from projections.accounts import queries as accounts
from projections.cases import queries as cases
from projections.invoices import queries as invoices
from projections.kyc_queue import queries as kyc
from projections.legal_holds import queries as holds
from projections.mails import queries as mails
from projections.marketplace import queries as marketplace
from projections.query import Query
from projections.select import ROWS_MAX
from projections.trades import queries as trades

R = TypeVar("R", bound=msgspec.Struct)

ZIP: Final = "application/zip"
PAGE: Final = ROWS_MAX - 1
ENTRIES: Final = 500
NOTES: Final = frozenset({"notes", "reviewer", "evidence", "provenance"})
"""Fields in which reviewers write for each other."""

HIDDEN: Final = frozenset(
    name for name, event in EVENTS.items() if event.VISIBLE <= VISIBLE_TO_REVIEWERS
)
"""Types that a subject must not learn of."""


def export_handler(door: Door) -> HTTPRouteHandler:
    """Make the handler of the export."""

    async def export(request: AnyRequest) -> Response[bytes]:
        call = await called(door, request)
        demand_query(call.principal, "export")
        subject = call.names["subject"]
        compliance = call.principal.role in COMPLIANCE_TEAM
        if not compliance and call.principal.subject != subject:
            raise Refused(NotFound(kind="subject", identity=subject))
        content = await _archive(call, subject, compliance=compliance)
        headers = {
            "Content-Disposition": f'attachment; filename="{subject}.zip"',
            "Cache-Control": "no-store",
        }
        return Response(content, media_type=ZIP, headers=headers)

    return HTTPRouteHandler(
        f"{PREFIX}/subjects/{{subject:str}}/export",
        http_method=HttpMethod.GET,
        name="ExportSubject",
    )(export)


async def _archive(call: Call, subject: str, *, compliance: bool) -> bytes:
    about = await _views(call, subject, compliance=compliance)
    streams = {}
    for stream in _streams(subject, about, compliance=compliance):
        found = await _events(call, stream, compliance=compliance)
        if found:
            streams[stream] = found
    if subject_stream(subject) not in streams:
        raise Refused(NotFound(kind="subject", identity=subject))
    told = {
        "format": "tallystick/subject-export/v1",
        "subject": subject,
        "made_at": call.services.clock.now(),
        "streams": streams,
        **about,
    }
    applications = about["kyc_applications"]
    return await anyio.to_thread.run_sync(partial(_packed, call, subject, told, applications))


async def _views(call: Call, subject: str, *, compliance: bool) -> dict[str, Any]:
    """Ask the views, and who has signed in."""
    wanted = invoices.InvoiceFilter(party=subject)
    party = trades.TradeFilter(party=subject)
    offered = marketplace.ListingFilter(seller=subject)
    store, now = call.services.access, call.services.clock.now()
    users = await _rows(
        call,
        lambda after: access.users(access.UserFilter(subject=subject), after=after, limit=PAGE),
        "user_id",
    )
    about: dict[str, Any] = {
        "users": users,
        "api_keys": await _rows(
            call, lambda after: access.api_keys(subject=subject, after=after, limit=PAGE), "key"
        ),
        "sessions": [
            session
            for user in users
            for session in msgspec.to_builtins(await store.sessions(user["user_id"], now))
        ],
        "sign_ins": await _sign_ins(call, subject),
        "accounts": await _rows(
            call,
            lambda after: accounts.accounts(
                accounts.AccountFilter(owner=subject), after=after, limit=PAGE
            ),
            "stream",
        ),
        "invoices": await _rows(
            call, lambda after: invoices.invoices(wanted, after=after, limit=PAGE)
        ),
        "trades": await _rows(call, lambda after: trades.trades(party, after=after, limit=PAGE)),
        "listings": await _rows(
            call, lambda after: marketplace.listings(offered, after=after, limit=PAGE)
        ),
        "mails": await _rows(
            call,
            lambda after: mails.mails(mails.MailFilter(recipient=subject), after=after, limit=PAGE),
        ),
        "kyc_applications": [
            {
                name: row[name]
                for name in ("application", "number", "state", "documents", "submitted_at")
            }
            for row in await _rows(
                call,
                lambda after: kyc.applications(
                    kyc.ApplicationFilter(subject=subject), after=after, limit=PAGE
                ),
                "place",
            )
        ],
    }
    if compliance:
        about["cases"] = await _rows(
            call,
            lambda after: cases.records(cases.CaseFilter(subject=subject), after=after, limit=PAGE),
        )
        about["legal_holds"] = await _rows(
            call, lambda after: holds.legal_holds(subject=subject, after=after, limit=PAGE)
        )
    return about


async def _rows(
    call: Call, query: Callable[[Any], Query[R]], cursor: str = "position"
) -> list[dict[str, Any]]:
    """Ask for all pages."""
    found: list[dict[str, Any]] = []
    after: Any = None
    while True:
        page = await call.services.reader.fetch(query(after))
        found.extend(msgspec.to_builtins(row) for row in page)
        if len(page) < PAGE:
            return found
        after = getattr(page[-1], cursor)


async def _sign_ins(call: Call, subject: str) -> list[Any]:
    found: list[Any] = []
    before: int | None = None
    while True:
        page = await call.services.access.audit(
            user_id=None, subject=subject, before=before, limit=PAGE
        )
        found.extend(msgspec.to_builtins(line) for line in page)
        if len(page) < PAGE:
            return found
        before = page[-1].number


def _streams(subject: str, about: Mapping[str, Any], *, compliance: bool) -> Iterable[str]:
    """Name the streams that are the subject's own."""
    name: Callable[[str], str]
    for name in (
        subject_stream,
        registration_stream,
        profile_stream,
        kyc_stream,
        wallet_stream,
        issuer_stream,
        signatory_stream,
    ):
        yield name(subject)
    yield from (user_stream(row["user_id"]) for row in about["users"])
    yield from (row["stream"] for row in about["accounts"])
    if compliance:
        yield check_stream(subject, "identity")
        yield check_stream(subject, "screening")
        yield from (case_stream(row["record"]) for row in about["cases"])


async def _events(call: Call, stream: str, *, compliance: bool) -> list[dict[str, Any]]:
    """Read a stream with its boxes opened."""
    found: list[dict[str, Any]] = []
    after = 0
    while True:
        page = await call.services.feed.entries(after, ENTRIES, stream=stream)
        bodies = [msgspec.json.decode(entry.body) for entry in page]
        work = partial(_told, call.services.vault, bodies, compliance=compliance)
        found.extend(await anyio.to_thread.run_sync(work))
        if len(page) < ENTRIES:
            return found
        after = page[-1].position


def _told(
    vault: Vault, bodies: Sequence[dict[str, Any]], *, compliance: bool
) -> list[dict[str, Any]]:
    told = []
    for body in bodies:
        place = (body["stream"], body["type"])
        if compliance:
            told.append({**body, "data": opened(vault, place, body["data"])})
        elif body["type"] not in HIDDEN:
            data = {name: value for name, value in body["data"].items() if name not in NOTES}
            known = {"type": body["type"], "at": body["at"]}
            told.append({**known, "data": opened(vault, place, data)})
    return told


def opened(vault: Vault, place: tuple[str, str], value: Any, pointer: str = "") -> Any:
    """Open every box within a value, each by its own pointer. Raises StoreUnavailable."""
    if isinstance(value, dict):
        if value.keys() == set(Sealed.__struct_fields__):
            try:
                return vault.open(Sealed(**value), *place, pointer)
            except KeyErased:
                return ERASED
        return {
            name: opened(
                vault, place, each, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            )
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [opened(vault, place, each, f"{pointer}/{at}") for at, each in enumerate(value)]
    return value


def _packed(
    call: Call, subject: str, told: Mapping[str, Any], applications: Sequence[Mapping[str, Any]]
) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("export.json", msgspec.json.format(msgspec.json.encode(told)))
        documents = {
            document["digest"]: document["media_type"]
            for row in applications
            for document in row["documents"]
        }
        for digest, media_type in documents.items():
            content = _document(call, subject, digest)
            if content is not None:
                packed.writestr(f"documents/{digest}.{ENDINGS.get(media_type, 'bin')}", content)
    return archive.getvalue()


def _document(call: Call, subject: str, digest: str) -> bytes | None:
    try:
        return call.services.personal.get(subject, digest)
    except KeyErased:
        return None
