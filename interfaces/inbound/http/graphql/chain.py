"""What went to the chain: writes, anchors, and the evidence that rests on them."""

from typing import Annotated, Final

import msgspec
import strawberry
from strawberry.scalars import JSON

from domain.kernel.refusal import Refused
from interfaces.inbound.http.calls import Call
from interfaces.inbound.http.completeness import completeness_of
from interfaces.inbound.http.graphql.amounts import chosen, shown
from interfaces.inbound.http.graphql.connections import (
    PAGE_DEFAULT,
    After,
    AsOf,
    Connection,
    First,
    Listed,
)
from interfaces.inbound.http.graphql.context import Info
from interfaces.inbound.http.graphql.declared import question
from interfaces.inbound.http.graphql.scalars import Instant, Long
from interfaces.inbound.http.proofs import evidence_of
from projections.anchors import queries as anchors
from projections.anchors.queries import AnchorRow
from projections.chain_writes import queries as writes
from projections.chain_writes.queries import ChainTransactionRow, ChainWriteRow


@strawberry.type(description="A call to the chain from its plan to its confirmation.")
class ChainWrite:
    """A call to a contract; wei are decimal strings."""

    write: str = strawberry.field(description="The name of the write.")
    state: str = strawberry.field(description="Its state, e.g. PLANNED, BROADCAST, CONFIRMED.")
    purpose: str = strawberry.field(description="What it is for, e.g. mint.")
    reference: str = strawberry.field(description="What it is about.")
    token: str | None = strawberry.field(description="The token that it is about.")
    signer: str = strawberry.field(description="The purpose of the key that signs it.")
    contract: str = strawberry.field(description="The kind of contract.")
    function: str = strawberry.field(description="The function that is called.")
    target: str | None = strawberry.field(description="The contract's address.")
    arguments: JSON = strawberry.field(description="The arguments of the call.")
    sender: str | None = strawberry.field(description="The address of the key.")
    nonce: Long | None = strawberry.field(description="The sender's nonce.")
    gas_limit: Long | None = strawberry.field(description="Gas that it may use.")
    transaction: str | None = strawberry.field(description="The transaction's hash.")
    block: Long | None = strawberry.field(description="The block that holds it.")
    block_hash: str | None = strawberry.field(description="The hash of that block.")
    gas_used: Long | None = strawberry.field(description="Gas that it used.")
    gas_price: str | None = strawberry.field(description="Wei for a unit of gas.")
    fee: str | None = strawberry.field(description="Wei that it took.")
    max_fee_per_gas: str | None = strawberry.field(description="Wei for a unit of gas at most.")
    max_priority_fee_per_gas: str | None = strawberry.field(
        description="Wei for a unit of gas that whoever makes the block may keep."
    )
    attempts: int = strawberry.field(description="Nonces that it was given.")
    bumps: int = strawberry.field(description="How often it offered more.")
    retractions: int = strawberry.field(description="How often the chain took it back.")
    confirmations: int | None = strawberry.field(description="Blocks that confirm it.")
    result: JSON | None = strawberry.field(description="What it brought, e.g. addresses.")
    reason: str | None = strawberry.field(description="Why it failed.")
    planned_at: Instant = strawberry.field(description="When it was planned.")
    updated_at: Instant = strawberry.field(description="When it changed last.")
    position: Long = strawberry.field(description="The position of its plan on the log.")
    last_position: Long = strawberry.field(description="The position of its last event.")


