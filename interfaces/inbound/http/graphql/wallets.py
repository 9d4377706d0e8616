"""Wallets that subjects have proven to be theirs."""

from typing import Annotated, Final

import strawberry

from interfaces.inbound.http.graphql.amounts import shown
from interfaces.inbound.http.graphql.connections import (
    PAGE_DEFAULT,
    After,
    Connection,
    First,
    Listed,
    nothing,
)
from interfaces.inbound.http.graphql.context import Info
from interfaces.inbound.http.graphql.declared import question
from interfaces.inbound.http.graphql.scalars import Instant, Long
from interfaces.inbound.http.visibility import may_see
from projections.wallets import queries
from projections.wallets.queries import WalletRow


@strawberry.type(description="A wallet that a subject has proven by signature.")
class ProvenWallet:
    """A wallet and its binding."""

    address: str = strawberry.field(description="The address.")
    bound: bool = strawberry.field(description="Whether it was not unbound.")
    holds_tokens: bool = strawberry.field(description="Whether the subject's tokens lie there.")
    method: str = strawberry.field(description="How it was proven: eip191 or eip1271.")
    proven_at: Instant = strawberry.field(description="When it was proven.")
    lapses_at: Instant = strawberry.field(description="Until when the binding counts.")
    unbound_at: Instant | None = strawberry.field(description="When it was unbound.")
    position: Long = strawberry.field(description="The position of its last event.")


def _show(row: WalletRow) -> ProvenWallet:
    return shown(ProvenWallet, row)


WALLETS: Final = Listed[WalletRow, ProvenWallet, str](
    name="wallets", kind=str, key=lambda row: row.wallet, show=_show
)


@strawberry.type
class WalletQueries:
    """Questions about wallets."""

    @question("The wallets of a subject, for itself and the back office.")
    async def wallets(
        self,
        info: Info,
        subject: Annotated[
            str | None, strawberry.argument(description="Whose; the caller's without one.")
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[ProvenWallet]:
        """Answer a page of wallets."""
        principal = info.context.demand("wallets")
        owner = subject or principal.subject
        if not may_see(principal, (owner,)):
            return nothing()
        return await WALLETS.page(
            info.context.reader,
            lambda key, limit: queries.wallets(owner, after=key, limit=limit),
            first=first,
            after=after,
        )
