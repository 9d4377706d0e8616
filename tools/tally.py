"""The entry point of Tallystick: every verb in one place, and loaded only when it is asked for."""

import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Final

import typer
from rich.console import Console

from interfaces.outbound.postgres.migrate import SchemaRefused
from interfaces.settings import BadSetting
from tools import verify

GROUPS: Final = {
    "key": "interfaces.cli.keys",
    "user": "interfaces.cli.users",
    "chain": "interfaces.cli.chain",
    "prove": "interfaces.cli.prove",
    "subject": "interfaces.cli.subjects",
}
"""Modules whose ``app`` holds more verbs."""
VERBS: Final = {
    "serve": "tools.serving",
    "demo": "tools.serving",
    "replay": "interfaces.cli.store",
    "rebuild": "interfaces.cli.store",
    "export": "interfaces.cli.store",
    "schema": "interfaces.cli.schema",
    "reconcile": "interfaces.cli.reconcile",
    "backup": "interfaces.cli.backup",
    "restore": "interfaces.cli.backup",
    "bench": "tools.bench.cli",
    "soak": "tools.soak.cli",
    "chainsoak": "tools.soak.chaincli",
    "verify-page": "tools.verifypage",
    "witness": "tools.witness.cli",
}
"""Modules that hold the function of a verb."""
FUNCTIONS: Final = {"verify-page": "write_page"}
"""Functions that are not called as their verb is."""

console = Console()


def assembled(names: Iterable[str] = (*GROUPS, *VERBS)) -> typer.Typer:
    """Put the command together of these verbs; what the others need is not loaded."""
    app = typer.Typer(no_args_is_help=True, add_completion=False)
    app.callback()(_tallystick)
    for name in names:
        if name in GROUPS:
            app.add_typer(import_module(GROUPS[name]).app, name=name)
        else:
            function = getattr(import_module(VERBS[name]), FUNCTIONS.get(name, name))
            app.command(name=name)(function)
    app.command(
        name="verify",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
        add_help_option=False,
    )(_verify)
    return app


def _tallystick() -> None:
    """Tallystick: the book of record for tokenised securities."""


def _verify(context: typer.Context) -> None:
    """Verify an evidence bundle or a feed, as `python3 tools/verify.py` does."""
    raise typer.Exit(verify.main(context.args))


def main() -> None:
    """Run a verb; what a person can mend is said in one sentence."""
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    if asked == "verify":
        app = assembled(())
    elif asked in GROUPS or asked in VERBS:
        app = assembled((asked,))
    else:
        app = assembled()
    try:
        app()
    except (BadSetting, SchemaRefused) as error:
        console.print(f"[bold red]tally:[/] {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
