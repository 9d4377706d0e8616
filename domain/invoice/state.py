"""An invoice after its events."""

from typing import Final

import msgspec

from domain.invoice import events
from domain.invoice.workflow import INVOICE_WORKFLOW
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event


class Invoice(msgspec.Struct, frozen=True):
    """State, the terms of each stage, and what was done once."""

    state: str = INVOICE_WORKFLOW.start
    submitted: events.InvoiceSubmitted | None = None
    asked: events.BuyerAsked | None = None
    confirmed: bool = False
    token: str | None = None
    units: int = 0
    listed: events.InvoiceListed | None = None
    funded: events.InvoiceFunded | None = None
    fundings: int = 0
    payment: str | None = None
    reminders: frozenset[str] = frozenset()
    distributed: events.ProceedsDistributed | None = None

    @property
    def terms(self) -> events.InvoiceSubmitted:
        """What the seller submitted; raises ValueError before that."""
        if self.submitted is None:
            message = "the invoice was never submitted"
            raise ValueError(message)
        return self.submitted

    @property
    def funding(self) -> events.InvoiceFunded:
        """Who funds it at which terms; raises ValueError while nobody does."""
        if self.funded is None:
            message = "nobody funds the invoice"
            raise ValueError(message)
        return self.funded


def evolve(state: Invoice, event: Event) -> Invoice:
    """Apply one fact."""
    after = INVOICE_WORKFLOW.after(state.state, event.TYPE)
    moved = msgspec.structs.replace(state, state=after)
    match event:
        case events.InvoiceSubmitted():
            return Invoice(state=after, submitted=event)
        case events.BuyerAsked():
            return msgspec.structs.replace(moved, asked=event)
        case events.InvoiceConfirmed():
            return msgspec.structs.replace(moved, confirmed=True)
        case events.InvoiceTokenised():
            return msgspec.structs.replace(moved, token=event.token, units=event.units)
        case events.InvoiceListed():
            return msgspec.structs.replace(moved, listed=event)
        case events.InvoiceFunded():
            return msgspec.structs.replace(moved, funded=event, fundings=state.fundings + 1)
        case events.FundingReversed():
            return msgspec.structs.replace(moved, funded=None)
        case events.AdvancePaid():
            return msgspec.structs.replace(moved, payment=event.payment)
        case events.BuyerReminded():
            return msgspec.structs.replace(moved, reminders=state.reminders | {event.kind})
        case events.ProceedsDistributed():
            return msgspec.structs.replace(moved, distributed=event)
        case _:
            return moved


def invoice_stream(invoice: str) -> str:
    """Name the stream of an invoice."""
    return f"invoice:{invoice}"


INVOICE: Final = Aggregate(name="invoice", empty=Invoice(), evolve=evolve, events=events.EVENTS)
