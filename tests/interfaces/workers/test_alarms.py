"""Alerts: told once when they begin and once when they end, and a metric in between."""

import logging
from collections.abc import Sequence

import pytest

from interfaces.telemetry.metrics import REGISTRY
from interfaces.workers.alarms import (
    AlarmWorker,
    Finding,
    broken_tokens,
    late_anchor,
    read_only,
    stopped_views,
    stuck_writes,
)
from projections.query import ViewStanding
from projections.reconciliations.queries import ReconciledTokenRow


class Watch:
    """A watch that a test winds forward."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def active(alert: str, subject: str = "") -> float | None:
    """Tell the metric of an alert; nothing when it does not hold."""
    labels = {"alert": alert, "subject": subject}
    return REGISTRY.get_sample_value("tallystick_alert_active", labels)


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """List level and alert of what was said since the last time."""
    lines = [(record.levelname, str(getattr(record, "alert", ""))) for record in caplog.records]
    caplog.clear()
    return lines


@pytest.fixture(autouse=True)
def _hear(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tallystick.alarms")


def test_a_stopped_view_is_told_once_and_until_it_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    views = [ViewStanding(view="accounts", version=1, position=4)]
    worker = AlarmWorker([stopped_views(lambda: views)])
    worker.step()
    assert told(caplog) == []
    views[0] = ViewStanding(
        view="accounts", version=1, position=4, stopped_at=5, error="ValueError"
    )
    worker.step()
    assert "position 5 (ValueError)" in caplog.text
    assert told(caplog) == [("ERROR", "view_stopped")]
    assert active("view_stopped", "accounts") == 1
    worker.step()
    assert told(caplog) == []
    views[0] = ViewStanding(view="accounts", version=1, position=9)
    worker.step()
    assert told(caplog) == [("INFO", "view_stopped")]
    assert active("view_stopped", "accounts") is None


def test_a_write_is_stuck_when_the_same_one_stays_open(caplog: pytest.LogCaptureFixture) -> None:
    """Many writes that come and go are no alert; one that stays is one, however many do."""
    watch, writes = Watch(), ["a", "b"]
    worker = AlarmWorker([stuck_writes(lambda: writes, 300.0)], watch)
    worker.step()
    watch.seconds += 299
    writes[:] = ["b", "c"]
    worker.step()
    assert told(caplog) == []
    watch.seconds += 2
    worker.step()
    assert "the chain write b" in caplog.text
    assert told(caplog) == [("ERROR", "chain_write_stuck")]
    watch.seconds += 600
    worker.step()
    assert told(caplog) == []
    assert active("chain_write_stuck") == 1
    writes.clear()
    worker.step()
    assert told(caplog) == [("INFO", "chain_write_stuck")]


def test_an_anchor_is_late_when_the_same_event_waits_for_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watch = Watch()
    waiting: list[int | None] = [7]
    worker = AlarmWorker([late_anchor(lambda: waiting[0], 600.0)], watch)
    worker.step()
    watch.seconds += 590
    worker.step()
    waiting[0] = 90
    watch.seconds += 100
    worker.step()
    assert told(caplog) == []
    watch.seconds += 601
    worker.step()
    assert told(caplog) == [("ERROR", "anchor_late")]
    waiting[0] = None
    worker.step()
    assert told(caplog) == [("INFO", "anchor_late")]
    assert active("anchor_late") is None


def test_books_and_chain_that_differ_are_told_until_they_agree(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = [ReconciledTokenRow("FXR-1", "0xc1", 2, None, None, 9, "at", 8, "0a", 3)]
    worker = AlarmWorker([broken_tokens(lambda: broken)])
    worker.step()
    worker.step()
    assert "books and chain of FXR-1 differ in 3 things as of position 8" in caplog.text
    assert told(caplog) == [("ERROR", "reconciliation_break")]
    assert active("reconciliation_break") == 1
    broken.clear()
    worker.step()
    assert told(caplog) == [("INFO", "reconciliation_break")]


def test_a_node_that_may_not_write_is_told(caplog: pytest.LogCaptureFixture) -> None:
    may_not = [True]
    worker = AlarmWorker([read_only(lambda: may_not[0])])
    worker.step()
    assert told(caplog) == [("ERROR", "log_regressed")]
    may_not[0] = False
    worker.step()
    assert told(caplog) == [("INFO", "log_regressed")]


def test_what_comes_again_is_told_again(caplog: pytest.LogCaptureFixture) -> None:
    found: list[Sequence[Finding]] = [[Finding(alert="x", cause="1", text="one")], []]
    worker = AlarmWorker([lambda: found[0]])
    for _ in range(2):
        worker.step()
        found.reverse()
        worker.step()
        found.reverse()
    assert [level for level, _ in told(caplog)] == ["ERROR", "INFO", "ERROR", "INFO"]
