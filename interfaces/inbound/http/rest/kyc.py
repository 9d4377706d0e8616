"""Applications to be known: apply, look, decide, read (CP8)."""

from datetime import date
from typing import Annotated, Any, Final, Literal

import anyio.to_thread
import msgspec
from msgspec import Meta

from application.authority import may_query, refuse_command
from application.ports.world import KeyErased
from domain.kernel.command import Command
from domain.kernel.countries import NUMERIC
from domain.kernel.ids import SUBJECT
from domain.kernel.refusal import InvalidField, NotFound, Refused
from domain.kernel.sealed import ERASED, Sealed
from domain.kyc import commands
from domain.kyc.decide import fatca_of
from domain.kyc.events import DocumentKind, KycApproved, KycDocument, KycRejected, KycSubmitted
from domain.kyc.refusals import KycDocumentUnknown
from domain.kyc.state import kyc_stream, parse_application
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import END, Body, Day, Digest, Name, Text
from interfaces.inbound.http.rest.commands import CommandRoute, NoBody
from interfaces.inbound.http.rest.office_views import Instant
from interfaces.inbound.http.rest.reads import (
    Limit,
    NoParameters,
    ReadRoute,
    TextCursor,
    one_of,
)
from interfaces.inbound.http.rest.shapes import Page
from interfaces.inbound.http.visibility import Principal
from projections.kyc_queue import queries
from projections.kyc_queue.queries import ApplicationRow

Country = Annotated[str, Meta(pattern="^[A-Z]{2}" + END, description="ISO 3166 alpha-2.")]


class KycDetails(Body, frozen=True, kw_only=True):
    """Who applies, as the document says; sealed before it reaches the log."""

    full_name: Name
    birth_date: Day
    nationality: Country
    document_number: Annotated[str, Meta(pattern="^[A-Za-z0-9/ -]{1,40}" + END)]
    document_expires: Day | None = None


class KycPaper(Body, frozen=True, kw_only=True):
    """A document that was uploaded before: its kind, and the digest that the upload answered."""

    kind: DocumentKind
    digest: Digest


class NewKyc(Body, frozen=True, kw_only=True):
    """An application to be known, in one's own name."""

    details: KycDetails
    documents: Annotated[tuple[KycPaper, ...], Meta(min_length=1, max_length=8)]


class KycApproval(Body, frozen=True, kw_only=True):
    """The level, from which accreditation follows, and notes for other reviewers."""

    level: Annotated[int, Meta(ge=1, le=5)] = commands.DEFAULT_LEVEL
    notes: Text | None = None


class KycRejection(Body, frozen=True, kw_only=True):
    """Why not; the subject is told."""

    reason: Text


