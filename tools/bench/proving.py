"""`proof`: how fast a long log proves itself, and how fast an auditor believes it.

Proofs are made as the doors make them, from tiles in Postgres that its machine has in memory; each
is checked, outside the time that is taken. "Cold" is a process that remembers no tile at all.
"""

import asyncio
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from domain.integrity import evidence as documents
from domain.integrity.checkpoint import parse_checkpoint, parse_verifier_key
from domain.integrity.merkle import leaf_hash, verify_consistency, verify_inclusion
from domain.integrity.tilememory import TileMemory
from interfaces.outbound.checkpointfile import CheckpointFile
from interfaces.outbound.postgres.guard import LogGuard
from interfaces.outbound.postgres.proofs import PostgresProofs
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.streammaps import StreamMapKeeper
from interfaces.outbound.postgres.tree import TreeKeeper
from interfaces.outbound.signer.keyring import Ed25519Signer
from interfaces.workers.anchorbuilding import Agreed, AnchorBuilder
from tools import verify
from tools.bench.append import MANY, load, writing
from tools.bench.figures import Figure, Floor, Run, figure, percentile
from tools.bench.node import Load
from tools.bench.prepared import LOG
from tools.bench.scaling import head, long_log
from tools.bench.stage import Stage

BENCH: Final = "proof"
SIGNER: Final = Ed25519Signer(bytes(range(32)), name=LOG)
SEED: Final = 11
PAUSE_SECONDS: Final = 0.05
VERIFIED_AT_LEAST: Final = 2_000
"""Bundles are judged again and again until it were as many: a verdict is short."""
_WARM: Final = "SELECT sum(bit_count(hashes)) FROM tiles"
"""Reads every tile, so that none comes from the disk: 340 MB at ten million events."""


class ProofWrong(Exception):
    """A proof of the benchmark does not hold; its figure would mean nothing."""


def proving(stage: Stage) -> list[Figure]:
    """Measure proofs on the long log, checkpoints while it grows, and the auditor's program."""
    url = long_log(stage)
    session = Session(url, "bench proofs")
    keeper = TreeKeeper(session)
    keeper.catch_up(head(url))
    session.run(lambda connection: connection.execute(_WARM))
    stage.settle()
    size = stage.sizes.scale_events
    figures = [*inclusion(stage, session, size), *consistency(stage, session, size)]
    figures.append(anchors(stage, session, size))
    session.close()
    with stage.scratch() as folder:
        figures.append(checkpoints(stage, url, folder))
        figures.append(verifying(stage, url, folder))
    return figures


def inclusion(stage: Stage, session: Session, size: int) -> list[Figure]:
    """Prove events anywhere, with tiles remembered and without."""
    draw = random.Random(SEED)  # noqa: S311 - which questions, not a secret
    warm = TreeKeeper(session, TileMemory())
    root = warm.root(size)

    def run(count: int, tree: TreeKeeper | None = None) -> Run:
        waits = []
        for _ in range(count):
            index = draw.randrange(size)
            tree = tree if tree is warm else TreeKeeper(session, TileMemory())
            begin = time.perf_counter()
            path = tree.inclusion(index, size)
            waits.append((time.perf_counter() - begin) * 1000)
            leaf = leaf_hash(tree.chain(index + 1))
            place = {"index": index, "size": size, "leaf": leaf}
            if not verify_inclusion(**place, path=path, expected_root=root):  # type: ignore[arg-type]
                raise ProofWrong(f"leaf {index} of {size}")
        return Run(percentile(waits))

    questions = stage.sizes.questions
    run(questions, warm)
    runs = range(stage.sizes.runs)
    case = f"inclusion, {size:,} events"
    warmed = [run(4 * questions, warm) for _ in runs]
    chilled = [run(questions) for _ in runs]
    return [
        figure(BENCH, f"{case}, p99", "ms", warmed, floor=Floor(value=1)),
        figure(BENCH, f"{case}, cold, p99", "ms", chilled),
    ]


def consistency(stage: Stage, session: Session, size: int) -> list[Figure]:
    """Prove that one size extends another, any two of them."""
    draw = random.Random(SEED)  # noqa: S311 - which questions, not a secret

    def run() -> Run:
        waits = []
        for _ in range(stage.sizes.questions):
            tree = TreeKeeper(session, TileMemory())
            old, new = sorted(draw.sample(range(1, size + 1), 2))
            begin = time.perf_counter()
            path = tree.consistency(old, new)
            waits.append((time.perf_counter() - begin) * 1000)
            roots = {"old_root": tree.root(old), "new_root": tree.root(new)}
            if not verify_consistency(old=old, new=new, **roots, path=path):
                raise ProofWrong(f"{old} and {new}")
        return Run(percentile(waits))

    run()
    case = f"consistency, any two sizes to {size:,}, p99"
    return [figure(BENCH, case, "ms", [run() for _ in range(stage.sizes.runs)])]


