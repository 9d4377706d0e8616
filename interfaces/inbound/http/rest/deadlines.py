"""The board of the service levels: which clocks run, are late or were breached (FX9)."""

from typing import Any, Final, Literal

import msgspec

from domain.deadline.levels import LEVELS
from domain.kernel.event import VISIBLE_TO_COMPLIANCE
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.rest.bodies import Name
from interfaces.inbound.http.rest.invoice_views import Paging
from interfaces.inbound.http.rest.reads import NoParameters, ReadRoute
from interfaces.inbound.http.rest.shapes import Page
from interfaces.inbound.http.visibility import Principal
from projections.clocks import queries
from projections.clocks.queries import ClockRow


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """A clock of a service level: what it measures, when its stages are, which were passed."""

    clock: str
    level: str
    step: str
    owner: str
    breach: str
    target: str
    state: str
    standing: str
    started_at: str
    target_at: str | None
    cap_at: str | None
    escalation_at: str | None
    passed: list[str]
    stopped_at: str | None
    position: int
    last_position: int


class ServiceLevel(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the service levels and time budgets."""

    level: str
    step: str
    owner: str
    target: str | None
    cap: str | None
    escalation: str | None
    breach: str


class DeadlinePage(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which clocks."""

    state: Literal["RUNNING", "STOPPED"] | None = None
    standing: Literal["IN_TIME", "LATE", "BREACHED"] | None = None
    level: Name | None = None
    target: Name | None = None


def audience_of(principal: Principal) -> str | None:
    """Tell whose clocks somebody sees: compliance all, everybody else those of operations."""
    return None if principal.role in VISIBLE_TO_COMPLIANCE else "operations"


def show_clock(row: ClockRow) -> Deadline:
    """Show a clock with the words of its row."""
    level = LEVELS[row.level]
    return Deadline(
        clock=row.clock,
        level=row.level,
        step=level.step,
        owner=level.owner,
        breach=level.breach,
        target=row.target,
        state=row.state,
        standing=row.standing,
        started_at=row.started_at,
        target_at=row.stages.get("target"),
        cap_at=row.stages.get("cap"),
        escalation_at=row.stages.get("escalation"),
        passed=row.passed,
        stopped_at=row.stopped_at,
        position=row.position,
        last_position=row.last_position,
    )


async def _deadlines(call: Call, page: DeadlinePage) -> msgspec.Struct:
    wanted = queries.ClockFilter(
        audience=audience_of(call.principal),
        state=page.state,
        standing=page.standing,
        level=page.level,
        target=page.target,
    )
    query = queries.clocks(wanted, after=page.after, limit=page.limit + 1)
    rows = await call.services.reader.fetch(query)
    shown = rows[: page.limit]
    following = str(shown[-1].number) if len(rows) > page.limit else None
    return Page(items=[show_clock(row) for row in shown], next=following)


async def _levels(call: Call, _: NoParameters) -> msgspec.Struct:
    hidden = audience_of(call.principal) is not None
    return Page(
        items=[
            ServiceLevel(
                level=row.code,
                step=row.step,
                owner=row.owner,
                target=row.target.text() if row.target else None,
                cap=row.cap.text() if row.cap else None,
                escalation=row.escalation.text() if row.escalation else None,
                breach=row.breach,
            )
            for row in LEVELS.values()
            if not (hidden and row.confidential)
        ]
    )


READS: Final[tuple[ReadRoute[Any], ...]] = (
    ReadRoute(
        path="/operations/deadlines",
        operation="ListDeadlines",
        summary="List the clocks of the service levels, the newest first",
        query="deadlines",
        run=_deadlines,
        answer=Deadline,
        paged=True,
        parameters=DeadlinePage,
    ),
    ReadRoute(
        path="/operations/service-levels",
        operation="ListServiceLevels",
        summary="List the service levels and time budgets that are measured",
        query="operations",
        run=_levels,
        answer=ServiceLevel,
        paged=True,
    ),
)
