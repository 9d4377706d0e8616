"""Wishes to be an issuer."""

from typing import Annotated, Final

import strawberry

from interfaces.inbound.http.graphql.amounts import shown
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
from interfaces.inbound.http.visibility import scope
from projections.issuers import queries
from projections.issuers.queries import IssuerRow


@strawberry.type(description="A subject's wish to be an issuer, and the answer.")
class IssuerRequest:
    """A wish and how it stands."""

    subject: str = strawberry.field(description="Who asks.")
    state: str = strawberry.field(description="REQUESTED, APPROVED or REJECTED.")
    reason: str | None = strawberry.field(description="Why it was rejected.")
    requested_at: Instant = strawberry.field(description="When it was asked for last.")
    decided_at: Instant | None = strawberry.field(description="When it was answered.")
    position: Long = strawberry.field(description="The position of the first wish on the log.")
    last_position: Long = strawberry.field(description="The position of its last event.")


def _show(row: IssuerRow) -> IssuerRequest:
    return shown(IssuerRequest, row)


REQUESTS: Final = Listed[IssuerRow, IssuerRequest, int](
    name="issuerRequests", kind=int, key=lambda row: row.position, show=_show
)


@strawberry.type
class IssuerQueries:
    """Questions about issuer status."""

    @question("Wishes to be an issuer, the oldest first; others than the office see their own.")
    async def issuer_requests(
        self,
        info: Info,
        state: Annotated[
            str | None, strawberry.argument(description="Only those of this state.")
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[IssuerRequest]:
        """Answer a page of wishes."""
        owner = scope(info.context.demand("issuers"))
        return await REQUESTS.page(
            info.context.reader,
            lambda key, limit: queries.issuers(subject=owner, state=state, after=key, limit=limit),
            first=first,
            after=after,
        )
