"""Calls to the chain from the command line: try one again that failed, show what is open."""

import secrets
from typing import Annotated

import typer

from domain.chainwrite.commands import RetryChainWrite
from domain.kernel.refusal import Refused
from interfaces.cli.keys import Data
from interfaces.cli.stack import NothingRuns, running
from interfaces.outbound.postgres.questions import Questions
from interfaces.outbound.postgres.sessions import Session
from interfaces.wiring import open_gate
from interfaces.workers.gateway import Sender
from projections.chain_writes.queries import (
    ChainWriteFilter,
    chain_writes,
    gas_ledger,
    open_chain_writes,
)

app = typer.Typer(no_args_is_help=True, help="Look after calls to the chain.")


@app.command()
def retry(
    write: Annotated[str, typer.Argument(help="The write's name, e.g. mint/FXR-INV-23A4F.")],
    data: Data = None,
) -> None:
    """Have a failed call tried again, with a nonce of its own."""
    try:
        with open_gate(running(data)) as gate:
            command = RetryChainWrite(write=write)
            Sender(gate, "operator").send(command, f"retry {write} {secrets.token_hex(4)}")
    except (Refused, NothingRuns) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{write} is planned anew")


@app.command(name="open")
def show_open(data: Data = None) -> None:
    """List the calls that have not come to their end, and those that failed."""
    questions = _questions(data)
    failed = questions.fetch(chain_writes(ChainWriteFilter(state="FAILED")))
    for row in (*questions.fetch(open_chain_writes()), *failed):
        why = f"  {row.reason}" if row.reason else ""
        typer.echo(f"{row.state:<10} {row.write}  attempt {row.attempts}{why}")


@app.command()
def gas(
    token: Annotated[str | None, typer.Option(help="Only this token's.")] = None,
    data: Data = None,
) -> None:
    """List what mined transactions took, by purpose and token."""
    for row in _questions(data).fetch(gas_ledger(token=token)):
        typer.echo(
            f"{row.purpose:<14} {row.token or '-':<20} {row.transactions:>6} transactions"
            f" {row.gas_used:>12} gas {row.fee:>22} wei"
        )


def _questions(data: Data) -> Questions:
    try:
        return Questions(Session(running(data).database_url, "chain verb"))
    except NothingRuns as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
