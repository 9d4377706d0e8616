"""Folds applications, each number of a subject a row of its own."""

from collections.abc import Iterable
from typing import Final

from domain.kernel.event import Event, Recorded
from domain.kernel.ids import identity_of
from domain.kyc import events
from domain.kyc.state import application_of
from projections.folding import FoldedView, expect, folds_of, plain
from projections.states import state_after
from projections.view import Key, Row, Rows, Table

APPLICATIONS: Final = Table(
    "kyc_applications",
    ("application",),
    (
        "place",
        "subject",
        "number",
        "state",
        "documents",
        "details",
        "fatca",
        "submitted_at",
        "reviewer",
        "opened_at",
        "decided_at",
        "level",
        "accreditation",
        "notes",
        "reason",
        "position",
        "last_position",
    ),
)


def _name(event: Recorded) -> str:
    number: int = event.fact.number  # type: ignore[attr-defined]
    return application_of(identity_of(event.stream), number)


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the application."""
    return [(APPLICATIONS, (_name(event),))]


def _submitted(event: Recorded, rows: Rows) -> None:
    fact = expect(event, events.KycSubmitted)
    values = {
        "application": _name(event),
        "place": f"{event.at} {_name(event)}",
        "subject": identity_of(event.stream),
        "number": fact.number,
        "state": state_after("kyc", None, event.envelope.type),
        "documents": plain(fact.documents),
        "details": plain(fact.details),
        "fatca": fact.fatca,
        "submitted_at": event.at,
        "position": event.position,
        "last_position": event.position,
    }
    rows.put(APPLICATIONS, {**dict.fromkeys(APPLICATIONS.all_columns), **values})


def _moved(event: Recorded, rows: Rows) -> None:
    row = rows.get(APPLICATIONS, _name(event))
    before = None if row is None else row["state"]
    state = state_after("kyc", before, event.envelope.type)
    values = {**_values(event.fact, event.at), "state": state, "last_position": event.position}
    rows.change(APPLICATIONS, _name(event), **values)


def _values(fact: Event, at: str) -> Row:
    match fact:
        case events.KycReviewOpened():
            return {"reviewer": fact.reviewer, "opened_at": at}
        case events.KycApproved():
            decided = {"reviewer": fact.reviewer, "decided_at": at, "notes": plain(fact.notes)}
            return {**decided, "level": fact.level, "accreditation": fact.accreditation}
        case events.KycRejected():
            return {"reviewer": fact.reviewer, "decided_at": at, "reason": plain(fact.reason)}
        case _:
            return {}


VIEW: Final = FoldedView(
    "kyc_queue",
    version=1,
    tables=(APPLICATIONS,),
    needs=needs,
    folds=folds_of(events.EVENTS, _moved) | {events.KycSubmitted.TYPE: _submitted},
)
