"""API keys: created for a subject and a role, shown once, revoked by name; rotation of others."""

import hashlib
import secrets
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from domain.apikey.state import IssueApiKey, RevokeApiKey
from domain.kernel.refusal import Refused
from domain.kernel.roles import ROLES, Role
from domain.log.events import LogKeyRotated
from interfaces.cli.stack import NothingRuns, running
from interfaces.outbound.postgres.vault import rewrap
from interfaces.settings import Settings
from interfaces.wiring import gateway_of, log_of, open_gate, ring_of
from interfaces.workers.gateway import Sender
from interfaces.workers.rotation import PURPOSES, Rotation, RotationHeld, World

app = typer.Typer(no_args_is_help=True, help="API keys, and the keys that we sign with.")

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


@app.command()
def rotate(
    purpose: Annotated[str, typer.Argument(help=f"One of {', '.join(PURPOSES)}.")],
    data: Data = None,
) -> None:
    """Put a new key in the place of an old one while everything runs; the old one signs it."""
    if purpose not in PURPOSES:
        raise typer.BadParameter(f"{purpose} is none; choose one of {', '.join(PURPOSES)}")
    try:
        fact = rotated(running(data), purpose)
    except (Refused, NothingRuns, RotationHeld) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{purpose}: {fact.new} has taken the place of {fact.old}")


def rotated(settings: Settings, purpose: str) -> LogKeyRotated:
    """Rotate a key of the stack that is up. Raises RotationHeld, Refused."""
    with (
        closing(log_of(settings)) as log,
        open_gate(settings) as gate,
        gateway_of(settings) as gateway,
    ):

        def balance(account: str) -> int:
            gateway.endow(account)
            return gateway.balance(account)

        world = World(
            balance=balance, rewrap=lambda keys, new: rewrap(settings.database_url, keys, new)
        )
        sender = Sender(gate, "rotation")
        return Rotation(sender, log=log, ring=ring_of(settings), world=world).rotate(purpose)
