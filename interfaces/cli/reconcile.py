"""The verb `tally reconcile`: compare books and chain now, or verify a signed statement."""

import secrets
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from rich.console import Console
from rich.table import Table

from domain.integrity.checkpoint import CheckpointError, VerifierKey, parse_verifier_key
from domain.kernel.refusal import Refused
from domain.reconciliation.commands import RequestReconciliation
from domain.reconciliation.compare import Break
from domain.reconciliation.statement import StatementFault, check_statement
from interfaces.cli.keys import Data
from interfaces.cli.stack import NothingRuns, running
from interfaces.outbound.postgres.documents import PostgresDocuments
from interfaces.outbound.postgres.questions import Questions
from interfaces.outbound.postgres.sessions import Session
from interfaces.settings import Settings
from interfaces.wiring import open_gate
from interfaces.workers.gateway import Sender
from projections.reconciliations.queries import (
    ReconciledTokenRow,
    ReconciliationRow,
    reconciliations,
    tokens_on_chain,
)
from projections.select import ROWS_MAX

WAIT_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.1

BREAKS: Final = 1
USAGE: Final = 2
NO_ANSWER: Final = 3
UNTRUSTED: Final = 4

console = Console()


class Trust(msgspec.Struct, frozen=True):
    """What is needed of a trust file (FORMATS 6)."""

    log: str
    keys: tuple[str, ...]


def reconcile(
    token: Annotated[str | None, typer.Option(help="One token; all by default.")] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where the signed statements go; made when missing.")
    ] = None,
    verify: Annotated[
        Path | None, typer.Option(help="Verify this statement instead, offline.")
    ] = None,
    trust: Annotated[Path | None, typer.Option(help="The trust file for --verify.")] = None,
    data: Data = None,
) -> None:
    """Compare books and chain now and sign the result; exit 1 when they differ."""
    if verify is not None:
        raise typer.Exit(verify_file(verify, trust))
    try:
        settings = running(data)
        found = stated(settings, token)
    except (NothingRuns, Refused, TimeoutError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(NO_ANSWER if isinstance(error, TimeoutError) else BREAKS) from error
    if folder is not None:
        leave(settings, found, folder)
    show(found)
    if any(not row.agrees for row in found):
        raise typer.Exit(BREAKS)


def stated(settings: Settings, token: str | None) -> list[ReconciliationRow]:
    """Ask for statements and wait for them. Raises Refused, TimeoutError."""
    with closing(Session(settings.database_url, "reconcile")) as session:
        questions = Questions(session)
        names = [token] if token is not None else [row.token for row in _all(questions)]
        with open_gate(settings) as gate:
            sender, nonce = Sender(gate, "reconcile"), secrets.token_hex(8)
            wanted = {
                name: sender.send(
                    RequestReconciliation(token=name, reason="tally reconcile"), f"{name}/{nonce}"
                ).position
                for name in names
            }
        return [_await(questions, name, position) for name, position in wanted.items()]


def _all(questions: Questions) -> list[ReconciledTokenRow]:
    found: list[ReconciledTokenRow] = []
    while page := questions.fetch(tokens_on_chain(after=found[-1].token if found else None)):
        found.extend(page)
        if len(page) < ROWS_MAX:
            break
    return found


def _await(questions: Questions, token: str, position: int) -> ReconciliationRow:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        row = questions.one(reconciliations(token=token))
        if row is not None and row.as_of >= position:
            return row
        if time.monotonic() > deadline:
            message = f"{token} was not compared in {WAIT_SECONDS:.0f} s; does `chain` run?"
            raise TimeoutError(message)
        time.sleep(LOOK_SECONDS)


def leave(settings: Settings, found: list[ReconciliationRow], folder: Path) -> None:
    """Write the signed statements into a folder, by token."""
    folder.mkdir(parents=True, exist_ok=True)
    documents = PostgresDocuments(settings.database_url)
    for row in found:
        content = documents.get(row.statement)
        if content is not None:
            (folder / f"{row.token}.txt").write_bytes(content)
    documents.close()


def show(found: list[ReconciliationRow], say: Callable[[object], None] = console.print) -> None:
    """Print what was stated, and each break."""
    if not found:
        say("no token stands on the chain")
        return
    table = Table(title="Books and chain", title_justify="left", header_style="bold")
    for column in ("token", "as of position", "block", "wallets", "in transit", "result"):
        table.add_column(column)
    for row in found:
        result = "[green]agree[/]" if row.agrees else f"[bold red]{row.break_count} breaks[/]"
        numbers = (row.as_of, row.block, row.wallets, row.in_transit)
        table.add_row(row.token, *(f"{number:,}" for number in numbers), result)
    say(table)
    for row in found:
        for each in msgspec.convert(row.breaks, list[Break]):
            what = each.wallet if each.holder is None else f"{each.holder} ({each.wallet})"
            say(
                f"  {row.token}: {each.kind} of {what or 'the token'}:"
                f" books {each.book}, chain {each.chain}"
            )


def verify_file(
    statement: Path, trust: Path | None, *, say: Callable[[str], None] = typer.echo
) -> int:
    """Verify a statement offline; prints one code word and tells the exit status."""
    try:
        text = statement.read_text()
        log, keys = _trusted(trust)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError, CheckpointError) as error:
        typer.echo(f"cannot read: {error}", err=True)
        return USAGE
    said, fault = check_statement(text, log=log, keys=keys, verify=_is_signature)
    if trust is None and said is not None and fault is StatementFault.SIGNATURE:
        say("untrusted: it holds together, but who signed it takes --trust")
        return UNTRUSTED
    if fault is not None or said is None:
        say(fault.value if fault is not None else "malformed")
        return BREAKS
    say(f"ok: {said.token} {said.result} as of position {said.position} and block {said.block}")
    return 0


def _trusted(trust: Path | None) -> tuple[str | None, list[VerifierKey]]:
    if trust is None:
        return None, []
    found = msgspec.json.decode(trust.read_bytes(), type=Trust)
    return found.log, [parse_verifier_key(key) for key in found.keys]


def _is_signature(public_key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True
