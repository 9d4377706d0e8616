"""Whether books and chain agree, and what others did to our contracts."""

from typing import Annotated, Final

import strawberry
from strawberry.scalars import JSON

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
from projections.chain_facts import queries as chain_facts
from projections.chain_facts.queries import ChainFactRow
from projections.reconciliations import queries as reconciliations
from projections.reconciliations.queries import ReconciliationRow


@strawberry.type(description="A signed statement on whether books and chain of a token agree.")
class Reconciliation:
    """Books as of a position and chain at a block, compared."""

    position: Long = strawberry.field(description="The position of its event on the log.")
    token: str = strawberry.field(description="The token.")
    agrees: bool = strawberry.field(description="Whether there are no breaks.")
    statement: str = strawberry.field(description="SHA-256 of the signed text, hex.")
    contract: str = strawberry.field(description="The token's address.")
    chain_id: Long = strawberry.field(description="The chain.")
    block: Long = strawberry.field(description="The block at which the chain was asked.")
    block_hash: str = strawberry.field(description="The hash of that block.")
    as_of: Long = strawberry.field(description="The position of the books that were compared.")
    wallets: Long = strawberry.field(description="How many wallets were compared.")
    in_transit: Long = strawberry.field(
        description="Writes that the block holds and whose outcome the books did not know yet."
    )
    break_count: Long = strawberry.field(description="How many breaks there are.")
    breaks: JSON = strawberry.field(
        description="The first hundred breaks: kind, holder, wallet, value in the books, on chain."
    )
    stated_at: Instant = strawberry.field(description="When it was stated.")


@strawberry.type(description="An event of a contract that no chain write of ours explains.")
class ChainFact:
    """What somebody else brought about."""

    fact: str = strawberry.field(description="Its name: chain, block hash, index of the event.")
    state: str = strawberry.field(description="OBSERVED, or RETRACTED when its block is gone.")
    chain_id: Long = strawberry.field(description="The chain.")
    token: str | None = strawberry.field(description="The token, if it is about one of ours.")
    contract: str = strawberry.field(description="The contract's address.")
    kind: str = strawberry.field(description="The kind of contract.")
    event: str = strawberry.field(description="The event's name, or unknown.")
    arguments: JSON = strawberry.field(description="The event's fields.")
    transaction: str = strawberry.field(description="The transaction's hash.")
    block: Long = strawberry.field(description="The block that holds it.")
    block_hash: str = strawberry.field(description="The hash of that block.")
    log_index: Long = strawberry.field(description="The event's index in the block.")
    observed_at: Instant = strawberry.field(description="When it was observed.")
    retracted_at: Instant | None = strawberry.field(description="When it was retracted.")
    position: Long = strawberry.field(description="The position of its observation on the log.")
    last_position: Long = strawberry.field(description="The position of its last event.")


@strawberry.input(description="Which chain facts.")
class ChainFactFilter:
    """Conditions that all must hold."""

    token: str | None = strawberry.field(default=None, description="The token.")
    contract: str | None = strawberry.field(default=None, description="The contract's address.")
    event: str | None = strawberry.field(default=None, description="The event's name.")
    state: str | None = strawberry.field(default=None, description="The state.")
    transaction: str | None = strawberry.field(default=None, description="The transaction.")


def _show_statement(row: ReconciliationRow) -> Reconciliation:
    return shown(Reconciliation, row)


def _show_fact(row: ChainFactRow) -> ChainFact:
    return shown(ChainFact, row)


STATEMENTS: Final = Listed[ReconciliationRow, Reconciliation, int](
    name="reconciliations", kind=int, key=lambda row: row.position, show=_show_statement
)
FACTS: Final = Listed[ChainFactRow, ChainFact, int](
    name="chainFacts", kind=int, key=lambda row: row.position, show=_show_fact
)


@strawberry.type
class ReconciliationQueries:
    """Questions about books and chain together."""

    @question("Statements on whether books and chain agree, newest first; for the back office.")
    async def reconciliations(
        self,
        info: Info,
        token: Annotated[
            str | None, strawberry.argument(description="Only statements about this token.")
        ] = None,
        agrees: Annotated[
            bool | None, strawberry.argument(description="Only those without, or with, breaks.")
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Reconciliation]:
        """Answer a page of statements."""
        info.context.demand("reconciliations")
        return await STATEMENTS.page(
            info.context.reader,
            lambda key, limit: reconciliations.reconciliations(
                token=token, agrees=agrees, after=key, limit=limit
            ),
            first=first,
            after=after,
        )

    @question("Events of our contracts that no chain write of ours explains, newest first.")
    async def chain_facts(
        self,
        info: Info,
        wanted: Annotated[
            ChainFactFilter | None,
            strawberry.argument(name="filter", description="Which chain facts."),
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[ChainFact]:
        """Answer a page of chain facts."""
        info.context.demand("chain_facts")
        condition = chosen(chain_facts.ChainFactFilter, wanted)
        return await FACTS.page(
            info.context.reader,
            lambda key, limit: chain_facts.chain_facts(condition, after=key, limit=limit),
            first=first,
            after=after,
        )
