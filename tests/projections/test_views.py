"""What holds for every view."""

from functools import cache
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.catalogue import AGGREGATES, EVENTS
from domain.invoice.decide import REMINDERS as REMINDER_DAYS
from domain.kernel.event import Event
from projections.deadlines.project import REMINDERS
from projections.facts import EVERY_TYPE, FACTS, types_of
from projections.registry import VIEWS
from projections.states import WORKFLOWS, state_after
from projections.view import Rows, Table, View
from tests.projections.support import Scribe, Store, Tables, folded
from tests.projections.tale import tell

BY_NAME = pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)


@cache
def one_by_one(name: str) -> Tables:
    view = next(view for view in VIEWS if view.name == name)
    return folded(view, tell(), 1).rows


def test_the_tale_holds_every_type_of_event() -> None:
    assert {event.envelope.type for event in tell()} == set(EVENTS)


def test_views_know_the_facts_that_the_catalogue_knows() -> None:
    assert {name: aggregate.events for name, aggregate in AGGREGATES.items()} == FACTS
    assert set(EVENTS) == EVERY_TYPE
    assert types_of("claim") == {"claim.taken", "claim.freed"}


def test_names_of_views_and_tables_are_unique() -> None:
    tables = [table.name for view in VIEWS for table in view.tables]
    assert len(set(tables)) == len(tables)
    assert len({view.name for view in VIEWS}) == len(VIEWS)


@BY_NAME
def test_a_view_folds_known_types_and_carries_its_schema(view: View) -> None:
    assert view.types <= set(EVENTS)
    assert view.version >= 1
    text = files(view.schema).joinpath("schema.sql").read_text()
    for table in view.tables:
        assert f"CREATE TABLE {table.name} (" in text


@BY_NAME
def test_every_table_gets_rows_from_the_tale(view: View) -> None:
    filled = {table for table, _ in one_by_one(view.name)}
    # Holds are all ended when the tale is over.
    assert filled >= {table.name for table in view.tables} - {"holds"}


@BY_NAME
@given(data=st.data())
def test_any_split_into_batches_gives_the_same_rows(view: View, data: st.DataObject) -> None:
    """A batch looks only at rows that it asked for, and ends where single steps end."""
    log = tell()
    cuts = sorted(data.draw(st.sets(st.integers(1, len(log) - 1), max_size=12)))
    store = Store(view)
    for start, end in zip([0, *cuts], [*cuts, len(log)], strict=True):
        store.fold(log[start:end])
    assert store.rows == one_by_one(view.name)


@BY_NAME
def test_a_view_passes_over_types_that_are_not_its_own(view: View) -> None:
    strangers = [event for event in tell() if event.envelope.type not in view.types]
    store = Store(view)
    store.fold(strangers)
    assert store.rows == {}
    assert all(not list(view.needs(event)) for event in strangers)


def test_states_follow_the_workflows() -> None:
    assert set(WORKFLOWS) < set(AGGREGATES)
    assert state_after("invoice", None, "invoice.submitted") == "SUBMITTED"
    assert state_after("token", "DEPLOYED", "token.unpaused") == "DEPLOYED"
    with pytest.raises(KeyError):
        state_after("invoice", "SETTLED", "invoice.submitted")


def test_reminders_agree_with_the_rules() -> None:
    assert {kind: days for kind, (days, _) in REMINDERS.items()} == REMINDER_DAYS


class Stranger(Event, frozen=True, kw_only=True):
    """A fact that no view knows."""

    TYPE = "stranger.came"


@pytest.mark.parametrize(
    ("view", "stream", "event_type"),
    [
        ("accounts", "account:a/cash/GBP", "account.debited"),
        ("anchors", "anchor:7", "anchor.planned"),
        ("deadlines", "invoice:N-1", "invoice.submitted"),
        ("holders", "token:T", "token.minted"),
        ("mails", "mail:C1/a/b", "mail.requested"),
        ("marketplace", "listing:L", "listing.opened"),
        ("payments", "payment:p", "payment.instructed"),
        ("payments", "receipt:r", "receipt.recorded"),
        ("trades", "trade:T1", "trade.executed"),
        ("work_items", "process:p/1/1", "process.refused"),
    ],
)
def test_a_fact_that_is_not_what_its_type_says_is_not_passed_over(
    view: str, stream: str, event_type: str
) -> None:
    lie = Scribe().write(stream, Stranger())
    lie = replace(lie, envelope=replace(lie.envelope, type=event_type))
    (liar,) = (found for found in VIEWS if found.name == view)
    with pytest.raises(TypeError, match="Stranger"):
        folded(liar, [lie])


def test_a_row_has_exactly_the_columns_of_its_table() -> None:
    rows = Rows({})
    with pytest.raises(ValueError, match="other columns"):
        rows.put(Table("things", ("name",), ("size",)), {"name": "a"})
