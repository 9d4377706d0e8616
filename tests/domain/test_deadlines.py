"""The rows of the service levels, and what is told of a clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue import EVENTS
from domain.deadline.clock import next_stage, stages_of
from domain.deadline.commands import PassStage
from domain.deadline.events import DeadlineBreached, DeadlineEscalated, DeadlineWarned
from domain.deadline.levels import (
    CONFIDENTIAL,
    LEVELS,
    SERVICE_LEVELS,
    STAGES,
    TIME_BUDGETS,
    Level,
    Stage,
)
from domain.deadline.refusals import NotDue
from domain.deadline.state import DEADLINE, Clock, pass_stage
from domain.kernel.command import Context
from domain.kernel.refusal import NotFound

BEGUN = "2026-05-22T10:42:00.000000Z"
WEBHOOKS = {"webhook.requested", "webhook.delivered"}
"""Events of a later delivery: its row stands, and starts to run when they come."""


@pytest.mark.capability("FX9", part="clock")
def test_every_row_of_both_tables_is_there() -> None:
    assert (len(SERVICE_LEVELS), len(TIME_BUDGETS)) == (12, 6)
    assert len(LEVELS) == 18
    assert {"gate3", "case"} == CONFIDENTIAL
    unmeasured = [row.code for row in LEVELS.values() if not row.starts]
    assert unmeasured == ["pretrade", "anchor"]


@pytest.mark.parametrize("row", LEVELS.values(), ids=lambda row: row.code)
def test_a_row_is_measured_between_events_that_exist(row: Level) -> None:
    assert {*row.starts, *row.stops} - WEBHOOKS <= set(EVENTS)
    assert bool(row.starts) == bool(row.stops)
    assert bool(row.target) == bool(row.cap) == (row.code != "pretrade")
    assert bool(row.escalation) == bool(row.escalates_to)


SAID = {"due": "2026-07-21", "expires_at": "2026-06-01T23:00:00.000000Z"}
ENDS: dict[str, dict[Stage, str]] = {
    "gate1": {"target": "2026-05-22T10:43:30.000000Z", "cap": "2026-05-27T16:30:00.000000Z"},
    "gate3": {
        "target": "2026-05-22T14:42:00.000000Z",
        "cap": "2026-06-01T16:30:00.000000Z",
        "escalation": "2026-06-03T16:30:00.000000Z",
    },
    "buyer": {"target": "2026-05-26T16:30:00.000000Z", "cap": "2026-06-01T23:00:00.000000Z"},
    "webhook": {
        "target": "2026-05-22T10:42:05.000000Z",
        "cap": "2026-05-23T10:42:00.000000Z",
        "escalation": "2026-05-22T22:42:00.000000Z",
    },
    "case": {"target": "2026-05-26T16:30:00.000000Z", "cap": "2026-05-28T16:30:00.000000Z"},
    "tenor": {"target": "2026-07-21T16:30:00.000000Z", "cap": "2026-09-02T16:30:00.000000Z"},
}
HOLIDAYS = frozenset({"2026-05-25", "2026-08-31"})


@pytest.mark.capability("FX9", part="clock")
@pytest.mark.parametrize("code", ENDS)
def test_a_clock_passes_its_stages_as_the_calendar_has_them(code: str) -> None:
    assert stages_of(LEVELS[code], BEGUN, HOLIDAYS, SAID) == ENDS[code]


def test_what_is_not_known_of_a_thing_makes_no_stage() -> None:
    assert stages_of(LEVELS["tenor"], BEGUN, HOLIDAYS, {}) == {}
    assert stages_of(LEVELS["pretrade"], BEGUN, HOLIDAYS, {}) == {}


@given(
    st.dictionaries(st.sampled_from(STAGES), st.integers(0, 9).map(str)),
    st.frozensets(st.sampled_from(STAGES)),
    st.none() | st.integers(0, 9).map(str),
)
def test_the_next_stage_is_the_first_that_was_not_told(
    stages: dict[Stage, str], passed: frozenset[Stage], stopped: str | None
) -> None:
    told, order = set(passed), []
    while (following := next_stage(stages, told, stopped)) is not None:
        order.append(following[0])
        told.add(following[1])
    assert order == sorted(order)
    wanted = {stage for stage, end in stages.items() if stopped is None or stopped > end}
    assert told == passed | wanted


def wish(stage: Stage = "cap", **values: str) -> PassStage:
    base = {"clock": "gate1/anna/7", "level": "gate1", "target": "anna", "started_at": BEGUN}
    return PassStage(stage=stage, **{**base, "due_at": "2026-05-27T16:30:00.000000Z", **values})


def at(moment: str) -> Context:
    return Context(actor="process:deadlines", at=moment)


@pytest.mark.parametrize(
    ("stage", "level", "kind"),
    [
        ("target", "gate1", DeadlineWarned),
        ("cap", "gate1", DeadlineBreached),
        ("escalation", "gate3", DeadlineEscalated),
    ],
)
def test_a_stage_is_told_once(stage: Stage, level: str, kind: type) -> None:
    command, now = wish(stage, level=level), at("2026-05-27T16:30:00.000000Z")
    [fact] = pass_stage(Clock(), command, now)
    assert isinstance(fact, kind)
    assert pass_stage(DEADLINE.fold([fact]), command, now) == []


@pytest.mark.parametrize(
    ("command", "moment", "refusal"),
    [
        (wish(), "2026-05-27T16:29:59.999999Z", NotDue),
        (wish(stopped_at="2026-05-27T16:30:00.000000Z"), "2026-06-27T00:00:00.000000Z", NotDue),
        (wish("escalation"), "2026-06-27T00:00:00.000000Z", NotFound),
        (wish(level="nonsense"), "2026-06-27T00:00:00.000000Z", NotFound),
    ],
)
def test_what_did_not_pass_is_not_told(command: PassStage, moment: str, refusal: type) -> None:
    assert isinstance(pass_stage(Clock(), command, at(moment)), refusal)
