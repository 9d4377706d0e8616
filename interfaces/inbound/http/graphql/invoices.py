"""Invoices and what happened around them."""

from typing import Annotated, Final

import strawberry

from domain.invoice.workflow import INVOICE_WORKFLOW
from interfaces.inbound.http.graphql.amounts import Money, chosen, shown
from interfaces.inbound.http.graphql.connections import (
    PAGE_DEFAULT,
    After,
    Connection,
    First,
    Listed,
)
from interfaces.inbound.http.graphql.context import Context, Info
from interfaces.inbound.http.graphql.declared import question
from interfaces.inbound.http.graphql.scalars import Day, Instant, Long
from interfaces.inbound.http.visibility import may_see, scope
from projections.invoices import queries
from projections.invoices.queries import InvoiceRow, TimelineRow

STATES: Final = ", ".join(state for state in INVOICE_WORKFLOW.states if state != "NONE")


@strawberry.type(description="An invoice from its submission to its settlement.")
class Invoice:
    """An invoice as its parties see it."""

    number: str = strawberry.field(description="The seller's number of the invoice.")
    state: str = strawberry.field(description=f"One of {STATES}.")
    seller: str = strawberry.field(description="The subject that is to be paid.")
    buyer: str = strawberry.field(description="The subject that owes the face amount.")
    lender: str | None = strawberry.field(description="The subject that funds it.")
    face: Money = strawberry.field(description="What the buyer owes.")
    issued: Day = strawberry.field(description="The day of issue.")
    due: Day = strawberry.field(description="The day on which the buyer pays.")
    document: str = strawberry.field(description="The SHA-256 of its PDF, hex.")
    failures: list[str] = strawberry.field(description="Why the verification rejected it.")
    reason: str | None = strawberry.field(
        description="Why it was disputed or its funding taken back."
    )
    link_expires_at: Instant | None = strawberry.field(
        description="Until when the buyer may answer."
    )
    token: str | None = strawberry.field(description="The token that stands for it.")
    units: Long | None = strawberry.field(
        description="Units of that token, each a minor unit of the face."
    )
    discount_bps: int | None = strawberry.field(description="The discount in basis points.")
    advance: Money | None = strawberry.field(description="What the lender pays.")
    fee: Money | None = strawberry.field(description="What the platform keeps of it.")
    payment: str | None = strawberry.field(description="The payment of the advance.")
    receipt: str | None = strawberry.field(description="The buyer's credit at the bank.")
    reminders: list[str] = strawberry.field(description="The reminders that were sent.")
    submitted_at: Instant = strawberry.field(description="When it was submitted.")
    updated_at: Instant = strawberry.field(description="When it changed last.")
    position: Long = strawberry.field(description="The position of its submission on the log.")
    last_position: Long = strawberry.field(description="The position of its last event.")


@strawberry.type(description="An event around an invoice, its token, trades or payments.")
class TimelineEvent:
    """An event on the timeline of an invoice."""

    position: Long = strawberry.field(description="Its position on the log.")
    at: Instant = strawberry.field(description="When it was recorded.")
    actor: str = strawberry.field(description="Who did it: subject:<id> or process:<name>.")
    type: str = strawberry.field(description="The event's type, e.g. invoice.funded.")
    stream: str = strawberry.field(description="The stream that it belongs to.")
    state: str = strawberry.field(description="The state of that stream after it.")
    transaction: str | None = strawberry.field(description="The transaction on the chain.")
    correlation: str = strawberry.field(description="Shared by all that one request set off.")


@strawberry.input(description="Which invoices; days are inclusive.")
class InvoiceFilter:
    """Conditions that all must hold."""

    state: str | None = strawberry.field(default=None, description=f"One of {STATES}.")
    seller: str | None = strawberry.field(default=None, description="The seller.")
    buyer: str | None = strawberry.field(default=None, description="The buyer.")
    lender: str | None = strawberry.field(default=None, description="The lender.")
    currency: str | None = strawberry.field(default=None, description="The face's currency.")
    due_from: Day | None = strawberry.field(default=None, description="The first due day.")
    due_until: Day | None = strawberry.field(default=None, description="The last due day.")


def show_invoice(row: InvoiceRow) -> Invoice:
    """Show an invoice."""
    return shown(Invoice, row)


def _show_event(row: TimelineRow) -> TimelineEvent:
    return shown(TimelineEvent, row)


def parties(row: InvoiceRow) -> tuple[str | None, ...]:
    """Name those whose invoice it is."""
    return (row.seller, row.buyer, row.lender)


INVOICES: Final = Listed[InvoiceRow, Invoice, int](
    name="invoices", kind=int, key=lambda row: row.position, show=show_invoice
)
TIMELINE: Final = Listed[TimelineRow, TimelineEvent, int](
    name="timeline", kind=int, key=lambda row: row.position, show=_show_event
)

Number = Annotated[str, strawberry.argument(description="The invoice's number.")]


async def visible_invoice(context: Context, number: str) -> InvoiceRow | None:
    """Fetch an invoice that the caller may see, nothing for any other."""
    rows = await context.reader.fetch(queries.invoice(number))
    return rows[0] if rows and may_see(context.principal, parties(rows[0])) else None


@strawberry.type
class InvoiceQueries:
    """Questions about invoices."""

    @question("One invoice; null when there is none or it is not the caller's.")
    async def invoice(self, info: Info, number: Number) -> Invoice | None:
        """Answer one invoice."""
        info.context.demand("invoices")
        row = await visible_invoice(info.context, number)
        return None if row is None else show_invoice(row)

    @question("The caller's invoices (all for the back office), newest first.")
    async def invoices(
        self,
        info: Info,
        wanted: Annotated[
            InvoiceFilter | None,
            strawberry.argument(name="filter", description="Which invoices."),
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Invoice]:
        """Answer a page of invoices."""
        principal = info.context.demand("invoices")
        condition = chosen(queries.InvoiceFilter, wanted, party=scope(principal))
        return await INVOICES.page(
            info.context.reader,
            lambda key, limit: queries.invoices(condition, after=key, limit=limit),
            first=first,
            after=after,
        )

    @question("What happened around an invoice, in order; null when it is not the caller's.")
    async def timeline(
        self,
        info: Info,
        invoice: Number,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[TimelineEvent] | None:
        """Answer a page of a timeline."""
        info.context.demand("timeline")
        if await visible_invoice(info.context, invoice) is None:
            return None
        return await TIMELINE.page(
            info.context.reader,
            lambda key, limit: queries.timeline(invoice, after=key, limit=limit),
            first=first,
            after=after,
        )
