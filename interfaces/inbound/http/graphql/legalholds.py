"""Legal holds, for compliance alone."""

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
from projections.legal_holds import queries
from projections.legal_holds.queries import LegalHoldRow


@strawberry.type(description="A duty to keep what is known of a subject; REST opens its words.")
class LegalHold:
    """A hold."""

    subject: str = strawberry.field(description="Whose records are kept.")
    hold: str = strawberry.field(description="Its name.")
    placed_by: str = strawberry.field(description="Who placed it.")
    placed_at: Instant = strawberry.field(description="When it was placed.")
    lifted_by: str | None = strawberry.field(description="Who lifted it.")
    lifted_at: Instant | None = strawberry.field(description="When; until then it stands.")
    position: Long = strawberry.field(description="The position of its placing on the log.")


def _show(row: LegalHoldRow) -> LegalHold:
    return shown(LegalHold, row)


LEGAL_HOLDS: Final = Listed[LegalHoldRow, LegalHold, int](
    name="legal_holds", kind=int, key=lambda row: row.position, show=_show
)


@strawberry.type
class LegalHoldQueries:
    """Questions about what must be kept."""

    @question("Legal holds, the oldest first; for compliance.")
    async def legal_holds(
        self,
        info: Info,
        subject: Annotated[
            str | None, strawberry.argument(description="Only those on this subject.")
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[LegalHold]:
        """Answer a page of holds."""
        info.context.demand("legal_holds")
        return await LEGAL_HOLDS.page(
            info.context.reader,
            lambda key, limit: queries.legal_holds(subject=subject, after=key, limit=limit),
            first=first,
            after=after,
        )
