"""The verb `tally chainsoak`: breaks the chain on purpose and counts what came of each write."""

import sys
import tempfile
import traceback
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tools.soak.chainfaults import CHAIN_PLANS
from tools.soak.chainground import ChainGround
from tools.soak.chainrun import ChainOutcome
from tools.soak.chainstory import carry_out
from tools.soak.invariants import Violation

FIGURES: Final = ("writes", "sent", "blocks", "deaths", "retractions")


def chainsoak(
    *,
    runs: Annotated[int, typer.Option(min=1, help="How many runs.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Of the first run; the next has the next.")] = 0,
    fault: Annotated[
        str | None, typer.Option(help=f"Only this fault; one of {', '.join(CHAIN_PLANS)}.")
    ] = None,
    lines: Annotated[
        Path | None, typer.Option(help="Append a JSON line for each run to this file.")
    ] = None,
) -> None:
    """Kill the chain worker, break its node and its line, and count every write on the chain."""
    if fault is not None and fault not in CHAIN_PLANS:
        raise typer.BadParameter(f"{fault} is none of {', '.join(CHAIN_PLANS)}")
    console = Console()
    wishes = list(planned([fault] if fault else list(CHAIN_PLANS), runs, seed))
    outcomes: list[ChainOutcome] = []
    shown = Console(stderr=True)
    with (
        tempfile.TemporaryDirectory(prefix="tallystick-chainsoak-") as folder,
        ChainGround(Path(folder)) as ground,
    ):
        for name, number in track(wishes, "runs", console=shown, transient=True):
            outcome = attempt(ground, name, number)
            outcomes.append(outcome)
            _report(console, outcome)
            if lines is not None:
                with lines.open("ab") as file:
                    file.write(msgspec.json.encode(outcome) + b"\n")
    console.print(summary(outcomes))
    bad = [outcome for outcome in outcomes if outcome.violations]
    if bad:
        console.print(f"[bold red]{len(bad)} of {len(outcomes)} runs violated an invariant[/]")
        raise typer.Exit(1)
    console.print(f"[bold green]no violation[/] in {len(outcomes)} runs from seed {seed}")


def planned(faults: Sequence[str], runs: int, seed: int) -> Iterator[tuple[str, int]]:
    """Give the runs of a campaign: the seed of each run also chooses among the faults."""
    return ((faults[each % len(faults)], each) for each in range(seed, seed + runs))


def attempt(ground: ChainGround, fault: str, seed: int) -> ChainOutcome:
    """Carry out a run; one that could not come to its end is a violation too."""
    try:
        return carry_out(ground, CHAIN_PLANS[fault], seed)
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        text = f"the run failed: {error!r}"
        return ChainOutcome(fault=fault, seed=seed, violations=[Violation("completes", text)])


def summary(outcomes: Sequence[ChainOutcome]) -> Table:
    """Make the table of a campaign: a line for each fault."""
    table = Table(box=SIMPLE, pad_edge=False)
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
