"""The library's own recorder test cases, on real Postgres, against our recorder."""

from collections.abc import Callable, Iterator
from typing import TypeVar
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import ApplicationRecorder, StoredEvent
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
)
from typing_extensions import override

from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.recorder import (
    TallystickAggregateRecorder,
    TallystickRecorder,
    create_table,
)

pytestmark = pytest.mark.postgres
R = TypeVar("R", bound=TallystickAggregateRecorder)


class OnOurTable:
    """A table of its own for each test."""

    @pytest.fixture(autouse=True)
    def _with_table(self, create_database: Callable[[], str]) -> Iterator[None]:
        self.url = create_database()
        migrate(self.url)
        with psycopg.connect(self.url) as connection:
            create_table(connection, "recorded")
        self.opened: list[TallystickAggregateRecorder] = []
        yield
        for recorder in self.opened:
            recorder.close()

    def new_originator_id(self) -> UUID | str:
        return f"test:{uuid4()}"

    def keep(self, recorder: R) -> R:
        self.opened.append(recorder)
        return recorder


class TestAggregateRecorder(OnOurTable, AggregateRecorderTestCase):
    @override
    def create_recorder(self) -> TallystickAggregateRecorder:
        return self.keep(TallystickAggregateRecorder(self.url, "recorded"))


class TestApplicationRecorder(OnOurTable, ApplicationRecorderTestCase[ApplicationRecorder]):
    @override
    def create_recorder(self) -> TallystickRecorder:
        return self.keep(TallystickRecorder(self.url, "recorded"))

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestPositionsDoNotInterleave(OnOurTable, NonInterleavingNotificationIDsBaseCase):
    insert_num = 300

    @override
    def create_recorder(self) -> TallystickRecorder:
        return self.keep(TallystickRecorder(self.url, "recorded"))

    def test_positions_have_no_gaps_after_a_refused_insert(self) -> None:
        recorder = self.create_recorder()
        event = StoredEvent("test:1", 1, "topic", b"{}")
        recorder.insert_events([event])
        with pytest.raises(Exception, match="duplicate key"):
            recorder.insert_events([StoredEvent("test:2", 1, "topic", b"{}"), event])
        assert recorder.insert_events([StoredEvent("test:3", 1, "topic", b"{}")]) == [2]
