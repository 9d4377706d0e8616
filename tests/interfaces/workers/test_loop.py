"""How workers wait: longer while the world is away, shortly again when it is back."""

import threading
from collections.abc import Callable

import pytest
from typing_extensions import override

from application.ports.gate import StoreUnavailable
from interfaces.workers.loop import LONGEST_WAIT, run, run_all


class Pauses(threading.Event):
    """Notes the pauses instead of taking them, and stops after some."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self.taken: list[float] = []
        self._last = last

    @override
    def wait(self, timeout: float | None = None) -> bool:
        """Note a pause."""
        self.taken.append(timeout or 0.0)
        if len(self.taken) >= self._last:
            self.set()
        return self.is_set()


def _away() -> float:
    raise StoreUnavailable


def test_waits_double_up_to_a_limit_with_some_chance() -> None:
    stop = Pauses(9)
    run("a worker", _away, stop)
    for number, pause in enumerate(stop.taken):
        base = min(0.2 * 2**number, LONGEST_WAIT)
        assert base * 0.5 <= pause <= base * 1.5


def test_a_good_step_makes_the_next_wait_short_again() -> None:
    stop, pauses = Pauses(4), iter([None, None, 0.0, None, 7.0])

    def step() -> float:
        pause = next(pauses)
        return _away() if pause is None else pause

    run("a worker", step, stop)
    assert stop.taken[1] >= 0.2
    assert stop.taken[2] <= 0.3
    assert stop.taken[3] == 7.0


def test_no_pause_is_taken_when_a_step_asks_for_none() -> None:
    stop, left = Pauses(1), iter([0.0, 0.0, 1.0])
    run("a worker", lambda: next(left), stop)
    assert stop.taken == [1.0]


def test_a_defect_ends_the_worker() -> None:
    def broken() -> float:
        raise LookupError

    with pytest.raises(LookupError):
        run("a worker", broken, threading.Event())


def test_more_errors_may_count_as_away() -> None:
    def broken() -> float:
        raise LookupError

    stop = Pauses(2)
    run("a worker", broken, stop, away=(LookupError,))
    assert len(stop.taken) == 2


def test_the_first_failure_stops_the_others_and_is_told() -> None:
    stop = threading.Event()
    ended: list[str] = []

    def patient() -> None:
        stop.wait()
        ended.append("patient")

    def broken() -> None:
        message = "a defect"
        raise ValueError(message)

    works: dict[str, Callable[[], None]] = {"patient": patient, "broken": broken}
    with pytest.raises(ValueError, match="a defect"):
        run_all(works, stop)
    assert ended == ["patient"]
