"""Which invoice an event belongs to, told by references that events and streams carry."""

from collections.abc import Iterable
from typing import Final

from domain.kernel.event import Recorded
from domain.kernel.ids import aggregate_of, identity_of
from domain.listing.events import ListingOpened
from domain.mail.events import MailRequested
from domain.payment.events import PaymentInstructed
from domain.receipt.events import ReceiptMatched, ReceiptRecorded
from domain.token.events import TokenPlanned
from domain.trade.events import PretradeFailed, PretradePassed
from projections.facts import types_of
from projections.invoices.tables import FOLLOWED, TIMELINE
from projections.states import state_after
from projections.view import Row, Rows

TYPES: Final = types_of(
    "invoice", "token", "listing", "trade", "payment", "receipt", "mail", "chainwrite"
)

TOKEN_WRITES: Final = frozenset({"suite", "register", "unpause", "mint", "transfer", "burn"})
"""Purposes of chain writes whose name goes on with the token."""


def candidates(event: Recorded) -> Iterable[str]:
    """Name the streams that may know the event's invoice, the surest first."""
    stream, fact = event.stream, event.fact
    yield stream
    match fact:
        case TokenPlanned() | ListingOpened():
            yield f"invoice:{fact.invoice}"
        case PretradePassed() | PretradeFailed():
            yield f"listing:{fact.listing}"
        case PaymentInstructed() | MailRequested():
            yield from (f"{kind}:{fact.reference}" for kind in ("invoice", "trade", "listing"))
        case ReceiptMatched(kind="invoice"):
            yield f"invoice:{fact.reference}"
        case _ if aggregate_of(stream) == "chainwrite":
            yield from _tokens(identity_of(stream))
        case _:
            return


def _tokens(write: str) -> Iterable[str]:
    purpose, _, rest = write.partition("/")
    if purpose not in TOKEN_WRITES:
        return
    token = rest.partition("/")[0]
    yield f"token:{token}"
    # A write may stand on the log before its token does: the name tells the invoice
    # (domain.token.state.token_of).
    name = token.removeprefix("FXR-")
    yield f"invoice:FX-{name}"
    yield f"invoice:{name}"


def follow(event: Recorded, rows: Rows) -> None:
    """Put the event on its invoice's timeline, or keep it until the invoice is known."""
    row = rows.get(FOLLOWED, event.stream)
    if row is None and event.envelope.version > 1:
        # The stream was not followed from its first event, so its state is not known here.
        return
    invoice = _invoice_of(event, rows)
    if invoice is None and not isinstance(event.fact, ReceiptRecorded):
        if row is not None:
            rows.delete(FOLLOWED, event.stream)
        return
    aggregate = aggregate_of(event.stream)
    state = state_after(aggregate, row["state"] if row else None, event.envelope.type)
    entries = [*(row["pending"] if row else []), _entry(event, state)]
    if invoice is not None:
        for entry in entries:
            rows.put(TIMELINE, {"invoice": invoice, **entry})
        entries = []
    rows.put(
        FOLLOWED,
        {"stream": event.stream, "invoice": invoice, "state": state, "pending": entries},
    )


def _invoice_of(event: Recorded, rows: Rows) -> str | None:
    if aggregate_of(event.stream) == "invoice":
        return identity_of(event.stream)
    for stream in candidates(event):
        row = rows.get(FOLLOWED, stream)
        if row is not None and row["invoice"] is not None:
            invoice: str = row["invoice"]
            return invoice
    return None


def _entry(event: Recorded, state: str) -> Row:
    return {
        "position": event.position,
        "at": event.at,
        "actor": event.envelope.actor,
        "type": event.envelope.type,
        "stream": event.stream,
        "state": state,
        "transaction": getattr(event.fact, "transaction", None),
        "correlation": event.envelope.correlation,
    }
