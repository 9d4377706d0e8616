"""API keys: created for a subject and a role, shown once, revoked by name; rotation of others."""

import hashlib
import secrets
import time
from contextlib import closing
from pathlib import Path
from typing import Annotated, Final

import typer

from domain.apikey.state import IssueApiKey, RevokeApiKey
from domain.chainwrite.calls import TOKEN_AGENT
from domain.kernel.refusal import Refused
from domain.kernel.roles import ROLES, Role
from domain.log.events import LogKeyRotated
from interfaces.cli.stack import NothingRuns, running
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.questions import Questions
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.vault import rewrap
from interfaces.settings import Settings
from interfaces.wiring import gateway_of, log_of, open_gate, ring_of
from interfaces.workers.gateway import Sender
from interfaces.workers.rotation import PURPOSES, Chain, Rotation, RotationHeld, World
from projections.chain_writes.project import VIEW as CHAIN_WRITES
from projections.chain_writes.queries import names_of_purpose, open_chain_writes

VIEW_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.1

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
        closing(Session(settings.database_url, "rotation")) as session,
        open_gate(settings) as gate,
        gateway_of(settings) as gateway,
    ):

        def balance(account: str) -> int:
            gateway.endow(account)
            return gateway.balance(account)

        world = World(
            balance=balance,
            chain=_chain_of(log, Questions(session), gateway),
            rewrap=lambda keys, new: rewrap(settings.database_url, keys, new),
        )
        sender = Sender(gate, "rotation")
        return Rotation(sender, log=log, ring=ring_of(settings), world=world).rotate(purpose)


def _chain_of(log: PostgresLog, questions: Questions, gateway: EvmGateway) -> Chain:
    """Tell what there is to hand over from the view of chain writes, and ask contracts."""

    def await_view(position: int) -> None:
        until = time.monotonic() + VIEW_SECONDS
        while questions.reached(CHAIN_WRITES) < position:
            if time.monotonic() > until:
                message = f"the view of chain writes is behind {position}: run this again"
                raise RotationHeld(message)
            log.wait(log.head().position, LOOK_SECONDS)

    def written(purpose: str, position: int) -> list[str]:
        await_view(position)
        return [row.write for row in questions.fetch(names_of_purpose(purpose))]

    def unfinished(position: int) -> list[str]:
        await_view(position)
        rows = questions.fetch(open_chain_writes(signer=TOKEN_AGENT))
        return [row.write for row in rows if row.position <= position]

    return Chain(ask=lambda call: gateway.call(call)[0], written=written, unfinished=unfinished)
