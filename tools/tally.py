"""The entry point of Tallystick: every verb in one place."""

import logging
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from interfaces.cli import backup, chain, keys, prove, reconcile, schema, store
from interfaces.logs import configure
from interfaces.outbound.postgres.migrate import SchemaRefused
from interfaces.settings import BadSetting, read_settings
from interfaces.workers.bootstrap import BootstrapFailed
from tools import verify
from tools.bench.cli import bench
from tools.demo import DEFAULT_FOLDER, run_demo
from tools.soak.chaincli import chainsoak
from tools.soak.cli import soak
from tools.stack import LocalStack
from tools.story.scenes import StoryError
from tools.verifypage import write_page
from tools.witness.cli import witness

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Tallystick: the book of record for tokenised securities.",
)
app.add_typer(keys.app, name="key")
app.add_typer(chain.app, name="chain")
app.add_typer(prove.app, name="prove")
app.command()(store.replay)
app.command()(store.rebuild)
app.command()(store.export)
app.command()(schema.schema)
app.command()(reconcile.reconcile)
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(bench)
app.command()(soak)
app.command()(chainsoak)
app.command(name="verify-page")(write_page)
app.command()(witness)

console = Console()


@app.command()
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
    with LocalStack(settings, lambda line: console.print(f"[dim]·[/] {line}")) as stack:
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


@app.command()
def demo(
    folder: Annotated[
        Path, typer.Option(help="Where the results go; emptied first.")
    ] = DEFAULT_FOLDER,
    keep: Annotated[bool, typer.Option("--keep", help="Keep everything up afterwards.")] = False,
) -> None:
    """Tell the story of one invoice on a real store and a real chain, and verify all of it."""
    try:
        run_demo(folder, console, keep=keep)
    except (StoryError, TimeoutError) as error:
        console.print(f"[bold red]the story went wrong:[/] {error}")
        raise typer.Exit(1) from error


@app.command(
    name="verify",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def verify_command(context: typer.Context) -> None:
    """Verify an evidence bundle or a feed, as `python3 tools/verify.py` does."""
    raise typer.Exit(verify.main(context.args))


def main() -> None:
    """Run a verb; what a person can mend is said in one sentence."""
    try:
        app()
    except (BadSetting, BootstrapFailed, SchemaRefused) as error:
        console.print(f"[bold red]tally:[/] {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
