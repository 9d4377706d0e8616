"""What a writer and the gate before it count."""

import time
from collections.abc import Callable
from functools import cache

from prometheus_client import Counter

from application.ports.gate import Accepted, StoreUnavailable
from domain.kernel.refusal import Refused
from interfaces.outbound.postgres.turns import Counts, Turn
from interfaces.telemetry import metrics, traces

Verdict = Accepted | BaseException


class BatchMeter:
    """The metrics of one writer, moved once for each batch: commands pass by too fast."""

    def __init__(self) -> None:
        self._misses = 0
        self._losses = 0

    def appended(self, turn: Turn, counts: Counts, *, waiting: int, seconds: float) -> None:
        """Count a batch that is on the log; ``waiting`` commands came in meanwhile."""
        metrics.WRITER_APPEND.observe(seconds)
        metrics.WRITER_BATCH.observe(len(turn.appended))
        metrics.WRITER_EVENTS.inc(turn.events)
        metrics.WRITER_WAITING.set(waiting)
        if (counts.misses, counts.losses) != (self._misses, self._losses):
            metrics.WRITER_MISSES.inc(counts.misses - self._misses)
            metrics.WRITER_LOSSES.inc(counts.losses - self._losses)
            self._misses, self._losses = counts.misses, counts.losses
        if (tracer := traces.tracer()) is not None:
            ended = time.time_ns()
            batch = [command.events for command in turn.appended]
            tracer.appended(batch, began=ended - int(seconds * 1e9), ended=ended)


def count_verdict(command: str, verdict: Verdict) -> None:
    """Count what a command of this type was answered, at the gate and not in the writer."""
    _commands(command, _outcome(verdict)).inc()
    if isinstance(verdict, Refused):
        metrics.REFUSALS.labels(verdict.refusal.CODE).inc()


@cache
def _commands(command: str, outcome: str) -> Counter:
    return metrics.COMMANDS.labels(command, outcome)


def watch_read_only(is_read_only: Callable[[], bool]) -> None:
    """Let the metric ask whether this process may write, whenever it is read."""
    metrics.READ_ONLY.set_function(is_read_only)


def _outcome(verdict: Verdict) -> str:
    match verdict:
        case Accepted(replayed=True):
            return "replayed"
        case Accepted():
            return "accepted" if verdict.events else "unchanged"
        case Refused():
            return "refused"
        case StoreUnavailable():
            return "unavailable"
        case _:
            return "failed"
