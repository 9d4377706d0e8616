"""The verb `tally bench`: takes the figures that the system promises."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from tools.bench.accessing import accessing
from tools.bench.append import append
from tools.bench.asking import asking
from tools.bench.chaining import chaining
from tools.bench.commanding import commanding
from tools.bench.feeding import feeding
from tools.bench.figures import Figure
from tools.bench.held import held
from tools.bench.importing import importing
from tools.bench.projecting import projecting
from tools.bench.proving import proving
from tools.bench.report import Record, show
from tools.bench.scaling import scaling
from tools.bench.snapshots import cold
from tools.bench.stage import FOLDER, FULL, QUICK, Stage
from tools.bench.verifying import verifying

BENCHES: Final[Mapping[str, Callable[[Stage], list[Figure]]]] = {
    "append": append,
    "held": held,
    "import": importing,
    "feed": feeding,
    "project": projecting,
    "verify": verifying,
    "http": commanding,
    "query": asking,
    "cold": cold,
    "chain": chaining,
    "scale": scaling,
    "proof": proving,
    "access": accessing,
}
ALL: Final = "all"


def bench(  # noqa: PLR0913 - one for each option
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(BENCHES)}, or {ALL}.")],
    *,
    clients: Annotated[int | None, typer.Option(help="Of append, held: 256, 16, …")] = None,
    nodes: Annotated[int | None, typer.Option(help="Of append: 1 or 2.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON line per figure.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Only see whether it runs.")] = False,
    save: Annotated[bool, typer.Option("--save", help="Write RESULTS.md.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the store is; kept.")] = FOLDER,
) -> None:
    """Measure Tallystick's speed beside its floors and its peers; nothing else should run."""
    if name not in {*BENCHES, ALL}:
        raise typer.BadParameter(f"{name} is none of {', '.join(BENCHES)}, {ALL}")
    names = list(BENCHES) if name == ALL else [name]
    quiet, console = Console(stderr=True), Console()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    record = Record(folder)
    taken: list[Figure] = []
    with Progress(*columns, console=quiet, transient=True) as progress, ExitStack() as stack:
        task = progress.add_task("the store starts", total=len(names))
        tell = partial(_describe, progress, task)
        stage = stack.enter_context(Stage(folder, QUICK if quick else FULL, tell))
        for each in names:
            tell(each)
            figures = _measure(each, stage, clients=clients, nodes=nodes)
            for one in figures if json else ():
                typer.echo(one.line())
            if save and not quick:
                record.keep(each, figures)
            taken += figures
            progress.advance(task)
    if not json:
        show(console, taken)


def _describe(progress: Progress, task: TaskID, words: str) -> None:
    progress.update(task, description=words)


def _measure(name: str, stage: Stage, *, clients: int | None, nodes: int | None) -> list[Figure]:
    if name == "append":
        return append(stage, clients, nodes)
    if name == "held":
        return held(stage, clients)
    return BENCHES[name](stage)
