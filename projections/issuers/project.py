"""Folds issuer status."""

from collections.abc import Iterable
from typing import Final

from domain.issuer import events
from domain.kernel.event import Event, Recorded
from domain.kernel.ids import identity_of
from projections.folding import FoldedView, advance, folds_of
from projections.view import Key, Row, Rows, Table

ISSUERS: Final = Table(
    "issuers",
    ("subject",),
    ("state", "reason", "requested_at", "decided_at", "position", "last_position"),
)


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the subject."""
    return [(ISSUERS, (identity_of(event.stream),))]


def _fold(event: Recorded, rows: Rows) -> None:
    advance(rows, ISSUERS, identity_of(event.stream), event, _values(event.fact, event.at))


def _values(fact: Event, at: str) -> Row:
    match fact:
        case events.IssuerRequested():
            return {"reason": None, "requested_at": at, "decided_at": None}
        case events.IssuerRejected():
            return {"reason": fact.reason, "decided_at": at}
        case _:
            return {"decided_at": at}


VIEW: Final = FoldedView(
    "issuers",
    version=1,
    tables=(ISSUERS,),
    needs=needs,
    folds=folds_of(events.EVENTS, _fold),
)
