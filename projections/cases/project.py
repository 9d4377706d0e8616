"""Folds compliance's records."""

from collections.abc import Iterable
from typing import Final

from domain.case import events
from domain.kernel.event import Event, Recorded
from domain.kernel.ids import identity_of
from projections.folding import FoldedView, advance, folds_of, plain
from projections.view import Key, Row, Rows, Table

CASES: Final = Table(
    "cases",
    ("record",),
    (
        "subject",
        "state",
        "kind",
        "reference",
        "reason",
        "finding",
        "report",
        "opened_at",
        "report_due_at",
        "reported_at",
        "position",
        "last_position",
    ),
)


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the record."""
    return [(CASES, (identity_of(event.stream),))]


def _fold(event: Recorded, rows: Rows) -> None:
    advance(rows, CASES, identity_of(event.stream), event, _values(event.fact, event.at))


def _values(fact: Event, at: str) -> Row:
    match fact:
        case events.CaseOpened():
            told = {"subject": fact.subject, "kind": fact.kind, "reference": fact.reference}
            return {**told, "reason": plain(fact.reason), "opened_at": at}
        case events.CaseCleared():
            return {"finding": plain(fact.finding)}
        case events.ReportDue():
            return {"finding": plain(fact.finding), "report_due_at": at}
        case events.CaseReported():
            return {"report": plain(fact.reference), "reported_at": at}
        case _:
            return {}


VIEW: Final = FoldedView(
    "cases", version=1, tables=(CASES,), needs=needs, folds=folds_of(events.EVENTS, _fold)
)
