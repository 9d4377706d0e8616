"""The verb `tally chainsoak`: breaks the chain on purpose and counts what came of each write."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tools.soak.chainfaults import CHAIN_PLANS
from tools.soak.chainhand import STEPS
from tools.soak.chainrun import ChainOutcome
from tools.soak.chainshard import NextChain, failed
from tools.soak.sharding import Shards

LOGS: Final = Path(".tallystick/chainsoak")
COLUMNS: Final = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
)
FIGURES: Final = (
    "writes",
    "deaths",
    "bumped",
    "replaced",
    "reorganised",
    "retracted",
)


def chainsoak(
    *,
    runs: Annotated[int, typer.Option(min=1, help="How many runs.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Of the first run; the next has the next.")] = 0,
    fault: Annotated[
        str | None, typer.Option(help=f"Only this fault; one of {', '.join(CHAIN_PLANS)}.")
    ] = None,
    shards: Annotated[int, typer.Option(min=1, help="Runs at a time.")] = 2,
    lines: Annotated[
        Path | None, typer.Option(help="Append a JSON line for each run to this file.")
    ] = None,
) -> None:
    """Kill the chain worker, break its node and its line, and count every write on the chain."""
    if fault is not None and fault not in CHAIN_PLANS:
        raise typer.BadParameter(f"{fault} is none of {', '.join(CHAIN_PLANS)}")
    console = Console()
    wishes = planned([fault] if fault else list(CHAIN_PLANS), runs, seed)
    with Progress(*COLUMNS, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("runs", total=runs)

        def tell(outcome: ChainOutcome) -> None:
            progress.update(task, advance=1)
            _report(progress.console, outcome)
            if lines is not None:
                with lines.open("ab") as file:
                    file.write(msgspec.json.encode(outcome) + b"\n")

        outcomes = chain_campaign(wishes, min(shards, runs), tell)
    console.print(summary(outcomes))
    struck = {step for outcome in outcomes for step in outcome.struck}
    console.print(f"died at {len(struck)} of the {len(STEPS)} steps")
    bad = [outcome for outcome in outcomes if outcome.violations]
    if bad:
        console.print(f"[bold red]{len(bad)} of {len(outcomes)} runs violated an invariant[/]")
        raise typer.Exit(1)
    console.print(f"[bold green]no violation[/] in {len(outcomes)} runs from seed {seed}")


def planned(faults: Sequence[str], runs: int, seed: int) -> list[NextChain]:
    """Give the runs of a campaign: the seed of each run also chooses among the faults."""
    return [NextChain(faults[each % len(faults)], each) for each in range(seed, seed + runs)]


def chain_campaign(
    wishes: Sequence[NextChain], shards: int, tell: Callable[[ChainOutcome], None]
) -> list[ChainOutcome]:
    """Carry out all runs, several at a time, and tell each outcome when it is there."""
    shards_of: Shards[NextChain, ChainOutcome] = Shards(
        "chainshard", ChainOutcome, failed, logs=LOGS
    )
    return shards_of.run(wishes, shards, tell)


def summary(outcomes: Sequence[ChainOutcome]) -> Table:
    """Make the table of a campaign: a line for each fault."""
    table = Table(box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("fault", no_wrap=True)
    for name in ("runs", "bad", *FIGURES, "s/run"):
        table.add_column(name, justify="right", no_wrap=True)
    groups: dict[str, list[ChainOutcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.fault].append(outcome)
    for fault, group in [*sorted(groups.items()), ("all", list(outcomes))]:
        bad = sum(bool(each.violations) for each in group)
        seconds = sum(each.seconds for each in group) / len(group)
        figures = [f"{sum(getattr(each, name) for each in group):,}" for name in FIGURES]
        table.add_row(fault, f"{len(group):,}", f"{bad:,}", *figures, f"{seconds:.2f}")
    return table


def _report(console: Console, outcome: ChainOutcome) -> None:
    if not outcome.violations:
        return
    again = f"tally chainsoak --runs 1 --seed {outcome.seed} --fault {outcome.fault}"
    for each in outcome.violations:
        text = f"[bold red]{each.invariant}[/] "
        console.print(text, end="")
        console.print(each.message, markup=False, highlight=False, soft_wrap=True)
    console.print(f"   again: {again}", soft_wrap=True)
