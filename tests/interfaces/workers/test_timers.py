"""Deadlines: each dispatched once, forgotten when it is no longer due."""

import pytest

from application.ports.gate import StoreUnavailable
from domain.kernel.refusal import NotFound
from interfaces.workers.gateway import Sender
from interfaces.workers.timers import Due, TimerWorker
from tests.interfaces.workers.parts import ScriptedGate

REMINDER = Due(key="A1/due_day", kind="reminder", target="A1", detail="due_day")
LAPSE = Due(key="anna/kyc/2027", kind="lapse", target="anna", detail="2027")
EXPIRY = Due(key="A1/expiry", kind="expiry", target="A1", detail="")


class Watch:
    """A clock and what is due by it."""

    def __init__(self) -> None:
        self.gate, self.due = ScriptedGate(), [REMINDER, EXPIRY]
        self.worker = TimerWorker(
            Sender(self.gate, "timers"), clock=self, deadlines=lambda _: list(self.due)
        )

    def now(self) -> str:
        """Tell the instant."""
        return "2026-07-21T08:00:00.000000Z"


@pytest.mark.capability("FX6")
def test_each_deadline_is_dispatched_once_as_its_command() -> None:
    watch = Watch()
    watch.worker.step()
    watch.worker.step()
    assert watch.gate.kinds() == ["invoice.remind", "invoice.expire"]
    assert len(watch.gate.requests) == 2
    assert watch.gate.data("invoice.remind") == [{"invoice": "A1", "kind": "due_day"}]


def test_a_fact_at_its_end_is_told_to_its_subject() -> None:
    watch = Watch()
    watch.due = [LAPSE]
    watch.worker.step()
    assert watch.gate.data("subject.lapse_facts") == [{"subject": "anna"}]


def test_a_restart_repeats_under_the_same_key() -> None:
    watch = Watch()
    watch.worker.step()
    TimerWorker(
        Sender(watch.gate, "timers"), clock=watch, deadlines=lambda _: list(watch.due)
    ).step()
    assert [request.key for request in watch.gate.requests[:2]] == [
        request.key for request in watch.gate.requests[2:]
    ]


def test_a_refused_deadline_is_not_asked_again_and_holds_up_nobody() -> None:
    watch = Watch()
    watch.gate.answers["invoice.remind"] = [NotFound(kind="invoice", identity="A1")]
    watch.worker.step()
    watch.worker.step()
    assert len(watch.gate.requests) == 2


def test_a_store_that_is_away_leaves_the_deadline_due() -> None:
    watch = Watch()
    watch.gate.answers["invoice.remind"] = [StoreUnavailable()]
    with pytest.raises(StoreUnavailable):
        watch.worker.step()
    watch.worker.step()
    assert watch.gate.kinds() == ["invoice.remind", "invoice.expire"]


def test_what_is_no_longer_due_is_forgotten() -> None:
    watch = Watch()
    watch.worker.step()
    watch.due = []
    watch.worker.step()
    watch.due = [REMINDER]
    watch.worker.step()
    assert len(watch.gate.requests) == 3
