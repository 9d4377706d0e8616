"""Many runs, on several shards at once: which fault with which seed, and what came of all."""

import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from rich.table import Table

from tools.bench.children import Child, ChildFailed, Ready
from tools.soak.invariants import Violation
from tools.soak.run import Outcome
from tools.soak.shard import Next

LOGS: Final = Path(".tallystick/soak")


def planned(faults: Sequence[str], runs: int, seed: int) -> Iterator[Next]:
    """Give the runs of a campaign: the seed of each run also chooses among the faults."""
    return (Next(faults[each % len(faults)], each) for each in range(seed, seed + runs))


def campaign(wishes: Iterable[Next], shards: int, tell: Callable[[Outcome], None]) -> list[Outcome]:
    """Carry out all runs and tell each outcome when it is there."""
    waiting: queue.SimpleQueue[Next] = queue.SimpleQueue()
    for wish in wishes:
        waiting.put(wish)
    outcomes: list[Outcome] = []
    lock = threading.Lock()

    def keep(outcome: Outcome) -> None:
        with lock:
            outcomes.append(outcome)
            tell(outcome)

    threads = [
        threading.Thread(target=_work, args=(number, waiting, keep)) for number in range(shards)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _work(number: int, waiting: "queue.SimpleQueue[Next]", keep: Callable[[Outcome], None]) -> None:
    child: Child | None = None
    try:
        while True:
            wish = waiting.get_nowait()
            try:
                if child is None:
                    child = Child("shard", wish, LOGS / str(number), package="tools.soak")
                    child.hear(Ready)
                else:
                    child.tell(wish)
                keep(child.hear(Outcome))
            except ChildFailed as error:
                keep(_failed(wish, error))
                child = None
    except queue.Empty:
        pass
    finally:
        if child is not None:
            child.stop()


def _failed(wish: Next, error: ChildFailed) -> Outcome:
    return Outcome(
        fault=wish.fault,
        seed=wish.seed,
        seconds=0.0,
        commands=0,
        acknowledged=0,
        events=0,
        stop_ms=0.0,
        violations=[Violation("-", f"the shard died: {error}")],
    )


def summary(outcomes: Sequence[Outcome]) -> Table:
    """Make the table of a campaign: a line for each fault."""
    table = Table(title="Faults and what came of them")
    table.add_column("fault")
    for name in ("runs", "violated", "commands", "acknowledged", "events", "longest stop", "s/run"):
        table.add_column(name, justify="right")
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.fault].append(outcome)
    for fault, group in [*sorted(groups.items()), ("all", list(outcomes))]:
        table.add_row(fault, *_figures(group))
    return table


def _figures(group: Sequence[Outcome]) -> list[str]:
    stop = max((outcome.stop_ms for outcome in group), default=0.0)
    return [
        f"{len(group):,}",
        f"{sum(bool(outcome.violations) for outcome in group):,}",
        f"{sum(outcome.commands for outcome in group):,}",
        f"{sum(outcome.acknowledged for outcome in group):,}",
        f"{sum(outcome.events for outcome in group):,}",
        f"{stop:,.0f} ms" if stop else "–",
        f"{sum(outcome.seconds for outcome in group) / max(1, len(group)):.2f}",
    ]
