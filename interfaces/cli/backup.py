"""Backups: taken from a store in use, and put back whole or not at all."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import msgspec
import psycopg
import typer
from rich.console import Console
from rich.progress import Progress

from application.ports.gate import StoreUnavailable
from domain.integrity.checkpoint import Checkpoint, CheckpointError
from interfaces.cli.keys import Data
from interfaces.cli.stack import NothingRuns, running
from interfaces.outbound.checkpointfile import CheckpointFile
from interfaces.outbound.postgres.archive import ArchiveRefused, Kind, Tick
from interfaces.outbound.postgres.backup import Backup, Taken
from interfaces.outbound.postgres.cluster import PostgresNotStarted
from interfaces.outbound.postgres.fresh import TargetRefused
from interfaces.outbound.postgres.inspection import FaultFound
from interfaces.outbound.postgres.migrate import SchemaRefused
from interfaces.outbound.postgres.restore import Outcome, restore_vault_alone
from interfaces.outbound.postgres.restore import restore as restore_store
from interfaces.outbound.postgres.restoring import Source
from interfaces.outbound.postgres.restoringvault import VaultRestored, VaultSource
from interfaces.outbound.postgres.server import start as start_postgres
from interfaces.outbound.postgres.sessions import describe
from interfaces.outbound.signer.keyring import KeyDamaged
from interfaces.settings import Settings, read_settings
from interfaces.supervisor import stack_file
from interfaces.wiring import KEK, anchor_of, ring_of

REFUSED: Final = (
    ArchiveRefused,
    CheckpointError,
    FaultFound,
    KeyDamaged,
    NothingRuns,
    OSError,
    PostgresNotStarted,
    SchemaRefused,
    StoreUnavailable,
    TargetRefused,
)

console = Console()


@contextmanager
def _told() -> Iterator[None]:
    """Say in one line why nothing was done, and exit 1."""
    try:
        yield
    except REFUSED as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    except psycopg.Error as error:
        # Its text may quote a row.
        typer.echo(f"the database refused: {describe(error)}", err=True)
        raise typer.Exit(1) from error


@contextmanager
def _stage(what: str, total: int) -> Iterator[Tick]:
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda more: progress.advance(task, more)


def backup(
    folder: Annotated[
        Path | None, typer.Argument(help="Where the log goes with all that lies beside it.")
    ] = None,
    vault: Annotated[
        Path | None, typer.Option(help="Where the vault's keys go: another place, other hands.")
    ] = None,
    data: Data = None,
) -> None:
    """Back up the log, or the vault, or both as of one moment; nobody waits meanwhile."""
    wanted: dict[Kind, Path | None] = {"log": folder, "vault": vault}
    folders = {kind: path for kind, path in wanted.items() if path is not None}
    _demand_some(folders)
    with _told():
        settings = running(data)
        # Read first: what is signed while the snapshot is open may be larger than the snapshot.
        trusted = _trusted(settings)
        taken = Backup(settings.database_url, log=settings.log, trusted=trusted, stage=_stage)
        for kind, one in taken.take(folders).items():
            _say_taken(kind, folders[kind], one)


def _demand_some(folders: Mapping[Kind, Path]) -> None:
    if not folders:
        raise typer.BadParameter("name a folder for the log, or --vault, or both")
    places = [path.absolute() for path in folders.values()]
    if len(set(places)) < len(places) or any(
        one in other.parents for one in places for other in places
    ):
        raise typer.BadParameter("log and vault go into folders that lie apart")


def _say_taken(kind: Kind, folder: Path, taken: Taken) -> None:
    manifest = taken.manifest
    console.print(f"{kind}: position {manifest.position}, {manifest.bytes} bytes in {folder}")
    if kind == "log":
        console.print(f"chain  {manifest.chain}", soft_wrap=True)
        console.print(f"root   {manifest.root}", soft_wrap=True)
    console.print(f"manifest SHA-256 {taken.digest}", soft_wrap=True)


def restore(
    folder: Annotated[Path | None, typer.Argument(help="A backup of the log.")] = None,
    vault: Annotated[Path | None, typer.Option(help="A backup of the vault.")] = None,
    switch: Annotated[
        bool, typer.Option("--switch", help="Take the place of a log; that one is kept aside.")
    ] = False,
    data: Data = None,
) -> None:
    """Put backups back into a new database, after looking at every event; all of it or nothing."""
    if folder is None and vault is None:
        raise typer.BadParameter("name a backup of the log, or --vault, or both")
    with _told(), _store(data, in_use=folder is None) as settings:
        source = None if vault is None else _vault_source(settings, vault)
        if folder is not None:
            log = Source(folder=folder, log=settings.log, trusted=_trusted(settings))
            outcome = restore_store(
                settings.database_url, log, vault=source, switch=switch, stage=_stage
            )
            _keep(settings, outcome)
            _say_restored(outcome)
        elif source is not None:
            _say_vault(restore_vault_alone(settings.database_url, source, _stage))


@contextmanager
def _store(data: Path | None, *, in_use: bool) -> Iterator[Settings]:
    """Find the store, or start the local one for as long as it takes."""
    settings = read_settings()
    if data is not None:
        settings = msgspec.structs.replace(settings, data=data)
    if in_use and stack_file(settings.data).is_file():
        yield running(data)
    elif settings.database_url:
        yield settings
    else:
        with start_postgres(settings.data.absolute() / "postgres") as server:
            yield msgspec.structs.replace(settings, database_url=server.url)


def _vault_source(settings: Settings, folder: Path) -> VaultSource:
    # The key ring would make a new one, which opens nothing.
    if not (settings.keys / f"{KEK}.key").is_file():
        raise ArchiveRefused(f"put the installation's keys back first: {settings.keys} lacks {KEK}")
    key = ring_of(settings).key(KEK)
    return VaultSource(folder=folder, log=settings.log, key_encryption_key=key)


def _trusted(settings: Settings) -> tuple[Checkpoint, ...]:
    anchor = anchor_of(settings)
    known = (CheckpointFile(settings.data).read(), anchor() if anchor else None)
    return tuple(checkpoint for checkpoint in known if checkpoint is not None)


def _keep(settings: Settings, outcome: Outcome) -> None:
    """On a new machine, too, nothing may be signed below what was signed."""
    if (note := outcome.log.manifest.checkpoint) is not None:
        CheckpointFile(settings.data).keep(note)


def _say_restored(outcome: Outcome) -> None:
    manifest = outcome.log.manifest
    console.print(f"{manifest.position} events are back and hold together")
    console.print(f"chain  {manifest.chain}", soft_wrap=True)
    console.print(f"root   {manifest.root}", soft_wrap=True)
    for name in outcome.stopped:
        console.print(f"the view {name} stands still; see tally rebuild {name}")
    if outcome.aside is not None:
        console.print(f"what was there before is kept as the database {outcome.aside}")
    if outcome.vault is not None:
        _say_vault(outcome.vault)
    else:
        console.print("the vault is empty: restore it before anybody needs personal data")


def _say_vault(vault: VaultRestored) -> None:
    console.print(f"vault: {vault.living} keys are back, {vault.erased} stay destroyed")
