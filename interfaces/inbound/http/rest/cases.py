"""Pausing subjects, and compliance's records of why; nobody else may know that there is one."""

from functools import partial
from typing import Annotated, Any, Final, Literal

import anyio.to_thread
import msgspec
from msgspec import Meta

from application.authority import refuse_command
from application.ports.world import KeyErased
from domain.case import commands as cases
from domain.case.decide import name_from
from domain.case.events import CaseCleared, CaseOpened, CaseReported, ReportDue
from domain.case.state import case_stream
from domain.kernel.command import Command
from domain.kernel.refusal import Refused
from domain.kernel.sealed import ERASED, Sealed
from domain.subject import commands
from domain.subject.events import SubjectFrozen
from domain.subject.state import subject_stream
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import Body, Name, Text
from interfaces.inbound.http.rest.commands import CommandRoute, NoBody
from interfaces.inbound.http.rest.invoice_views import Paging, filter_of
from interfaces.inbound.http.rest.reads import NoParameters, ReadRoute, one_of, page_of
from interfaces.inbound.http.rest.shapes import Shape
from projections.cases import queries

Kind = Literal["screening", "pretrade", "dispute", "review"]
CASE: Final = Shape(queries.CaseRow, "CaseEntry", hide=("reason", "finding", "report"))


class Pause(Body, frozen=True, kw_only=True):
    """What led to the pause; all of it is for compliance alone, the words are sealed.

    With ``report`` a report to the authority is due at once.
    """

    kind: Kind = "review"
    reference: Name | None = None
    reason: Text | None = None
    report: bool = False


class NewCase(Body, frozen=True, kw_only=True):
    """A record on a subject that goes on as before."""

    kind: Kind = "review"
    reference: Name | None = None
    reason: Text | None = None


class Finding(Body, frozen=True, kw_only=True):
    """What was found, sealed."""

    finding: Text | None = None


class Filed(Body, frozen=True, kw_only=True):
    """The authority's reference of the report, sealed."""

    reference: Annotated[str, Meta(min_length=1, max_length=128)]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A record of compliance with its words opened; ``erased`` stands for what was forgotten."""

    record: str
    subject: str
    state: str
    kind: str
    reference: str | None
    reason: str | None
    finding: str | None
    report: str | None
    opened_at: str
    report_due_at: str | None
    reported_at: str | None
    position: int
    last_position: int


class CasePage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which records."""

    subject: Name | None = None
    state: Name | None = None
    kind: Kind | None = None


def _new_name(call: Call, command: type[Command]) -> str:
    """Name a record so that nobody can guess it, and the same for the same request.

    Raises Refused for who may not: a key in the vault would be made for nothing.
    """
    refusal = refuse_command(call.principal.role, command)
    if refusal is not None:
        raise Refused(refusal)
    subject = call.names["subject"]
    place = (subject_stream(subject), SubjectFrozen.TYPE, "/case")
    return name_from(
        call.services.vault.seal(subject, *place, f"{call.principal.actor}\n{call.key}")
    )


def _sealed(call: Call, case: str, place: tuple[str, str], value: str | None) -> Sealed | None:
    if value is None:
        return None
    return call.services.vault.seal(call.names["subject"], case_stream(case), *place, value)


def _freeze(call: Call, body: Pause) -> Command:
    case = _new_name(call, commands.FreezeSubject)
    return commands.FreezeSubject(
        subject=call.names["subject"],
        case=case,
        kind=body.kind,
        reference=body.reference,
        reason=_sealed(call, case, (CaseOpened.TYPE, "/reason"), body.reason),
        report=body.report,
    )


def _decline(call: Call, _: NoBody) -> Command:
    case = _new_name(call, commands.DeclineSubject)
    return commands.DeclineSubject(subject=call.names["subject"], case=case)


def _unfreeze(call: Call, _: NoBody) -> Command:
    return commands.UnfreezeSubject(subject=call.names["subject"])


def _open(call: Call, body: NewCase) -> Command:
    case = _new_name(call, cases.OpenCase)
    return cases.OpenCase(
        case=case,
        subject=call.names["subject"],
        kind=body.kind,
        reference=body.reference,
        reason=_sealed(call, case, (CaseOpened.TYPE, "/reason"), body.reason),
    )


def _clear(call: Call, body: Finding) -> Command:
    _demand(call, cases.ClearCase)
    case = call.names["case"]
    finding = _sealed(call, case, (CaseCleared.TYPE, "/finding"), body.finding)
    return cases.ClearCase(case=case, subject=call.names["subject"], finding=finding)


