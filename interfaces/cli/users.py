"""Users from the command line: the first ones, before anybody can sign in to register others."""

import asyncio
import secrets
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from application.ports.access import Login
from domain.kernel.calendar import later
from domain.kernel.refusal import Refused
from domain.kernel.roles import ROLES, Role
from domain.mail.commands import RequestMail
from domain.user.commands import RegisterUser
from interfaces.cli.stack import NothingRuns, running
from interfaces.inbound.http.access.accounts import ADDRESS_PLACE
from interfaces.inbound.http.access.links import INVITE_SECONDS, PasswordLink, present_of
from interfaces.inbound.http.access.signing import plain_login
from interfaces.outbound.postgres.access import PostgresAccess
from interfaces.settings import Settings
from interfaces.wiring import clock_of, links_of, open_gate, secrets_of, vault_of
from interfaces.workers.gateway import Sender

app = typer.Typer(no_args_is_help=True, help="Who signs in.")


class LoginTaken(Exception):
    """Somebody signs in under this address already."""


def new_user(settings: Settings, subject: str, roles: tuple[Role, ...], address: str) -> str:
    """Register a user and have the invitation mailed; returns its link.

    Raises Refused, LoginTaken.
    """
    user, keys, vault = "u" + secrets.token_hex(8), secrets_of(settings), vault_of(settings)
    box = vault.seal(subject, f"user:{user}", ADDRESS_PLACE, "/address", address)
    vault.close()
    login = Login(user_id=user, subject=subject, roles=roles, address=box)
    expires_at = later(clock_of(settings).now(), INVITE_SECONDS)
    nonce = secrets.token_hex(8)
    link = PasswordLink("invite", user, nonce, expires_at, present_of(keys, login))
    mail = RequestMail(
        template="A1",
        recipient=user,
        reference=nonce,
        fields={"link": link.name, "expires": expires_at},
    )
    asyncio.run(_keep(settings, login, keys.mac("login", plain_login(address))))
    try:
        with open_gate(settings) as gate:
            sender = Sender(gate, "users")
            sender.send(RegisterUser(user=user, subject=subject, roles=roles), f"register {user}")
            sender.send(mail, f"invite {nonce}")
    except Refused:
        asyncio.run(_drop(settings, user))
        raise
    token = links_of(settings).token(link.name, expires_at)
    return f"{settings.base_url}/password?token={token}"


async def _keep(settings: Settings, login: Login, name: str) -> None:
    async with PostgresAccess(settings.database_url) as store:
        if not await store.add_login(login, name):
            message = "somebody signs in under this address already"
            raise LoginTaken(message)


async def _drop(settings: Settings, user: str) -> None:
    async with PostgresAccess(settings.database_url) as store:
        await store.drop_login(user)


@app.command()
def create(
    subject: Annotated[str, typer.Option(help="Whom the user acts for, e.g. acme.")],
    role: Annotated[list[str], typer.Option(help="A role of the subject; may be said again.")],
    login: Annotated[str, typer.Option(help="The e-mail address to sign in with.")],
    data: Annotated[Path | None, typer.Option(help="Folder of run-time data.")] = None,
) -> None:
    """Let somebody sign in for a subject; prints the link on which a password is chosen."""
    wrong = [name for name in role if name not in get_args(Role)]
    if wrong or login.count("@") != 1:
        named = f"{wrong[0]} is not a role: {', '.join(ROLES)}" if wrong else "no e-mail address"
        raise typer.BadParameter(named)
    try:
        link = new_user(running(data), subject, cast("tuple[Role, ...]", tuple(role)), login)
    except (Refused, NothingRuns, LoginTaken) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(link)
    typer.echo("the link is mailed, too; it works once, for a week", err=True)
