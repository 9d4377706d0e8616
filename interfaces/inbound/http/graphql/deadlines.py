"""The board of the service levels, and compliance's records."""

from typing import Annotated, Final

import strawberry

from interfaces.inbound.http.graphql.amounts import chosen, shown
from interfaces.inbound.http.graphql.connections import (
    PAGE_DEFAULT,
    After,
    Connection,
    First,
    Listed,
)
from interfaces.inbound.http.graphql.context import Info
from interfaces.inbound.http.graphql.declared import question
from interfaces.inbound.http.graphql.scalars import Instant, Long
from interfaces.inbound.http.rest.deadlines import audience_of, show_clock
from projections.cases import queries as cases
from projections.cases.queries import CaseRow
from projections.clocks import queries as clocks
from projections.clocks.queries import ClockRow


@strawberry.type(description="A clock of a service level or time budget.")
class Deadline:
    """A clock: what it measures, when its stages are, and which were passed."""

    clock: str = strawberry.field(description="The name of the clock.")
    level: str = strawberry.field(description="The row that it measures.")
    step: str = strawberry.field(description="What the row is about.")
    owner: str = strawberry.field(description="Who has to act.")
    breach: str = strawberry.field(description="What a breach leads to.")
    target: str = strawberry.field(description="The thing that is measured.")
    state: str = strawberry.field(description="RUNNING or STOPPED.")
    standing: str = strawberry.field(description="IN_TIME, LATE or BREACHED.")
    started_at: Instant = strawberry.field(description="When it started.")
    target_at: Instant | None = strawberry.field(description="When its target is over.")
    cap_at: Instant | None = strawberry.field(description="When its hard cap is over.")
    escalation_at: Instant | None = strawberry.field(description="When it goes further up.")
    passed: list[str] = strawberry.field(description="The stages that were told.")
    stopped_at: Instant | None = strawberry.field(description="When it stopped.")
    position: Long = strawberry.field(description="The position of the event that started it.")
    last_position: Long = strawberry.field(description="The position of its last event.")


@strawberry.type(description="A record of compliance; its words are read over REST.")
class CaseEntry:
    """A record without its sealed words."""

    record: str = strawberry.field(description="The name of the record.")
    subject: str = strawberry.field(description="Whom it is about.")
    state: str = strawberry.field(description="OPEN, CLEARED, REPORT_DUE, ESCALATED or REPORTED.")
    kind: str = strawberry.field(description="What led to it.")
    reference: str | None = strawberry.field(description="Where to look.")
    opened_at: Instant = strawberry.field(description="When it was opened.")
    report_due_at: Instant | None = strawberry.field(description="When a report became due.")
    reported_at: Instant | None = strawberry.field(description="When it was filed.")
    position: Long = strawberry.field(description="The position of its first event.")
    last_position: Long = strawberry.field(description="The position of its last event.")


@strawberry.input(description="Which clocks.")
class DeadlineFilter:
    """Conditions that all must hold."""

    state: str | None = strawberry.field(default=None, description="RUNNING or STOPPED.")
    standing: str | None = strawberry.field(default=None, description="IN_TIME, LATE or BREACHED.")
    level: str | None = strawberry.field(default=None, description="The row.")
    target: str | None = strawberry.field(default=None, description="The thing.")


@strawberry.input(description="Which records.")
class CaseFilter:
    """Conditions that all must hold."""

    subject: str | None = strawberry.field(default=None, description="The subject.")
    state: str | None = strawberry.field(default=None, description="The state.")
    kind: str | None = strawberry.field(default=None, description="What led to it.")


def _clock(row: ClockRow) -> Deadline:
    return shown(Deadline, show_clock(row))


def _case(row: CaseRow) -> CaseEntry:
    return shown(CaseEntry, row)


DEADLINES: Final = Listed[ClockRow, Deadline, int](
    name="deadlines", kind=int, key=lambda row: row.number, show=_clock
)
CASES: Final = Listed[CaseRow, CaseEntry, int](
    name="cases", kind=int, key=lambda row: row.position, show=_case
)


@strawberry.type
class DeadlineQueries:
    """Questions of operations and of compliance."""

    @question("Clocks of the service levels, newest first; some are for compliance alone.")
    async def deadlines(
        self,
        info: Info,
        wanted: Annotated[
            DeadlineFilter | None,
            strawberry.argument(name="filter", description="Which clocks."),
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Deadline]:
        """Answer a page of the board."""
        principal = info.context.demand("deadlines")
        condition = chosen(clocks.ClockFilter, wanted, audience=audience_of(principal))
        return await DEADLINES.page(
            info.context.reader,
            lambda key, limit: clocks.clocks(condition, after=key, limit=limit),
            first=first,
            after=after,
        )

    @question("Records of compliance, newest first; for compliance alone.")
    async def cases(
        self,
        info: Info,
        wanted: Annotated[
            CaseFilter | None,
            strawberry.argument(name="filter", description="Which records."),
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[CaseEntry]:
        """Answer a page of records."""
        info.context.demand("cases")
        condition = chosen(cases.CaseFilter, wanted)
        return await CASES.page(
            info.context.reader,
            lambda key, limit: cases.records(condition, after=key, limit=limit),
            first=first,
            after=after,
        )