def _require(call: Call, body: Finding) -> Command:
    _demand(call, cases.RequireReport)
    case = call.names["case"]
    finding = _sealed(call, case, (ReportDue.TYPE, "/finding"), body.finding)
    return cases.RequireReport(case=case, subject=call.names["subject"], finding=finding)


def _file(call: Call, body: Filed) -> Command:
    _demand(call, cases.FileReport)
    subject, case = call.names["subject"], call.names["case"]
    reference = call.services.vault.seal(
        subject, case_stream(case), CaseReported.TYPE, "/reference", body.reference
    )
    return cases.FileReport(case=case, subject=subject, reference=reference)


def _demand(call: Call, command: type[Command]) -> None:
    refusal = refuse_command(call.principal.role, command)
    if refusal is not None:
        raise Refused(refusal)


async def _cases(call: Call, page: CasePage) -> msgspec.Struct:
    wanted = filter_of(page, queries.CaseFilter)
    query = queries.records(wanted, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, CASE, limit=page.limit, after=lambda row: row.position)


async def _case(call: Call, _: NoParameters) -> msgspec.Struct:
    identity = call.names["case"]
    row = await one_of(call, queries.record(identity), kind="case", identity=identity)
    found = ReportDue.TYPE if row.report_due_at is not None else CaseCleared.TYPE
    values = msgspec.structs.asdict(row)
    words = {
        "reason": await _opened(call, identity, row.reason, (CaseOpened.TYPE, "/reason")),
        "finding": await _opened(call, identity, row.finding, (found, "/finding")),
        "report": await _opened(call, identity, row.report, (CaseReported.TYPE, "/reference")),
    }
    return Case(**{**values, **words})


async def _opened(
    call: Call, case: str, sealed: Sealed | None, place: tuple[str, str]
) -> str | None:
    if sealed is None:
        return None
    work = partial(call.services.vault.open, sealed, case_stream(case), *place)
    try:
        return await anyio.to_thread.run_sync(work)
    except KeyErased:
        return ERASED


_RECORD: Final = "/subjects/{subject:str}/cases/{case:str}"

COMMANDS: Final[tuple[CommandRoute[Any], ...]] = (
    CommandRoute(
        path="/subjects/{subject:str}/freeze",
        operation="FreezeSubject",
        summary="Pause new actions of a subject",
        body=Pause,
        example=Pause(kind="review"),
        build=_freeze,
        aggregate="subject",
        needs_body=False,
        blocking=True,
    ),
    CommandRoute(
        path="/subjects/{subject:str}/unfreeze",
        operation="UnfreezeSubject",
        summary="Lift the pause",
        body=NoBody,
        example=NoBody(),
        build=_unfreeze,
        aggregate="subject",
    ),
    CommandRoute(
        path="/subjects/{subject:str}/decline",
        operation="DeclineSubject",
        summary="End the relation",
        body=NoBody,
        example=NoBody(),
        build=_decline,
        aggregate="subject",
        blocking=True,
    ),
    CommandRoute(
        path="/subjects/{subject:str}/cases",
        operation="OpenCase",
        summary="Begin a record of compliance on a subject",
        body=NewCase,
        example=NewCase(kind="review"),
        build=_open,
        aggregate="case",
        creates=True,
        blocking=True,
    ),
    CommandRoute(
        path=f"{_RECORD}/clear",
        operation="ClearCase",
        summary="Close a record: nothing was found",
        body=Finding,
        example=Finding(finding="another person of the same name"),
        build=_clear,
        aggregate="case",
        needs_body=False,
        blocking=True,
    ),
    CommandRoute(
        path=f"{_RECORD}/require-report",
        operation="RequireReport",
        summary="Say that a report to the authority is due",
        body=Finding,
        example=Finding(),
        build=_require,
        aggregate="case",
        needs_body=False,
        blocking=True,
    ),
    CommandRoute(
        path=f"{_RECORD}/report",
        operation="FileReport",
        summary="Record that the report was filed",
        body=Filed,
        example=Filed(reference="2026-0042"),
        build=_file,
        aggregate="case",
        blocking=True,
    ),
)

READS: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/cases",
        operation="ListCases",
        summary="List compliance's records, the newest first; their words stay sealed",
        query="cases",
        run=_cases,
        answer=CASE.type,
        paged=True,
        parameters=CasePage,
    ),
    ReadRoute(
        path="/cases/{case:str}",
        operation="GetCase",
        summary="Read a record of compliance, its words opened",
        query="cases",
        run=_case,
        answer=Case,
    ),
)
