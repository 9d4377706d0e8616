"""Folds clocks: each runs from its level's start event to its stop event, told by the log alone.

A clock is measured by the calendar as it stood when it began. That a stage has passed is a fact
of its own (`domain.deadline.events`); here it is only noted, so that it is told once.
"""

from collections.abc import Iterable
from typing import Any, Final

from domain.deadline.clock import clock_name, next_stage, stages_of
from domain.deadline.events import DeadlineBreached, DeadlineEscalated, DeadlineWarned
from domain.deadline.levels import LEVELS, Level
from domain.invoice.events import InvoiceSubmitted
from domain.kernel.event import Recorded
from domain.kernel.ids import identity_of
from domain.settings.events import HolidaysPublished
from domain.settings.state import HOME_CALENDAR
from domain.subject.events import SubjectCreated
from projections.facts import EVERY_TYPE
from projections.folding import Fold, FoldedView, expect, plain
from projections.view import Key, Row, Rows, Table

CLOCKS: Final = Table(
    "clocks",
    ("clock",),
    (
        "level",
        "target",
        "audience",
        "state",
        "standing",
        "started_at",
        "stages",
        "passed",
        "stopped_at",
        "next_at",
        "next_stage",
        "number",
        "position",
        "last_position",
    ),
)
RUNNING: Final = Table("clocks_running", ("level", "target"), ("clock",))
SAID: Final = Table("clocks_said", ("stream",), ("said",))
CALENDAR: Final = Table("clocks_calendar", ("calendar",), ("days",))

ROWS: Final = 100
"""Clocks that one event may start at most; their number begins with its position."""

_STAGES: Final = {
    DeadlineWarned.TYPE: "target",
    DeadlineBreached.TYPE: "cap",
    DeadlineEscalated.TYPE: "escalation",
}
Told = DeadlineWarned | DeadlineBreached | DeadlineEscalated


def _levels(event_type: str) -> list[Level]:
    return [row for row in LEVELS.values() if event_type in {*row.starts, *row.stops}]


def needs(event: Recorded) -> Iterable[tuple[Table, Key]]:
    """Name the clocks of the event's thing, and what is known of it and of the calendar."""
    if isinstance(event.fact, HolidaysPublished):
        return [(CALENDAR, (event.fact.calendar,))]
    if isinstance(event.fact, Told):
        running = (RUNNING, (event.fact.level, event.fact.target))
        return [(CLOCKS, (identity_of(event.stream),)), running]
    target = identity_of(event.stream)
    wanted: list[tuple[Table, Key]] = [(CALENDAR, (HOME_CALENDAR,)), (SAID, (event.stream,))]
    return wanted + [(RUNNING, (row.code, target)) for row in _levels(event.envelope.type)]


def _published(event: Recorded, rows: Rows) -> None:
    fact = expect(event, HolidaysPublished)
    rows.put(CALENDAR, {"calendar": fact.calendar, "days": list(fact.days)})


def _moved(event: Recorded, rows: Rows) -> None:
    """Let the clocks of a thing stop and start, in this order."""
    _remember(event, rows)
    levels = _levels(event.envelope.type)
    for row in levels:
        if event.envelope.type in row.stops:
            _stop(row, event, rows)
    for row in levels:
        if event.envelope.type in row.starts:
            _start(row, event, rows)


def _remember(event: Recorded, rows: Rows) -> None:
    match event.fact:
        case InvoiceSubmitted(due=due):
            rows.put(SAID, {"stream": event.stream, "said": {"due": due}})
        case SubjectCreated(roles=roles):
            rows.put(SAID, {"stream": event.stream, "said": {"roles": list(roles)}})
        case _:
            return


def _start(level: Level, event: Recorded, rows: Rows) -> None:
    target = identity_of(event.stream)
    known: dict[str, Any] = (rows.get(SAID, event.stream) or {"said": {}})["said"]
    if level.roles and not level.roles & set(known.get("roles", ())):
        return
    if rows.get(RUNNING, level.code, target) is not None:
        return
    calendar = rows.get(CALENDAR, HOME_CALENDAR)
    holidays = frozenset() if calendar is None else frozenset(calendar["days"])
    said = {"due": known.get("due"), **_own_end(level, event)}
    row: Row = {
        "clock": clock_name(level.code, target, event.position),
        "level": level.code,
        "target": target,
        "audience": "compliance" if level.confidential else "operations",
        "state": "RUNNING",
        "started_at": event.at,
        "stages": dict(stages_of(level, event.at, holidays, said)),
        "passed": [],
        "stopped_at": None,
        "number": event.position * ROWS + list(LEVELS).index(level.code),
        "position": event.position,
        "last_position": event.position,
    }
    _put(rows, row)


def _own_end(level: Level, event: Recorded) -> dict[str, str]:
    """Tell what the start event itself says of the end."""
    fields = [span.field for span in (level.target, level.cap) if span is not None and span.field]
    data = plain(event.fact)
    return {field: data[field] for field in fields if data.get(field)}


def _stop(level: Level, event: Recorded, rows: Rows) -> None:
    target = identity_of(event.stream)
    running = rows.get(RUNNING, level.code, target)
    if running is None:
        return
    stopped = {"state": "STOPPED", "stopped_at": event.at, "last_position": event.position}
    _put(rows, {**running["clock"], **stopped})


def _told(event: Recorded, rows: Rows) -> None:
    """Note that a stage was told."""
    row = rows.get(CLOCKS, identity_of(event.stream))
    if row is not None:
        passed = [*row["passed"], _STAGES[event.envelope.type]]
        _put(rows, {**row, "passed": passed, "last_position": event.position})


def _put(rows: Rows, row: Row) -> None:
    """Keep a clock with what follows from its stages; one that runs is found by its thing."""
    following = next_stage(row["stages"], row["passed"], row["stopped_at"])
    standing = "LATE" if "target" in row["passed"] else "IN_TIME"
    derived = {
        "standing": "BREACHED" if "cap" in row["passed"] else standing,
        "next_at": None if following is None else following[0],
        "next_stage": None if following is None else following[1],
    }
    whole = {**row, **derived}
    rows.put(CLOCKS, whole)
    key = (row["level"], row["target"])
    if row["state"] == "RUNNING":
        rows.put(RUNNING, {"level": key[0], "target": key[1], "clock": whole})
    elif (running := rows.get(RUNNING, *key)) and running["clock"]["clock"] == row["clock"]:
        rows.delete(RUNNING, *key)


_MOVES: Final = {kind for row in LEVELS.values() for kind in (*row.starts, *row.stops)}
_KNOWN: Final = {InvoiceSubmitted.TYPE, SubjectCreated.TYPE}
_FOLDS: Final[dict[str, Fold]] = {
    # A row may wait for events that a later version brings.
    **dict.fromkeys(sorted(_MOVES & EVERY_TYPE | _KNOWN), _moved),
    **dict.fromkeys(_STAGES, _told),
    HolidaysPublished.TYPE: _published,
}

VIEW: Final = FoldedView(
    "clocks", version=2, tables=(CLOCKS, RUNNING, SAID, CALENDAR), needs=needs, folds=_FOLDS
)
