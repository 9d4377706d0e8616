"""Reads of subjects, and of what operations and auditors look at."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from domain.kernel.event import VISIBLE_TO_REVIEWERS
from domain.kernel.roles import Role
from domain.subject.refusals import NOTICE
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.personal import bank_account_of, may_open, name_of
from interfaces.inbound.http.rest.bodies import END, Name
from interfaces.inbound.http.rest.invoice_views import Paging, filter_of
from interfaces.inbound.http.rest.reads import Cursor, NoParameters, ReadRoute, one_of, page_of
from interfaces.inbound.http.rest.shapes import Page, Shape
from interfaces.inbound.http.visibility import demand_visible, hidden_types, sees_all
from projections.anchors import queries as anchors
from projections.audit import queries as audit
from projections.chain_writes import queries as chain_writes
from projections.query import ViewStanding
from projections.subjects import queries as subjects

CHAIN_WRITE: Final = Shape(chain_writes.ChainWriteRow, "ChainWrite")
ANCHOR: Final = Shape(anchors.AnchorRow, "Anchor")
AUDIT: Final = Shape(audit.AuditRow, "AuditEntry")

Instant = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z" + END,
        description="RFC 3339, UTC, six decimals, Z.",
    ),
]


class Subject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A subject; ``state`` and what moves with it are told to the back office only.

    A subject that learnt that it is under review would be tipped off. What is sealed is opened
    for the subject itself and for who works its file; the boxes stay inside.
    """

    subject: str
    active: bool
    name: str | None
    kind: str
    country: str
    roles: list[Role]
    bank_account: str | None
    wallet: str | None
    identity: str | None
    created_at: str
    position: int
    notice: str | None = None
    state: str | None = None
    kyc_level: int | None = None
    accreditation: str | None = None
    fatca: str | None = None
    investor_class: str | None = None
    claims: dict[str, subjects.ClaimState] | None = None
    updated_at: str | None = None
    last_position: int | None = None


_SECRET: Final = ("state", "investor_class", "claims", "updated_at", "last_position")
_KNOWN: Final = frozenset(Subject.__struct_fields__) - {"active", "notice", *_SECRET}


PAUSED: Final = "PAUSED"
"""The only word on a pause, whatever led to it and whatever comes of it (002, tipping off)."""


def told_state(row: subjects.SubjectRow) -> str:
    """Tell the state of a subject as everybody but compliance may know it."""
    if row.paused:
        return PAUSED
    return "SCREENING_PASSED" if row.state == "MLRO_REVIEW" else row.state


class ChainWritePage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which calls to the chain."""

    state: Name | None = None
    purpose: Name | None = None
    reference: Name | None = None
    token: Name | None = None
    signer: Name | None = None
    transaction: Name | None = None


class AnchorPage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which anchors."""

    state: Name | None = None


class AuditPage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which events; instants are inclusive."""

    stream: Name | None = None
    actor: Name | None = None
    type: Name | None = None
    command: Name | None = None
    correlation: Name | None = None
    cause: Cursor | None = None
    at_from: Instant | None = None
    at_until: Instant | None = None


class ViewHealth(ViewStanding, frozen=True, kw_only=True):
    """How far a view is, and what stopped it; ``lag`` counts events behind the log."""

    lag: int


async def _subject(call: Call, _: NoParameters) -> msgspec.Struct:
    identity = call.names["subject"]
    demand_visible(call.principal, (identity,), kind="subject", identity=identity)
    row = await one_of(call, subjects.subject(identity), kind="subject", identity=identity)
    return await shown_subject(call, row)


async def shown_subject(call: Call, row: subjects.SubjectRow) -> Subject:
    """Show a subject to somebody who may see it, with what that one may read of it."""
    names = {*_KNOWN, *_SECRET} if sees_all(call.principal) else set(_KNOWN)
    if call.principal.role not in VISIBLE_TO_REVIEWERS:
        row = msgspec.structs.replace(row, state=told_state(row))
        names -= {"updated_at", "last_position"}
    known = {name: getattr(row, name) for name in names}
    if may_open(call.principal, row.subject):
        vault = call.services.vault
        known["name"] = await name_of(vault, row)
        known["bank_account"] = await bank_account_of(vault, row)
    notice = NOTICE if row.paused else None
    return Subject(active=row.state == "ACTIVE", notice=notice, **known)


async def _chain_writes(call: Call, page: ChainWritePage) -> msgspec.Struct:
    wanted = filter_of(page, chain_writes.ChainWriteFilter)
    query = chain_writes.chain_writes(wanted, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, CHAIN_WRITE, limit=page.limit, after=lambda row: row.position)


async def _anchors(call: Call, page: AnchorPage) -> msgspec.Struct:
    query = anchors.anchors(state=page.state, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, ANCHOR, limit=page.limit, after=lambda row: row.size)


async def _audit(call: Call, page: AuditPage) -> msgspec.Struct:
    wanted = filter_of(page, audit.AuditFilter, hidden=hidden_types(call.principal))
    query = audit.audit_trail(wanted, after=page.after, limit=page.limit + 1)
    return await page_of(call, query, AUDIT, limit=page.limit, after=lambda row: row.position)


async def _views(call: Call, _: NoParameters) -> msgspec.Struct:
    standing = await call.services.reader.standing()
    return Page(
        items=[
            ViewHealth(lag=standing.head - view.position, **msgspec.structs.asdict(view))
            for view in standing.views
        ]
    )


ROUTES: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/subjects/{subject:str}",
        operation="GetSubject",
        summary="Read a subject",
        query="subjects",
        run=_subject,
        answer=Subject,
    ),
    ReadRoute(
        path="/chain-writes",
        operation="ListChainWrites",
        summary="List calls to the chain, the newest first",
        query="chain_writes",
        run=_chain_writes,
        answer=CHAIN_WRITE.type,
        paged=True,
        parameters=ChainWritePage,
    ),
    ReadRoute(
        path="/anchors",
        operation="ListAnchors",
        summary="List anchors of the log on chain, the largest first",
        query="anchors",
        run=_anchors,
        answer=ANCHOR.type,
        paged=True,
        parameters=AnchorPage,
    ),
    ReadRoute(
        path="/audit",
        operation="ListAudit",
        summary="List who did what when, in order",
        query="audit",
        run=_audit,
        answer=AUDIT.type,
        paged=True,
        parameters=AuditPage,
    ),
    ReadRoute(
        path="/operations/views",
        operation="ListViews",
        summary="List the views with their lag, and what stopped those that stand still",
        query="operations",
        run=_views,
        answer=ViewHealth,
        paged=True,
    ),
)