@strawberry.type(description="A root of the log's tree in the anchor registry.")
class Anchor:
    """A root on the chain: every event up to its size is under it."""

    size: Long = strawberry.field(description="The number of events under the root.")
    state: str = strawberry.field(description="Its state, e.g. PLANNED or CONFIRMED.")
    root: str = strawberry.field(description="The root, hex.")
    head: str = strawberry.field(description="The chain's value at that size, hex.")
    checkpoint: str = strawberry.field(description="The signed checkpoint.")
    write: str = strawberry.field(description="The chain write that carries it.")
    transaction: str | None = strawberry.field(description="The transaction's hash.")
    block: Long | None = strawberry.field(description="The block that holds it.")
    block_hash: str | None = strawberry.field(description="The hash of that block.")
    chain_id: Long | None = strawberry.field(description="The chain.")
    registry: str | None = strawberry.field(description="The registry's address.")
    reason: str | None = strawberry.field(description="Why it failed.")
    planned_at: Instant = strawberry.field(description="When it was planned.")
    confirmed_at: Instant | None = strawberry.field(description="When it was confirmed.")
    position: Long = strawberry.field(description="The position of its plan on the log.")
    last_position: Long = strawberry.field(description="The position of its last event.")


@strawberry.type(description="A transaction that was signed for a chain write, mined or not.")
class ChainTransaction:
    """A line of the gas ledger; wei are decimal strings."""

    transaction: str = strawberry.field(description="The transaction's hash.")
    write: str = strawberry.field(description="The write that it was signed for.")
    purpose: str = strawberry.field(description="What it is for.")
    token: str | None = strawberry.field(description="The token that it is about.")
    signer: str = strawberry.field(description="The purpose of the key that signed it.")
    sender: str | None = strawberry.field(description="The address of the key.")
    nonce: Long | None = strawberry.field(description="The nonce that it uses.")
    gas_limit: Long | None = strawberry.field(description="Gas that it may use.")
    max_fee_per_gas: str | None = strawberry.field(description="Wei for a unit of gas at most.")
    max_priority_fee_per_gas: str | None = strawberry.field(
        description="Wei for a unit of gas that whoever makes the block may keep."
    )
    state: str = strawberry.field(description="SIGNED, or MINED.")
    block: Long | None = strawberry.field(description="The block that holds it.")
    gas_used: Long | None = strawberry.field(description="Gas that it used.")
    gas_price: str | None = strawberry.field(description="Wei for a unit of gas.")
    fee: str | None = strawberry.field(description="Wei that it took.")
    signed_at: Instant = strawberry.field(description="When it was signed.")
    position: Long = strawberry.field(description="The position of its signature on the log.")


@strawberry.type(description="What the transactions of a purpose for a token took.")
class GasUse:
    """A sum of the gas ledger; wei are decimal strings."""

    purpose: str = strawberry.field(description="What the writes were for.")
    token: str | None = strawberry.field(description="The token that they were about.")
    writes: int = strawberry.field(description="How many writes.")
    transactions: int = strawberry.field(description="How many mined transactions.")
    gas_limit: Long = strawberry.field(description="Gas that they might have used.")
    gas_used: Long = strawberry.field(description="Gas that they used.")
    fee: str = strawberry.field(description="Wei that they took.")


@strawberry.input(description="Which chain writes.")
class ChainWriteFilter:
    """Conditions that all must hold."""

    state: str | None = strawberry.field(default=None, description="The state.")
    purpose: str | None = strawberry.field(default=None, description="The purpose.")
    reference: str | None = strawberry.field(default=None, description="What it is about.")
    token: str | None = strawberry.field(default=None, description="The token.")
    signer: str | None = strawberry.field(default=None, description="The key's purpose.")
    transaction: str | None = strawberry.field(default=None, description="The transaction.")


def _show_write(row: ChainWriteRow) -> ChainWrite:
    return shown(ChainWrite, row)


def _show_anchor(row: AnchorRow) -> Anchor:
    return shown(Anchor, row)


def _show_transaction(row: ChainTransactionRow) -> ChainTransaction:
    return shown(ChainTransaction, row)


TRANSACTIONS: Final = Listed[ChainTransactionRow, ChainTransaction, int](
    name="chainTransactions", kind=int, key=lambda row: row.position, show=_show_transaction
)
WRITES: Final = Listed[ChainWriteRow, ChainWrite, int](
    name="chainWrites", kind=int, key=lambda row: row.position, show=_show_write
)
ANCHORS: Final = Listed[AnchorRow, Anchor, int](
    name="anchors", kind=int, key=lambda row: row.size, show=_show_anchor
)


