"""The end of a relation: closing it, and what compliance must keep of it."""

from functools import partial
from typing import Any, Final

import anyio.to_thread
import msgspec

from application.authority import refuse_command
from application.ports.world import KeyErased
from domain.kernel.command import Command
from domain.kernel.refusal import Refused
from domain.kernel.sealed import ERASED, Sealed
from domain.subject import commands
from domain.subject.events import LegalHoldLifted, LegalHoldPlaced
from domain.subject.state import subject_stream
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import Body, Name, SubjectName, Text
from interfaces.inbound.http.rest.commands import CommandRoute, NoBody
from interfaces.inbound.http.rest.invoice_views import Paging
from interfaces.inbound.http.rest.reads import ReadRoute
from interfaces.inbound.http.rest.shapes import Page
from projections.legal_holds import queries

REASON: Final = "/reason"


class NewLegalHold(Body, frozen=True, kw_only=True):
    """A duty to keep what is known of a subject; why is sealed."""

    hold: SubjectName
    reason: Text


class HoldEnd(Body, frozen=True, kw_only=True):
    """Why it ends, sealed."""

    reason: Text


class LegalHold(msgspec.Struct, frozen=True, kw_only=True):
    """A hold, its words opened; it stands while ``lifted_at`` is empty."""

    subject: str
    hold: str
    reason: str
    placed_by: str
    placed_at: str
    lifted_by: str | None
    lifted_at: str | None
    lifting: str | None
    position: int


class HoldPage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which holds."""

    subject: Name | None = None


def _close(call: Call, _: NoBody) -> Command:
    return commands.CloseSubject(subject=call.names["subject"])


def _place(call: Call, body: NewLegalHold) -> Command:
    reason = _sealed(call, commands.PlaceLegalHold, LegalHoldPlaced.TYPE, body.reason)
    return commands.PlaceLegalHold(subject=call.names["subject"], hold=body.hold, reason=reason)


def _lift(call: Call, body: HoldEnd) -> Command:
    reason = _sealed(call, commands.LiftLegalHold, LegalHoldLifted.TYPE, body.reason)
    names = call.names
    return commands.LiftLegalHold(subject=names["subject"], hold=names["hold"], reason=reason)


def _sealed(call: Call, command: type[Command], event: str, words: str) -> Sealed:
    # The gate asks this again; here it keeps those who may not from making keys in the vault.
    if refusal := refuse_command(call.principal.role, command):
        raise Refused(refusal)
    subject = call.names["subject"]
    return call.services.vault.seal(subject, subject_stream(subject), event, REASON, words)


async def holds_of(services: Any, rows: list[queries.LegalHoldRow]) -> list[LegalHold]:
    """Open the words of holds. Raises StoreUnavailable."""
    return [await anyio.to_thread.run_sync(partial(_opened, services.vault, row)) for row in rows]


def _opened(vault: Any, row: queries.LegalHoldRow) -> LegalHold:
    def words(box: Sealed | None, event: str) -> str | None:
        if box is None:
            return None
        try:
            opened: str = vault.open(box, subject_stream(row.subject), event, REASON)
        except KeyErased:
            return ERASED
        return opened

    told = {
        "reason": words(row.reason, LegalHoldPlaced.TYPE),
        "lifting": words(row.lifting, LegalHoldLifted.TYPE),
    }
    return LegalHold(**{**msgspec.structs.asdict(row), **told})


async def _holds(call: Call, page: HoldPage) -> msgspec.Struct:
    query = queries.legal_holds(subject=page.subject, after=page.after, limit=page.limit + 1)
    rows = await call.services.reader.fetch(query)
    shown = rows[: page.limit]
    following = str(shown[-1].position) if len(rows) > page.limit else None
    return Page(items=list(await holds_of(call.services, shown)), next=following)


COMMANDS: Final[tuple[CommandRoute[Any], ...]] = (
    CommandRoute(
        path="/subjects/{subject:str}/close",
        operation="CloseSubject",
        summary="End the relation: nothing new begins, what was begun runs off",
        body=NoBody,
        example=NoBody(),
        build=_close,
        aggregate="subject",
    ),
    CommandRoute(
        path="/subjects/{subject:str}/legal-holds",
        operation="PlaceLegalHold",
        summary="Keep what is known of a subject, whoever wants it forgotten",
        body=NewLegalHold,
        example=NewLegalHold(hold="claim-2026-17", reason="claim of a former lender"),
        build=_place,
        aggregate="subject",
        creates=True,
        blocking=True,
    ),
    CommandRoute(
        path="/subjects/{subject:str}/legal-holds/{hold:str}/lift",
        operation="LiftLegalHold",
        summary="End such a duty",
        body=HoldEnd,
        example=HoldEnd(reason="settled out of court"),
        build=_lift,
        aggregate="subject",
        blocking=True,
    ),
)

READS: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/legal-holds",
        operation="ListLegalHolds",
        summary="List legal holds, the oldest first, their words opened",
        query="legal_holds",
        run=_holds,
        answer=LegalHold,
        paged=True,
        parameters=HoldPage,
    ),
)
