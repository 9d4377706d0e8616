"""Subjects from the command line: what is held on one, as its portal or compliance gets it."""

import os
from pathlib import Path
from typing import Annotated, Final

import httpx
import typer

from interfaces.cli.stack import NothingRuns, running

app = typer.Typer(no_args_is_help=True, help="Subjects.")

KEY: Final = "TALLYSTICK_API_KEY"
SECONDS: Final = 120.0


@app.callback()
def _subjects() -> None:
    """Subjects."""


@app.command()
def export(
    subject: Annotated[str, typer.Argument(help="Whose, e.g. acme.")],
    out: Annotated[Path, typer.Option(help="The zip file to write.")],
    data: Annotated[Path | None, typer.Option(help="Folder of run-time data.")] = None,
) -> None:
    """Export all that is held on a subject; the API key is read from TALLYSTICK_API_KEY."""
    key = os.environ.get(KEY)
    if not key:
        typer.echo(f"set {KEY} to a key of the subject, or of compliance", err=True)
        raise typer.Exit(2)
    try:
        base = running(data).base_url
        answer = httpx.get(
            f"{base}/api/v1/subjects/{subject}/export",
            headers={"Authorization": f"Bearer {key}"},
            timeout=SECONDS,
        )
    except (NothingRuns, httpx.TransportError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    if answer.status_code != httpx.codes.OK:
        typer.echo(answer.json().get("detail", f"status {answer.status_code}"), err=True)
        raise typer.Exit(1)
    out.touch(mode=0o600)
    out.write_bytes(answer.content)
    typer.echo(f"{len(answer.content)} bytes in {out}")
