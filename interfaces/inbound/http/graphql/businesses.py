"""Businesses of issuers."""

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
from interfaces.inbound.http.visibility import may_see, scope
from projections.businesses import queries
from projections.businesses.queries import BusinessRow


@strawberry.type(description="A company that an issuer raises money for.")
class Business:
    """A business; only an active one may make tokens."""

    business: str = strawberry.field(description="Its name in the system.")
    state: str = strawberry.field(description="PENDING, ACTIVE or REJECTED.")
    owner: str = strawberry.field(description="The issuer that registered it.")
    company_name: str = strawberry.field(description="The company's name.")
    registration_number: str = strawberry.field(description="Its number in its register.")
    country: str = strawberry.field(description="Where it is registered, ISO 3166-1.")
    industry: str = strawberry.field(description="What it does.")
    allocation_bps: int = strawberry.field(
        description="The platform's part of each token's supply, in basis points."
    )
    reason: str | None = strawberry.field(description="Why it was rejected.")
    registered_at: Instant = strawberry.field(description="When it was registered.")
    decided_at: Instant | None = strawberry.field(description="When it was decided.")
    position: Long = strawberry.field(description="The position of its registration on the log.")
    last_position: Long = strawberry.field(description="The position of its last event.")


@strawberry.input(description="Which businesses.")
class BusinessFilter:
    """Conditions that all must hold."""

    state: str | None = strawberry.field(default=None, description="The state.")
    country: str | None = strawberry.field(default=None, description="The country.")


def _show(row: BusinessRow) -> Business:
    return shown(Business, row)


BUSINESSES: Final = Listed[BusinessRow, Business, int](
    name="businesses", kind=int, key=lambda row: row.position, show=_show
)


@strawberry.type
class BusinessQueries:
    """Questions about businesses."""

    @question("One business, for its issuer and the back office; null when there is none.")
    async def business(
        self,
        info: Info,
        business: Annotated[str, strawberry.argument(description="Its name in the system.")],
    ) -> Business | None:
        """Answer one business."""
        principal = info.context.demand("businesses")
        rows = await info.context.reader.fetch(queries.business(business))
        return _show(rows[0]) if rows and may_see(principal, (rows[0].owner,)) else None

    @question("Businesses, the oldest first; an issuer sees its own.")
    async def businesses(
        self,
        info: Info,
        wanted: Annotated[
            BusinessFilter | None,
            strawberry.argument(name="filter", description="Which businesses."),
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Business]:
        """Answer a page of businesses."""
        principal = info.context.demand("businesses")
        condition = chosen(queries.BusinessFilter, wanted, owner=scope(principal))
        return await BUSINESSES.page(
            info.context.reader,
            lambda key, limit: queries.businesses(condition, after=key, limit=limit),
            first=first,
            after=after,
        )
