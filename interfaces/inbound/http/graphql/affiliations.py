"""A broker's pipeline, and the sums over a partner's tenant."""

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
from projections.affiliations import queries
from projections.affiliations.queries import PipelineRow


@strawberry.type(description="A subject that a broker introduced.")
class Introduction:
    """A subject of a pipeline."""

    member: str = strawberry.field(description="The subject.")
    active: bool = strawberry.field(description="Whether it may act now.")
    since: Instant = strawberry.field(description="When it was introduced.")
    position: Long = strawberry.field(description="The position of its introduction on the log.")


@strawberry.type(description="Invoices of a whole tenant in one state and currency.")
class TenantSum:
    """A sum over a partner's tenant."""

    state: str = strawberry.field(description="The state of the invoices.")
    currency: str = strawberry.field(description="Their currency.")
    invoices: Long = strawberry.field(description="How many there are.")
    face: Long = strawberry.field(description="What they come to, in minor units.")


def _show(row: PipelineRow) -> Introduction:
    return shown(Introduction, row)


PIPELINE: Final = Listed[PipelineRow, Introduction, int](
    name="pipeline", kind=int, key=lambda row: row.position, show=_show
)
OfWhom = Annotated[
    str | None, strawberry.argument(name="of", description="Whose, for who may see others'.")
]


@strawberry.type
class AffiliationQueries:
    """Questions of brokers and partners."""

    @question("The subjects that a broker introduced, the oldest first.")
    async def pipeline(
        self, info: Info, of: OfWhom = None, first: First = PAGE_DEFAULT, after: After = None
    ) -> Connection[Introduction]:
        """Answer a page of a pipeline."""
        principal = info.context.demand("pipeline")
        broker = principal.subject if principal.role == "broker" or of is None else of
        return await PIPELINE.page(
            info.context.reader,
            lambda key, limit: queries.pipeline(broker, after=key, limit=limit),
            first=first,
            after=after,
        )

    @question("The invoices of a partner's tenant, summed by state and currency.")
    async def tenant_sums(self, info: Info, of: OfWhom = None) -> list[TenantSum]:
        """Answer the sums."""
        principal = info.context.demand("tenant")
        partner = principal.subject if principal.role == "partner" or of is None else of
        rows = await info.context.reader.fetch(queries.tenant_sums(partner))
        return [
            TenantSum(
                state=row.state,
                currency=row.currency,
                invoices=Long(row.invoices),
                face=Long(row.face),
            )
            for row in rows
        ]
