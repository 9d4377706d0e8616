"""Who there is: the list of subjects for the back office (LB3)."""

from typing import Any, Final

import msgspec

from domain.kernel.roles import Role
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import Name
from interfaces.inbound.http.rest.office_views import Subject, shown_subject
from interfaces.inbound.http.rest.reads import Limit, ReadRoute, TextCursor
from interfaces.inbound.http.rest.shapes import Page
from interfaces.inbound.http.visibility import scope
from projections.subjects import queries


class SubjectPage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which subjects; an address or a phone is asked for over GraphQL, never in an URL."""

    role: Role | None = None
    kind: Name | None = None
    country: Name | None = None
    after: TextCursor | None = None
    limit: Limit = 50


async def _subjects(call: Call, page: SubjectPage) -> msgspec.Struct:
    own = scope(call.principal)
    if own is not None:
        rows = await call.services.reader.fetch(queries.subject(own))
        return Page(items=[await shown_subject(call, row) for row in rows])
    wanted = queries.SubjectFilter(role=page.role, kind=page.kind, country=page.country)
    query = queries.subjects(wanted, after=page.after, limit=page.limit + 1)
    rows = await call.services.reader.fetch(query)
    shown = rows[: page.limit]
    more = shown[-1].subject if len(rows) > page.limit else None
    return Page(items=[await shown_subject(call, row) for row in shown], next=more)


READS: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/subjects",
        operation="ListSubjects",
        summary="List subjects by name; others than the back office see themselves",
        query="subjects",
        run=_subjects,
        answer=Subject,
        paged=True,
        parameters=SubjectPage,
    ),
)
