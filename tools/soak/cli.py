"""The verb `tally soak`: breaks the store on purpose and checks what it promised."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tools.soak.campaign import campaign, planned, summary
from tools.soak.faults import PLANS, available
from tools.soak.run import Outcome


def soak(
    *,
    runs: Annotated[int, typer.Option(min=1, help="How many runs.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Of the first run; the next has the next.")] = 0,
    fault: Annotated[
        str | None, typer.Option(help=f"Only this fault; one of {', '.join(PLANS)}.")
    ] = None,
    shards: Annotated[int, typer.Option(min=1, help="Runs at a time.")] = 2,
    lines: Annotated[
        Path | None, typer.Option(help="Append a JSON line for each run to this file.")
    ] = None,
) -> None:
    """Kill, cut, stop and fill up what the log stands on, and demand that nothing is lost."""
    if fault is not None and fault not in PLANS:
        raise typer.BadParameter(f"{fault} is none of {', '.join(PLANS)}")
    console, able = Console(), available()
    for name in PLANS.keys() - set(able):
        console.print(f"{name} is left out: only root may mount the disk that it fills")
    wishes = list(planned([fault] if fault else able, runs, seed))
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("the grounds are made", total=runs)

        def tell(outcome: Outcome) -> None:
            words = f"{outcome.fault}, seed {outcome.seed}"
            progress.update(task, advance=1, description=words)
            _report(progress.console, outcome)
            if lines is not None:
                with lines.open("ab") as file:
                    file.write(msgspec.json.encode(outcome) + b"\n")

        outcomes = campaign(wishes, min(shards, runs), tell)
    console.print(summary(outcomes))
    bad = [outcome for outcome in outcomes if outcome.violations]
    if bad:
        console.print(f"[bold red]{len(bad)} of {len(outcomes)} runs violated an invariant[/]")
        raise typer.Exit(1)
    console.print(f"[bold green]no violation[/] in {len(outcomes)} runs from seed {seed}")


def _report(console: Console, outcome: Outcome) -> None:
    if not outcome.violations:
        return
    again = f"tally soak --runs 1 --seed {outcome.seed} --fault {outcome.fault}"
    first, *others = outcome.violations
    console.print(f"[bold red]{first.invariant}[/] {first.message}", soft_wrap=True)
    for other in others:
        console.print(f"   {other.invariant} {other.message}", soft_wrap=True)
    console.print(f"   again: {again}", soft_wrap=True)
