"""Many runs, on several shards at once: which fault with which seed, and what came of all."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from rich.box import SIMPLE
from rich.table import Table

from tools.soak.run import Outcome, failed
from tools.soak.shard import Next
from tools.soak.sharding import Shards

CAPTION: Final = (
    "stop: longest wait at a node that the fault did not hit;"
    " wait: longest that a client was without its verdict"
)
LOGS: Final = Path(".tallystick/soak")


def planned(faults: Sequence[str], runs: int, seed: int) -> Iterator[Next]:
    """Give the runs of a campaign: the seed of each run also chooses among the faults."""
    return (Next(faults[each % len(faults)], each) for each in range(seed, seed + runs))


def campaign(wishes: Iterable[Next], shards: int, tell: Callable[[Outcome], None]) -> list[Outcome]:
    """Carry out all runs and tell each outcome when it is there."""
    shards_of: Shards[Next, Outcome] = Shards("shard", Outcome, _died, logs=LOGS)
    return shards_of.run(wishes, shards, tell)


def _died(wish: Next, message: str) -> Outcome:
    return failed(wish.fault, wish.seed, message)


def summary(outcomes: Sequence[Outcome]) -> Table:
    """Make the table of a campaign: a line for each fault."""
    table = Table(caption=CAPTION, box=SIMPLE, pad_edge=False)
    table.add_column("fault", no_wrap=True)
    for name in ("runs", "bad", "commands", "accepted", "stop ms", "wait ms", "s/run"):
        table.add_column(name, justify="right", no_wrap=True)
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.fault].append(outcome)
    for fault, group in [*sorted(groups.items()), ("all", list(outcomes))]:
        table.add_row(fault, *_figures(group))
    return table


def _figures(group: Sequence[Outcome]) -> list[str]:
    return [
        f"{len(group):,}",
        f"{sum(bool(outcome.violations) for outcome in group):,}",
        f"{sum(outcome.commands for outcome in group):,}",
        f"{sum(outcome.acknowledged for outcome in group):,}",
        _longest(outcome.stop_ms for outcome in group),
        _longest(outcome.wait_ms for outcome in group),
        f"{sum(outcome.seconds for outcome in group) / max(1, len(group)):.2f}",
    ]


def _longest(waits: Iterable[float]) -> str:
    longest = max(waits, default=0.0)
    return f"{longest:,.0f}" if longest else "–"
