"""The verbs that start a whole Tallystick: `tally serve` and `tally demo`."""

import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from interfaces.logs import configure
from interfaces.settings import read_settings
from interfaces.workers.bootstrap import BootstrapFailed
from tools.demo import DEFAULT_FOLDER, run_demo
from tools.stack import LocalStack
from tools.story.errors import StoryError

console = Console()


@contextmanager
def _set_up() -> Iterator[None]:
    """Say in one sentence why a set-up failed."""
    try:
        yield
    except BootstrapFailed as error:
        console.print(f"[bold red]tally:[/] {error}")
        sys.exit(1)


def serve(
    data: Annotated[Path | None, typer.Option(help="Folder of run-time data.")] = None,
) -> None:
    """Start everything and keep it up until ctrl-C; data are kept."""
    configure("supervisor", level=logging.WARNING)
    settings = read_settings()
    if data is not None:
        settings = msgspec.structs.replace(settings, data=data)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with _set_up(), LocalStack(settings, lambda line: console.print(f"[dim]·[/] {line}")) as stack:
        base = stack.settings.base_url
        console.print(f"[bold green]Tallystick is up[/] at {base}")
        console.print(f"  API reference  {base}/docs")
        console.print(f"  GraphQL        {base}/graphql")
        console.print(f"  mails          {stack.mailbox}")
        console.print("  a first key    uv run tally key create --subject admin --role admin")
        console.print("[dim]ctrl-C stops everything[/]")
        if stack.supervisor is not None:
            stack.supervisor.run(stop)
        console.print("[dim]stopping …[/]")
    console.print("stopped; the data are kept")


def demo(
    folder: Annotated[
        Path, typer.Option(help="Where the results go; emptied first.")
    ] = DEFAULT_FOLDER,
    keep: Annotated[bool, typer.Option("--keep", help="Keep everything up afterwards.")] = False,
) -> None:
    """Tell the story of one invoice on a real store and a real chain, and verify all of it."""
    try:
        with _set_up():
            run_demo(folder, console, keep=keep)
    except (StoryError, TimeoutError) as error:
        console.print(f"[bold red]the story went wrong:[/] {error}")
        raise typer.Exit(1) from error
