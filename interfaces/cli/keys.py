"""API keys: created for a subject and a role, shown once, revoked by name."""

import hashlib
import secrets
from pathlib import Path
from typing import Annotated

import typer

from domain.apikey.state import IssueApiKey, RevokeApiKey
from domain.kernel.refusal import Refused
from domain.kernel.roles import ROLES, Role
from interfaces.cli.stack import NothingRuns, running
from interfaces.settings import Settings
from interfaces.wiring import open_gate
from interfaces.workers.gateway import Sender

app = typer.Typer(no_args_is_help=True, help="Create or revoke API keys.")

Data = Annotated[Path | None, typer.Option(help="Folder of run-time data.")]


def new_key(settings: Settings, subject: str, role: Role) -> tuple[str, str]:
    """Issue a key; returns its public name and its secret. Raises Refused."""
    name, secret = f"{subject}-{secrets.token_hex(4)}", f"tally_{secrets.token_urlsafe(32)}"
    digest = hashlib.sha256(secret.encode()).hexdigest()
    command = IssueApiKey(key=name, subject=subject, role=role, digest=digest)
    with open_gate(settings) as gate:
        Sender(gate, "keys").send(command, f"issue {name}")
    return name, secret


@app.command()
def create(
    subject: Annotated[str, typer.Option(help="Whom the key acts for, e.g. admin.")],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")],
    data: Data = None,
) -> None:
    """Create a key; its secret is printed once and kept nowhere."""
    if role not in ROLES:
        raise typer.BadParameter(f"{role} is not a role; choose one of {', '.join(ROLES)}")
    try:
        name, secret = new_key(running(data), subject, role)
    except (Refused, NothingRuns) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(secret)
    typer.echo(f"key {name} acts for {subject} as {role}; this secret is not shown again", err=True)


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="The key's public name, e.g. admin-1a2b3c4d.")],
    data: Data = None,
) -> None:
    """Revoke a key by its public name."""
    try:
        with open_gate(running(data)) as gate:
            Sender(gate, "keys").send(RevokeApiKey(key=name), f"revoke {name}")
    except (Refused, NothingRuns) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"key {name} opens nothing any more")