class ShownApplication(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An application; a list leaves out what is sealed, notes are for reviewers alone."""

    application: str
    subject: str
    number: int
    state: str
    documents: list[KycDocument]
    submitted_at: str
    position: int
    last_position: int
    fatca: str
    opened_at: str | None = None
    decided_at: str | None = None
    level: int | None = None
    accreditation: str | None = None
    reviewer: str | None = None
    details: dict[str, str | None] | None = None
    reason: str | None = None
    notes: str | None = None


class QueuePage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which applications; instants of submission are inclusive."""

    state: Literal["PENDING", "IN_REVIEW", "APPROVED", "REJECTED"] | None = None
    subject: Name | None = None
    submitted_from: Instant | None = None
    submitted_until: Instant | None = None
    after: TextCursor | None = None
    limit: Limit = 50


def _submit(call: Call, body: NewKyc) -> Command:
    # The gate asks this again; here it keeps those who may not from making keys in the vault.
    refusal = refuse_command(call.principal.role, commands.SubmitKyc)
    if refusal is not None:
        raise Refused(refusal)
    _demand_real(body.details)
    person = call.principal.subject
    documents = tuple(_found(call, person, document) for document in body.documents)
    return commands.SubmitKyc(
        documents=documents,
        details=_seal(
            call, person, KycSubmitted.TYPE, "/details", msgspec.json.encode(body.details).decode()
        ),
        fatca=fatca_of(body.details.nationality),
    )


def _demand_real(details: KycDetails) -> None:
    if details.nationality not in NUMERIC:
        raise Refused(InvalidField(field="details.nationality", reason="is no country"))
    for field in ("birth_date", "document_expires"):
        day = getattr(details, field)
        try:
            date.fromisoformat(day or "2000-01-01")
        except ValueError as error:
            reason = "must be a date that exists"
            raise Refused(InvalidField(field=f"details.{field}", reason=reason)) from error


def _found(call: Call, person: str, document: KycPaper) -> KycDocument:
    facts = call.services.personal.describe(person, document.digest)
    if facts is None:
        raise Refused(KycDocumentUnknown(digest=document.digest))
    return KycDocument(
        kind=document.kind, digest=facts.digest, media_type=facts.media_type, size=facts.size
    )


def _seal(call: Call, person: str, event_type: str, pointer: str, value: str) -> Sealed:
    return call.services.vault.seal(person, kyc_stream(person), event_type, pointer, value)


def _look(call: Call, _: NoBody) -> Command:
    return commands.OpenKycReview(application=call.names["application"])


def _approve(call: Call, body: KycApproval) -> Command:
    application, notes = call.names["application"], None
    if body.notes is not None:
        notes = _words(call, commands.ApproveKyc, KycApproved.TYPE, "/notes", body.notes)
    return commands.ApproveKyc(application=application, level=body.level, notes=notes)


def _reject(call: Call, body: KycRejection) -> Command:
    reason = _words(call, commands.RejectKyc, KycRejected.TYPE, "/reason", body.reason)
    return commands.RejectKyc(application=call.names["application"], reason=reason)


def _words(call: Call, command: type[Command], event_type: str, pointer: str, words: str) -> Sealed:
    """Seal a reviewer's words under the key of the person that they are about."""
    refusal = refuse_command(call.principal.role, command)
    if refusal is not None:
        raise Refused(refusal)
    application = call.names["application"]
    person, number = parse_application(application)
    if not number or SUBJECT.fullmatch(person) is None:
        raise Refused(NotFound(kind="application", identity=application))
    return _seal(call, person, event_type, pointer, words)


def is_reviewer(principal: Principal) -> bool:
    """Say whether everybody's applications are shown."""
    return may_query(principal.role, "kyc_queue")


def show(row: ApplicationRow, *, for_reviewer: bool) -> ShownApplication:
    """Show an application without what is sealed."""
    return ShownApplication(
        application=row.application,
        subject=row.subject,
        number=row.number,
        state=row.state,
        documents=row.documents,
        submitted_at=row.submitted_at,
        position=row.position,
        last_position=row.last_position,
        fatca=row.fatca,
        opened_at=row.opened_at,
        decided_at=row.decided_at,
        level=row.level,
        accreditation=row.accreditation,
        reviewer=row.reviewer if for_reviewer else None,
    )


def open_application(call: Call, row: ApplicationRow) -> ShownApplication:
    """Show an application with what is sealed; call this in a thread. Raises StoreUnavailable."""
    for_reviewer = is_reviewer(call.principal)
    details = _opened(call, row, KycSubmitted.TYPE, "/details", row.details)
    return msgspec.structs.replace(
        show(row, for_reviewer=for_reviewer),
        details={ERASED: ERASED} if details == ERASED else msgspec.json.decode(details or "{}"),
        reason=_opened(call, row, KycRejected.TYPE, "/reason", row.reason),
        notes=_opened(call, row, KycApproved.TYPE, "/notes", row.notes) if for_reviewer else None,
    )


def _opened(
    call: Call, row: ApplicationRow, event_type: str, pointer: str, box: Sealed | None
) -> str | None:
    if box is None:
        return None
    try:
        return call.services.vault.open(box, kyc_stream(row.subject), event_type, pointer)
    except KeyErased:
        return ERASED


async def visible_application(call: Call) -> ApplicationRow:
    """Find an application that the caller may see. Raises Refused, StoreUnavailable."""
    identity = call.names["application"]
    query = queries.application(identity)
    row = await one_of(call, query, kind="application", identity=identity)
    # The back office at large sees everybody's things, but nobody's papers.
    if not is_reviewer(call.principal) and row.subject != call.principal.subject:
        raise Refused(NotFound(kind="application", identity=identity))
    return row


async def _application(call: Call, _: NoParameters) -> msgspec.Struct:
    row = await visible_application(call)
    return await anyio.to_thread.run_sync(open_application, call, row)


async def _queue(call: Call, page: QueuePage) -> msgspec.Struct:
    reviewer = is_reviewer(call.principal)
    wanted = queries.ApplicationFilter(
        state=page.state,
        subject=page.subject if reviewer else call.principal.subject,
        submitted_from=page.submitted_from,
        submitted_until=page.submitted_until,
    )
    query = queries.applications(wanted, after=page.after, limit=page.limit + 1)
    rows = await call.services.reader.fetch(query)
    shown = rows[: page.limit]
    following = shown[-1].place if len(rows) > page.limit else None
    return Page(items=[show(row, for_reviewer=reviewer) for row in shown], next=following)


EXAMPLE: Final = NewKyc(
    details=KycDetails(
        full_name="Aisha Begum",
        birth_date="1984-03-09",
        nationality="GB",
        document_number="533401372",
        document_expires="2031-05-01",
    ),
    documents=(
        KycPaper(
            kind="passport",
            digest="5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
        ),
    ),
)


def _decision(
    path: str, operation: str, summary: str, body: Any, example: Any, build: Any
) -> CommandRoute[Any]:
    return CommandRoute(
        path=f"/kyc/applications/{{application:str}}/{path}",
        operation=operation,
        summary=summary,
        body=body,
        example=example,
        build=build,
        aggregate="kyc",
        blocking=body is not NoBody,
    )


COMMANDS: Final[tuple[CommandRoute[Any], ...]] = (
    CommandRoute(
        path="/kyc/applications",
        operation="SubmitKyc",
        summary="Apply to be known, with documents that were uploaded before",
        body=NewKyc,
        example=EXAMPLE,
        build=_submit,
        aggregate="kyc",
        creates=True,
        blocking=True,
    ),
    _decision(
        "open", "OpenKycReview", "Take an application on: the first look", NoBody, NoBody(), _look
    ),
    _decision(
        "approve",
        "ApproveKyc",
        "Say that the identity is known",
        KycApproval,
        KycApproval(),
        _approve,
    ),
    _decision(
        "reject",
        "RejectKyc",
        "Say that it is not, and why",
        KycRejection,
        KycRejection(reason="The photograph cannot be read; send another one."),
        _reject,
    ),
)

READS: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/kyc/applications",
        operation="ListKycApplications",
        summary="List applications, the oldest first; others than reviewers see their own",
        query="kyc",
        run=_queue,
        answer=ShownApplication,
        paged=True,
        parameters=QueuePage,
    ),
    ReadRoute(
        path="/kyc/applications/{application:str}",
        operation="GetKycApplication",
        summary="Read an application with the details that are sealed on the log",
        query="kyc",
        run=_application,
        answer=ShownApplication,
    ),
)
