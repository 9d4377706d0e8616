"""The audit trail, and who is asking."""

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
from interfaces.inbound.http.personal import name_of
from interfaces.inbound.http.visibility import hidden_types
from projections.audit import queries
from projections.audit.queries import AuditRow
from projections.subjects import queries as subjects


@strawberry.type(description="An event's envelope: who did what, when and why.")
class AuditEvent:
    """The envelope of an event."""

    position: Long = strawberry.field(description="Its position on the log.")
    at: Instant = strawberry.field(description="When it was recorded.")
    actor: str = strawberry.field(description="Who did it: subject:<id> or process:<name>.")
    type: str = strawberry.field(description="The event's type.")
    stream: str = strawberry.field(description="The stream that it belongs to.")
    version: Long = strawberry.field(description="Its place in that stream.")
    command: str = strawberry.field(description="The command that it came from.")
    correlation: str = strawberry.field(description="Shared by all that one request set off.")
    cause: Long | None = strawberry.field(description="The event that a process reacted to.")


@strawberry.input(description="Which events; instants are inclusive.")
class AuditFilter:
    """Conditions that all must hold."""

    stream: str | None = strawberry.field(default=None, description="The stream.")
    actor: str | None = strawberry.field(default=None, description="The actor.")
    type: str | None = strawberry.field(default=None, description="The type.")
    command: str | None = strawberry.field(default=None, description="The command.")
    correlation: str | None = strawberry.field(default=None, description="The correlation.")
    cause: Long | None = strawberry.field(default=None, description="The cause.")
    at_from: Instant | None = strawberry.field(default=None, description="The first instant.")
    at_until: Instant | None = strawberry.field(default=None, description="The last instant.")


@strawberry.type(description="Whoever asks, as its key and the register of subjects tell.")
class Viewer:
    """The caller; what the register knows of it is null while the register lacks it."""

    subject: str = strawberry.field(description="The subject that the key acts for.")
    role: str = strawberry.field(description="The role that the key opens.")
    key: str = strawberry.field(description="The name of the key; never its secret.")
    name: str | None = strawberry.field(description="The subject's name.")
    kind: str | None = strawberry.field(description="The kind of subject.")
    country: str | None = strawberry.field(description="Its country, ISO 3166-1.")
    roles: list[str] = strawberry.field(description="All roles that it has.")
    active: bool = strawberry.field(description="Whether it may act now.")
    wallet: str | None = strawberry.field(description="The address of its wallet.")
    identity: str | None = strawberry.field(description="The address of its identity.")


def _show(row: AuditRow) -> AuditEvent:
    return shown(AuditEvent, row)


TRAIL: Final = Listed[AuditRow, AuditEvent, int](
    name="auditTrail", kind=int, key=lambda row: row.position, show=_show
)


@strawberry.type
class AuditQueries:
    """Questions about who does what."""

    @question("All events, newest first; for the back office.")
    async def audit_trail(
        self,
        info: Info,
        wanted: Annotated[
            AuditFilter | None,
            strawberry.argument(name="filter", description="Which events."),
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[AuditEvent]:
        """Answer a page of the audit trail."""
        principal = info.context.demand("audit")
        condition = chosen(queries.AuditFilter, wanted, hidden=hidden_types(principal))
        return await TRAIL.page(
            info.context.reader,
            lambda key, limit: queries.audit_trail(
                condition, after=key, limit=limit, descending=True
            ),
            first=first,
            after=after,
        )

    @question("Who asks.")
    async def viewer(self, info: Info) -> Viewer:
        """Answer the caller."""
        principal = info.context.demand("subjects")
        rows = await info.context.reader.fetch(subjects.subject(principal.subject))
        known = rows[0] if rows else None
        return Viewer(
            subject=principal.subject,
            role=principal.role,
            key=principal.key,
            name=await name_of(info.context.services.vault, known) if known else None,
            kind=known.kind if known else None,
            country=known.country if known else None,
            roles=list(known.roles) if known else [],
            # The state itself would tell a subject that it is under review.
            active=known is not None and known.state == "ACTIVE",
            wallet=known.wallet if known else None,
            identity=known.identity if known else None,
        )
