"""Verbs that look at the store itself: replay, rebuild, export."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import Progress

from application.ports.log import LogReader
from domain.account.state import OUTSIDE, Account, owner_of
from domain.catalogue import aggregate_for
from domain.integrity.chain import extend, genesis
from domain.integrity.merkle import Frontier, leaf_hash
from domain.kernel.event import Recorded
from interfaces.cli.keys import Data
from interfaces.cli.stack import NothingRuns, running
from interfaces.inbound.http.feed.records import writer
from interfaces.outbound.checkpointfile import CheckpointFile
from interfaces.outbound.postgres.feed import PostgresFeed
from interfaces.outbound.postgres.inspection import inspect
from interfaces.outbound.postgres.proofs import PostgresProofs
from interfaces.outbound.postgres.rebuild import Rebuild
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.signer.keyring import checkpoint_signer
from interfaces.settings import Settings
from interfaces.wiring import guard_of, log_of, ring_of, witnesses_of
from projections.registry import VIEWS

BATCH: Final = 1000
WAIT_SECONDS: Final = 1.0

console = Console()


class ReplayFault(Exception):
    """The log does not hold together; the text names the first bad position."""


def events_of(log: LogReader) -> Iterator[Recorded]:
    """Read the whole log in order."""
    position = 0
    while batch := log.read(position, BATCH):
        yield from batch
        position = batch[-1].position


class Replay:
    """Folds the whole log anew: chain, tree, versions, states, books."""

    def __init__(self, log: str) -> None:
        self.frontier = Frontier()
        self.chain = genesis(log)
        self.states: dict[str, Any] = {}
        self.versions: dict[str, int] = {}
        self.position = 0

    def take(self, recorded: Recorded) -> None:
        """Take the next event; raises ReplayFault when it does not follow."""
        if recorded.position != self.position + 1:
            message = f"position {self.position + 1} is missing"
            raise ReplayFault(message)
        self.position = recorded.position
        self.chain = extend(self.position, self.chain, recorded.body)
        if self.chain != recorded.chain:
            message = f"the chain breaks at position {self.position}"
            raise ReplayFault(message)
        stream, version = recorded.stream, recorded.envelope.version
        if version != self.versions.get(stream, 0) + 1:
            message = f"{stream} misses a version before position {self.position}"
            raise ReplayFault(message)
        aggregate = aggregate_for(stream)
        self.versions[stream] = version
        state = self.states.get(stream, aggregate.empty)
        self.states[stream] = aggregate.evolve(state, recorded.fact)
        self.frontier.append(leaf_hash(recorded.chain))

    def accounts(self) -> dict[str, Account]:
        """Tell all accounts by stream."""
        return {
            stream: state
            for stream, state in sorted(self.states.items())
            if isinstance(state, Account)
        }

    def trial_balance(self) -> dict[str, int]:
        """Tell the sum of all balances by asset: nought when the books balance."""
        sums: dict[str, int] = {}
        for stream, account in self.accounts().items():
            asset = stream.rsplit("/", 1)[1]
            sums[asset] = sums.get(asset, 0) + account.balance
            if account.balance < 0 and owner_of(stream) != OUTSIDE:
                message = f"{stream} is negative"
                raise ReplayFault(message)
        return sums


def _settings(data: Path | None) -> Settings:
    try:
        return running(data)
    except NothingRuns as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def replay(data: Data = None) -> None:
    """Fold the whole log anew in memory and say what comes out, or the first bad position."""
    settings = _settings(data)
    _inspect(settings)
    log = log_of(settings)
    replayed = Replay(settings.log)
    with Progress(console=console) as progress:
        task = progress.add_task("replaying", total=log.head().position)
        try:
            for recorded in events_of(log):
                replayed.take(recorded)
                progress.advance(task)
        except ReplayFault as fault:
            typer.echo(str(fault), err=True)
            raise typer.Exit(1) from fault
    log.close()
    console.print(f"{replayed.position} events in {len(replayed.states)} streams")
    console.print(f"chain  {replayed.chain.hex()}")
    console.print(f"root   {replayed.frontier.root().hex()}")
    for asset, total in sorted(replayed.trial_balance().items()):
        console.print(f"books  {asset}: debits {'equal' if not total else 'differ from'} credits")


def _inspect(settings: Settings) -> None:
    """Look through the store first: columns, tiles, and what this node has signed."""
    kept = CheckpointFile(settings.data).read()
    trusted = [] if kept is None else [kept]
    session = Session(settings.database_url, "inspection", statement_seconds=0)
    fault = session.run(lambda connection: inspect(connection, settings.log, trusted))
    session.close()
    if fault is not None:
        typer.echo(f"{fault.kind} at position {fault.position}", err=True)
        raise typer.Exit(1)


def rebuild(
    view: Annotated[str | None, typer.Argument(help="A view's name; all by default.")] = None,
    switch: Annotated[
        bool, typer.Option("--switch", help="Put the rebuilt view in the other's place.")
    ] = False,
    data: Data = None,
) -> None:
    """Build views anew beside the live ones, without dispatching anything, and compare them."""
    settings = _settings(data)
    chosen = [each for each in VIEWS if view is None or each.name == view]
    if not chosen:
        names = ", ".join(each.name for each in VIEWS)
        raise typer.BadParameter(f"{view} is not a view; choose one of {names}")
    session, log = Session(settings.database_url, "rebuild", statement_seconds=0), log_of(settings)
    differing = 0
    for each in chosen:
        job = Rebuild(each, session, log)
        if switch:
            job.switch()
            console.print(f"{each.name}: rebuilt and in use")
            continue
        tables = job.compare()
        differing += len(tables)
        console.print(
            f"{each.name}: {'equal' if not tables else 'differs in ' + ', '.join(tables)}"
        )
    session.close()
    log.close()
    if differing:
        raise typer.Exit(1)


def export(
    folder: Annotated[Path, typer.Argument(help="Where the files go; made when missing.")],
    data: Data = None,
) -> None:
    """Leave the whole feed, trust file and checkpoint in a folder, ready for an auditor."""
    settings = _settings(data)
    folder.mkdir(parents=True, exist_ok=True)
    size = asyncio.run(_export(folder, settings))
    console.print(f"{size} events in {folder}; check them with")
    console.print(
        f"  python3 tools/verify.py {folder}/feed.ndjson --trust {folder}/trust.json"
        f" --checkpoint {folder}/checkpoint",
        soft_wrap=True,
    )


async def _export(folder: Path, settings: Settings) -> int:
    signer = checkpoint_signer(ring_of(settings), settings.log)
    url = settings.database_url
    guard = guard_of(settings)
    witnesses = witnesses_of(settings)
    async with PostgresProofs(
        url, log=settings.log, signer=signer, guard=guard, witnesses=witnesses
    ) as proofs:
        checkpoint = await proofs.checkpoint()
        (folder / "checkpoint").write_text(checkpoint)
        (folder / "trust.json").write_bytes(await proofs.trust())
    witnesses.close()
    size = int(checkpoint.split("\n")[1])
    write, after = writer("auditor", proof=False), 0
    with (folder / "feed.ndjson").open("wb") as file, Progress(console=console) as progress:
        task = progress.add_task("exporting", total=size)
        async with PostgresFeed(url, log=settings.log) as feed:
            while after < size:
                # The feed shows what its changes are derived for: the last ones come in a moment.
                await feed.wait(after, WAIT_SECONDS)
                for entry in await feed.entries(after, min(BATCH, size - after)):
                    file.write(write(entry) + b"\n")
                    after = entry.position
                progress.update(task, completed=after)
    return size