def anchors(stage: Stage, session: Session, size: int) -> Figure:
    """Build anchors one after the other: stream map, root, second opinion, proof.

    What goes before the first one, as after a restart, is not timed; nor what the worker writes
    down for its next restart once the anchor is on its way.
    """
    step, runs = stage.sizes.small_events, stage.sizes.runs
    tree = TreeKeeper(session)
    builder = AnchorBuilder(tree, StreamMapKeeper(session))
    base = size - runs * step
    stage.tell(f"{BENCH}: the stream map is built")
    builder.commitment(base)
    builder.build(base, base=0, agreed=Agreed(base, tree.root(base)))
    taken = []
    for _ in range(runs):
        begin = time.perf_counter()
        builder.commitment(base + step)
        builder.build(base + step, base=base, agreed=None)
        taken.append(Run(time.perf_counter() - begin))
        builder.keep()
        base += step
    case = f"anchor of {step:,} events built, at {size:,}"
    return figure(BENCH, case, "s", taken, floor=Floor(value=1))


def checkpoints(stage: Stage, url: str, folder: Path) -> Figure:
    """Ask for a checkpoint of what was just committed, while 256 clients append."""
    guard = LogGuard(url, log=LOG, file=CheckpointFile(folder))

    async def ask(goes_on: Callable[[], bool]) -> list[float]:
        waits = []
        async with PostgresProofs(url, log=LOG, signer=SIGNER, guard=guard) as proofs:
            while goes_on():
                committed = await asyncio.to_thread(head, url)
                begin = time.perf_counter()
                note = await proofs.checkpoint()
                waits.append((time.perf_counter() - begin) * 1000)
                if parse_checkpoint(note).checkpoint.size < committed:
                    raise ProofWrong(f"the checkpoint does not cover {committed}")
                await asyncio.sleep(PAUSE_SECONDS)
        return waits

    runs = []
    with (
        writing(stage, url, f"proof-{head(url)}", clients=MANY) as nodes,
        ThreadPoolExecutor(1) as beside,
    ):
        for _ in range(stage.sizes.runs):
            sending = beside.submit(load, nodes, Load(seconds=stage.sizes.seconds))
            waits = asyncio.run(ask(lambda: not sending.done()))  # noqa: B023 - used up in the turn
            [sent] = sending.result()
            runs.append(Run(max(waits, default=0.0), sent.p99_ms))
    case = f"checkpoint on request while {MANY} clients append, longest"
    return figure(BENCH, case, "ms", [Run(run.value) for run in runs], floor=Floor(value=1000))


def verifying(stage: Stage, url: str, folder: Path) -> Figure:
    """Judge bundles of one checkpoint with the auditor's program, its signature checked once."""
    bundles, trust = asyncio.run(_bundles(stage, url))
    (folder / "trust.json").write_text(trust)
    runs = []
    for _ in range(stage.sizes.runs):
        judge = verify.Judge(verify.read_trust(trust))
        judge.bundle(bundles[0])
        rounds = 1 + VERIFIED_AT_LEAST // len(bundles)
        begin = time.perf_counter()
        for _ in range(rounds):
            for bundle in bundles:
                judge.bundle(bundle)
        seconds = time.perf_counter() - begin
        runs.append(Run(seconds / rounds / len(bundles) * 1_000_000))
    case = f"Python verifier, one bundle of a checkpoint of {stage.sizes.scale_events:,}"
    return figure(BENCH, case, "µs", runs, floor=Floor(value=100))


async def _bundles(stage: Stage, url: str) -> tuple[list[str], str]:
    draw = random.Random(SEED)  # noqa: S311 - which questions, not a secret
    size = stage.sizes.scale_events
    found = []
    async with PostgresProofs(url, log=LOG, signer=SIGNER) as proofs:
        for _ in range(stage.sizes.questions):
            bundle = await proofs.evidence(1 + draw.randrange(size))
            if bundle is not None:
                found.append(bundle.decode())
    trust = documents.trust(
        log=LOG,
        keys=[parse_verifier_key(SIGNER.verifier_key)],
        chain_id=31337,
        registry="0x" + "e1" * 20,
        owner="0x" + "e2" * 20,
    )
    return found, documents.document(trust).decode()
