"""Folds businesses."""

from collections.abc import Iterable
from typing import Final

from domain.business import events
from domain.kernel.event import Event, Recorded
from domain.kernel.ids import identity_of
from projections.folding import FoldedView, advance, folds_of, plain
from projections.view import Key, Row, Rows, Table

BUSINESSES: Final = Table(
    "businesses",
    ("business",),
    (
        "state",
        "owner",
        "company_name",
        "registration_number",
        "country",
        "industry",
        "allocation_bps",
        "reason",
        "registered_at",
        "decided_at",
        "decided_by",
        "position",
        "last_position",
    ),
)


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the business."""
    return [(BUSINESSES, (identity_of(event.stream),))]


def _fold(event: Recorded, rows: Rows) -> None:
    values = _values(event.fact, event)
    advance(rows, BUSINESSES, identity_of(event.stream), event, values)


def _values(fact: Event, event: Recorded) -> Row:
    if isinstance(fact, events.BusinessRegistered):
        return {**plain(fact), "registered_at": event.at}
    decided = {"decided_at": event.at, "decided_by": event.envelope.actor}
    if isinstance(fact, events.BusinessRejected):
        return {**decided, "reason": fact.reason}
    return decided


VIEW: Final = FoldedView(
    "businesses",
    version=1,
    tables=(BUSINESSES,),
    needs=needs,
    folds=folds_of(events.EVENTS, _fold),
)
