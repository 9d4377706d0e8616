"""Folds deadlines: the buyer's time, reminders (002, C4), facts with an end, requests."""

from collections.abc import Iterable
from typing import Final

from domain.invoice import events
from domain.kernel.calendar import add_days, at_hour, later
from domain.kernel.event import Recorded
from domain.kernel.ids import aggregate_of, identity_of
from domain.request import events as requests
from domain.subject import events as subjects
from projections.folding import FoldedView, expect
from projections.view import Key, Rows, Table

DEADLINES: Final = Table(
    "deadlines",
    ("key",),
    ("kind", "target", "detail", "due_at", "state", "last_position"),
)

REMINDERS: Final[dict[str, tuple[int, int]]] = {"seven_days": (-7, 9), "due_day": (0, 8)}
"""Reminders by kind: days from the due date, and the hour (UTC) of that day."""

AN_INSTANT_LATER: Final = 0.000001
"""The log's resolution: the link is still good at its last instant."""


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the deadlines of the invoice, or of the fact of a subject."""
    if (fact := _DATED.get(event.envelope.type)) is not None:
        return [(DEADLINES, (lapse_key(identity_of(event.stream), fact),))]
    if isinstance(event.fact, subjects.FactLapsed):
        return [(DEADLINES, (lapse_key(identity_of(event.stream), event.fact.fact),))]
    if aggregate_of(event.stream) == "request":
        return [(DEADLINES, (request_key(identity_of(event.stream)),))]
    invoice = identity_of(event.stream)
    keys = [reminder_key(invoice, kind) for kind in REMINDERS]
    return [(DEADLINES, (key,)) for key in (expiry_key(invoice), *keys)]


def expiry_key(invoice: str) -> str:
    """Name the end of the buyer's time."""
    return f"expiry/{invoice}"


def reminder_key(invoice: str, kind: str) -> str:
    """Name a reminder."""
    return f"reminder/{invoice}/{kind}"


def lapse_key(subject: str, fact: str) -> str:
    """Name the end of a fact about a subject."""
    return f"lapse/{subject}/{fact}"


def request_key(request: str) -> str:
    """Name the end of the time in which a request is answered."""
    return f"request/{request}"


_DATED: Final[dict[str, str]] = {
    subjects.KycPassed.TYPE: "kyc",
    subjects.KycRenewed.TYPE: "kyc",
    subjects.SubjectClassified.TYPE: "investor_class",
}
"""Facts that may have an end, by the events that tell them."""


def _dated(event: Recorded, rows: Rows) -> None:
    subject, fact = identity_of(event.stream), _DATED[event.envelope.type]
    key, until = lapse_key(subject, fact), getattr(event.fact, "valid_until", None)
    if until is None:
        if rows.get(DEADLINES, key) is not None:
            _set(event, rows, key, "DONE")
        return
    row = {
        "key": key,
        "kind": "lapse",
        "target": subject,
        "detail": until,
        "due_at": until,
        "state": "OPEN",
        "last_position": event.position,
    }
    rows.put(DEADLINES, row)


def _lapsed(event: Recorded, rows: Rows) -> None:
    fact = expect(event, subjects.FactLapsed).fact
    _set(event, rows, lapse_key(identity_of(event.stream), fact), "DONE")


def _made(event: Recorded, rows: Rows) -> None:
    request = identity_of(event.stream)
    row = {
        "key": request_key(request),
        "kind": "request",
        "target": request,
        "detail": None,
        "due_at": later(expect(event, requests.RequestMade).deadline, AN_INSTANT_LATER),
        "state": "OPEN",
        "last_position": event.position,
    }
    rows.put(DEADLINES, row)


def _decided(event: Recorded, rows: Rows) -> None:
    _set(event, rows, request_key(identity_of(event.stream)), "DONE")


def _submitted(event: Recorded, rows: Rows) -> None:
    fact, invoice = expect(event, events.InvoiceSubmitted), identity_of(event.stream)
    for kind, (days, hour) in REMINDERS.items():
        row = {
            "key": reminder_key(invoice, kind),
            "kind": "reminder",
            "target": invoice,
            "detail": kind,
            "due_at": at_hour(add_days(fact.due, days), hour),
            "state": "WAITING",
            "last_position": event.position,
        }
        rows.put(DEADLINES, row)


def _asked(event: Recorded, rows: Rows) -> None:
    fact, invoice = expect(event, events.BuyerAsked), identity_of(event.stream)
    row = {
        "key": expiry_key(invoice),
        "kind": "expiry",
        "target": invoice,
        "detail": None,
        "due_at": later(fact.expires_at, AN_INSTANT_LATER),
        "state": "OPEN",
        "last_position": event.position,
    }
    rows.put(DEADLINES, row)


def _answered(event: Recorded, rows: Rows) -> None:
    _set(event, rows, expiry_key(identity_of(event.stream)), "DONE")


def _disbursed(event: Recorded, rows: Rows) -> None:
    invoice = identity_of(event.stream)
    for kind in REMINDERS:
        key = reminder_key(invoice, kind)
        row = rows.get(DEADLINES, key)
        # "In seven days" is untrue afterwards; the reminder of the due day is not.
        missed = kind != "due_day" and row is not None and row["due_at"] < event.at
        _set(event, rows, key, "DONE" if missed else "OPEN")


def _reminded(event: Recorded, rows: Rows) -> None:
    kind = expect(event, events.BuyerReminded).kind
    _set(event, rows, reminder_key(identity_of(event.stream), kind), "DONE")


def _paid(event: Recorded, rows: Rows) -> None:
    for kind in REMINDERS:
        _set(event, rows, reminder_key(identity_of(event.stream), kind), "DONE")


def _set(event: Recorded, rows: Rows, key: str, state: str) -> None:
    rows.change(DEADLINES, key, state=state, last_position=event.position)


VIEW: Final = FoldedView(
    "deadlines",
    version=3,
    tables=(DEADLINES,),
    needs=needs,
    folds={
        events.InvoiceSubmitted.TYPE: _submitted,
        events.BuyerAsked.TYPE: _asked,
        events.InvoiceConfirmed.TYPE: _answered,
        events.InvoiceDisputed.TYPE: _answered,
        events.InvoiceExpired.TYPE: _answered,
        events.InvoiceDisbursed.TYPE: _disbursed,
        events.BuyerReminded.TYPE: _reminded,
        events.ObligorPaid.TYPE: _paid,
        requests.RequestMade.TYPE: _made,
        requests.RequestApproved.TYPE: _decided,
        requests.RequestRejected.TYPE: _decided,
        requests.RequestExpired.TYPE: _decided,
        **dict.fromkeys(_DATED, _dated),
        subjects.FactLapsed.TYPE: _lapsed,
    },
)