@strawberry.type
class ChainQueries:
    """Questions about the chain and the proofs."""

    @question("Calls to the chain, newest first; for the back office.")
    async def chain_writes(
        self,
        info: Info,
        wanted: Annotated[
            ChainWriteFilter | None,
            strawberry.argument(name="filter", description="Which chain writes."),
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[ChainWrite]:
        """Answer a page of chain writes."""
        info.context.demand("chain_writes")
        condition = chosen(writes.ChainWriteFilter, wanted)
        return await WRITES.page(
            info.context.reader,
            lambda key, limit: writes.chain_writes(condition, after=key, limit=limit),
            first=first,
            after=after,
        )

    @question("Every signed transaction, mined or not, newest first; for the back office.")
    async def chain_transactions(
        self,
        info: Info,
        write: Annotated[
            str | None, strawberry.argument(description="Only those of this write.")
        ] = None,
        token: Annotated[
            str | None, strawberry.argument(description="Only those of this token.")
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[ChainTransaction]:
        """Answer a page of transactions."""
        info.context.demand("chain_writes")
        condition = writes.ChainTransactionFilter(write=write, token=token)
        return await TRANSACTIONS.page(
            info.context.reader,
            lambda key, limit: writes.chain_transactions(condition, after=key, limit=limit),
            first=first,
            after=after,
        )

    @question("What mined transactions took, by purpose and token; for the back office.")
    async def gas_ledger(
        self,
        info: Info,
        purpose: Annotated[
            str | None, strawberry.argument(description="Only this purpose.")
        ] = None,
        token: Annotated[str | None, strawberry.argument(description="Only this token.")] = None,
    ) -> list[GasUse]:
        """Answer the sums of the gas ledger."""
        info.context.demand("chain_writes")
        rows = await info.context.reader.fetch(writes.gas_ledger(purpose=purpose, token=token))
        return [shown(GasUse, row) for row in rows]

    @question("Roots of the log on the chain, largest first.")
    async def anchors(
        self,
        info: Info,
        state: Annotated[
            str | None, strawberry.argument(description="Only anchors in this state.")
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Anchor]:
        """Answer a page of anchors."""
        info.context.demand("anchors")
        return await ANCHORS.page(
            info.context.reader,
            lambda key, limit: anchors.anchors(state=state, after=key, limit=limit),
            first=first,
            after=after,
        )

    @question(
        "The evidence bundle of an event; null when there is none or it is not shown"
        " to the caller. Verify the body's bytes as they are."
    )
    async def proof(
        self,
        info: Info,
        position: Annotated[Long, strawberry.argument(description="A position on the log.")],
    ) -> JSON | None:
        """Answer an evidence bundle (FORMATS 6)."""
        principal = info.context.demand("proofs")
        call = Call(info.context.services, principal, {})
        try:
            evidence = await evidence_of(call, str(position))
        except Refused:
            return None
        return JSON(msgspec.json.decode(evidence))

    @question(
        "The completeness bundle of a stream, e.g. account:pennine/cash/GBP: the last event up to"
        " a moment and the proof that none was left out, or that there is no such stream."
    )
    async def completeness(
        self,
        info: Info,
        stream: Annotated[str, strawberry.argument(description="The name of a stream.")],
        at: AsOf = None,
    ) -> JSON | None:
        """Answer a completeness bundle (`domain/integrity/COMPLETENESS.md`)."""
        context = info.context
        principal = context.demand("proofs")
        # Whose a thing is, is asked of views that have got as far as the caller wants.
        services = msgspec.structs.replace(context.services, reader=context.reader)
        bundle = await completeness_of(Call(services, principal, {}), stream, at)
        return JSON(msgspec.json.decode(bundle))
