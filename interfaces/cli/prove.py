"""Proofs for an auditor: of events, of what an account held, of what never was."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from application.ports.gate import StoreUnavailable
from domain.account.state import account_stream
from domain.integrity.evidence import Evidence
from domain.integrity.exports import Format, NotAnchored, export
from domain.kernel.ids import STREAM
from interfaces.cli.keys import Data
from interfaces.cli.stack import NothingRuns, running
from interfaces.outbound.postgres.completeness import PostgresCompleteness
from interfaces.outbound.postgres.proofs import PostgresProofs
from interfaces.outbound.signer.keyring import checkpoint_signer
from interfaces.settings import Settings
from interfaces.wiring import guard_of, ring_of, witnesses_of

app = typer.Typer(no_args_is_help=True, help="Make proofs that an auditor checks without us.")

Out = Annotated[Path | None, typer.Option(help="The file to write; else it is shown.")]
At = Annotated[
    int | None,
    typer.Option(min=1, help="A position; without it the newest that can be proven."),
]
Kind = Annotated[
    str, typer.Option("--format", help="evidence, chainpoint-v3, chainpoint-v4 or tlog-proof.")
]

_FORMATS: Final[dict[str, Format]] = {
    "evidence": "evidence",
    "chainpoint-v3": "chainpoint-v3",
    "chainpoint-v4": "chainpoint-v4",
    "tlog-proof": "tlog-proof",
}

_evidence: Final = msgspec.json.Decoder(Evidence).decode


class _Nothing(Exception):
    """There is nothing to prove; the text says what is missing."""


@app.command()
def event(
    positions: Annotated[list[int], typer.Argument(help="Which events, by their positions.")],
    kind: Kind = "evidence",
    out: Out = None,
    data: Data = None,
) -> None:
    """Prove that events happened; of several each on a line of its own."""
    wanted = _FORMATS.get(kind)
    if wanted is None:
        raise typer.BadParameter(f"{kind} is no format; choose one of {', '.join(_FORMATS)}")
    if wanted == "tlog-proof" and len(positions) > 1:
        raise typer.BadParameter("a tlog-proof is a file of its own: name one position")

    async def make(proofs: PostgresProofs, _: PostgresCompleteness) -> bytes:
        made = [await _exported(proofs, position, wanted) for position in positions]
        if len(made) == 1:
            return made[0]
        return b"".join(msgspec.json.format(each, indent=-1) + b"\n" for each in made)

    _run(make, out, data)


@app.command()
def account(
    name: Annotated[str, typer.Argument(help="owner/purpose/asset, e.g. pennine/cash/GBP.")],
    at: At = None,
    out: Out = None,
    data: Data = None,
) -> None:
    """Prove what an account held, and that nothing of it was left out."""
    parts = name.split("/", 2)
    if len(parts) != 3:
        raise typer.BadParameter("an account is named owner/purpose/asset")
    stream(account_stream(*parts), at, out, data)


@app.command()
def stream(
    name: Annotated[str, typer.Argument(help="E.g. invoice:FX-INV-23A4F; it need not exist.")],
    at: At = None,
    out: Out = None,
    data: Data = None,
) -> None:
    """Prove which event of a stream was the last, or that there is no such stream."""
    if STREAM.fullmatch(name) is None:
        raise typer.BadParameter(f"{name} cannot be the name of a stream")
    _run(lambda _, completeness: completeness.completeness(name, at), out, data)


async def _exported(proofs: PostgresProofs, position: int, wanted: Format) -> bytes:
    bundle = await proofs.evidence(position)
    if bundle is None:
        raise _Nothing(f"there is no event {position}")
    return bundle if wanted == "evidence" else export(_evidence(bundle), wanted)


Make = Callable[[PostgresProofs, PostgresCompleteness], Awaitable[bytes]]


def _run(make: Make, out: Path | None, data: Path | None) -> None:
    try:
        settings = running(data)
        made = asyncio.run(_made(make, settings))
    except (NothingRuns, NotAnchored, StoreUnavailable, LookupError, _Nothing) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    if out is None:
        typer.echo(made.decode(), nl=not made.endswith(b"\n"))
        return
    out.write_bytes(made)
    typer.echo(f"{len(made)} bytes in {out}; check it with", err=True)
    typer.echo(f"  python3 tools/verify.py {out} --trust TRUST_FILE", err=True)


async def _made(make: Make, settings: Settings) -> bytes:
    async with _provers(settings) as (proofs, completeness):
        return await make(proofs, completeness)


@asynccontextmanager
async def _provers(
    settings: Settings,
) -> AsyncIterator[tuple[PostgresProofs, PostgresCompleteness]]:
    url, log = settings.database_url, settings.log
    signer = checkpoint_signer(ring_of(settings), log)
    witnesses = witnesses_of(settings)
    try:
        async with (
            PostgresProofs(
                url, log=log, signer=signer, guard=guard_of(settings), witnesses=witnesses
            ) as proofs,
            PostgresCompleteness(url, log=log, proofs=proofs) as completeness,
        ):
            yield proofs, completeness
    finally:
        witnesses.close()
