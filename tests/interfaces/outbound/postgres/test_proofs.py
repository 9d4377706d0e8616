"""Evidence from a real store, judged by the auditor's own program and a second library."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from application.ports.gate import Request, StoreUnavailable
from domain.anchor.commands import ConfirmAnchor, PlanAnchor
from domain.integrity import merkle
from domain.integrity.checkpoint import parse_checkpoint
from domain.integrity.merkle import leaf_hash
from domain.integrity.second_opinion import agrees_with_merkletools
from domain.integrity.streammap import StreamEnd
from interfaces.outbound.postgres.checkpoints import CheckpointBehind, Checkpoints
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.proofs import PostgresProofs
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.tree import TreeKeeper
from interfaces.outbound.postgres.views import fold_all, prepared
from interfaces.outbound.signer.keyring import Ed25519Signer
from projections.anchors.project import VIEW as ANCHORS
from tests.conformance.script import LOG, FixedClock, create, opening, request

pytestmark = pytest.mark.postgres

SIZE = 600
SIGNER = Ed25519Signer(bytes(range(32)), name=LOG)
VERIFIER = Path(__file__).parents[4] / "tools" / "verify.py"
Answer = dict[str, Any]


def signed_opening() -> Request:
    asked = opening()
    command = msgspec.structs.replace(asked.command, keys=(SIGNER.verifier_key,))
    return msgspec.structs.replace(asked, command=command)


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    session = Session(database, "test")
    yield session
    session.close()


@pytest.fixture
def gate(database: str) -> Iterator[SyncGate]:
    with SyncGate(database, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(signed_opening())
        yield gate


@pytest.fixture
def grown(gate: SyncGate, reader: PostgresLog) -> list[bytes]:
    """Grow the log over several tiles and give its chain values."""
    for number in range(SIZE - 1):
        gate.dispatch(create(f"s{number}"))
    return [event.chain for event in reader.read(0, SIZE)]


@pytest.fixture
def judge(tmp_path: Path) -> Callable[..., Answer]:
    """Ask the auditor's program about files with these contents."""

    def ask(judged: bytes, trust: bytes, *, checkpoint: str | None = None) -> Answer:
        (tmp_path / "judged").write_bytes(judged)
        (tmp_path / "trust").write_bytes(trust)
        command = [sys.executable, str(VERIFIER), str(tmp_path / "judged"), "--json"]
        command += ["--trust", str(tmp_path / "trust")]
        if checkpoint is not None:
            (tmp_path / "checkpoint").write_text(checkpoint)
            command += ["--checkpoint", str(tmp_path / "checkpoint")]
        done = subprocess.run(command, capture_output=True, check=False, text=True)
        answer: Answer = json.loads(done.stdout)
        return answer

    return ask


async def test_the_tree_is_the_same_with_and_without_tiles(
    grown: list[bytes], session: Session, admin: psycopg.Connection
) -> None:
    """Roots, paths and tiles at every kind of size; a lost tile is computed again."""
    leaves = [leaf_hash(chain) for chain in grown]
    tree = TreeKeeper(session)
    for state in ("no tiles", "tiles", "a tile lost"):
        if state == "tiles":
            assert tree.step() == 512
            assert tree.step() == 0
            assert TreeKeeper(session).step() == 0
        if state == "a tile lost":
            admin.execute("DELETE FROM tiles WHERE index = 0")
        for size in (1, 2, 255, 256, 257, 511, 512, 513, SIZE):
            assert tree.root(size) == merkle.root(leaves[:size]), state
            assert agrees_with_merkletools(leaves[:size], tree.root(size))
            assert tree.chain(size) == grown[size - 1]
            path = tree.inclusion(size // 2, size)
            assert merkle.verify_inclusion(
                index=size // 2,
                size=size,
                leaf=leaves[size // 2],
                path=path,
                expected_root=tree.root(size),
            )
            old = size // 3
            assert merkle.verify_consistency(
                old=old,
                new=size,
                old_root=tree.root(old) if old else merkle.EMPTY_ROOT,
                new_root=tree.root(size),
                path=tree.consistency(old, size),
            )
        assert tree.tile(0, 1, SIZE) == b"".join(leaves[256:512])
        assert tree.tile(0, 2, SIZE) == b"".join(leaves[512:])
    assert list(tree.leaves(SIZE)) == grown
    with pytest.raises(LookupError):
        tree.chain(SIZE + 1)
    with pytest.raises(LookupError):
        tree.catch_up(SIZE + 1)
    tree.catch_up(SIZE)


def test_stream_ends_are_those_of_any_size(
    gate: SyncGate, session: Session, reader: PostgresLog
) -> None:
    for number in range(3):
        gate.dispatch(create(f"s{number}"))
    tree = TreeKeeper(session)
    for size in range(1, 5):
        ends: dict[str, StreamEnd] = {}
        for event in reader.read(0, size):
            end = StreamEnd(event.stream, event.envelope.version, event.chain)
            ends[event.stream] = end
        assert sorted(tree.stream_ends(size), key=lambda end: end.stream) == sorted(
            ends.values(), key=lambda end: end.stream
        )


async def test_the_auditor_believes_our_evidence(
    grown: list[bytes], database: str, judge: Callable[..., Answer]
) -> None:
    async with PostgresProofs(database, log=LOG, signer=SIGNER) as proofs:
        trust = await proofs.trust()
        for position in (1, 2, 256, 257, SIZE):
            bundle = await proofs.evidence(position)
            assert bundle is not None
            assert judge(bundle, trust)["code"] == "ok"
            forged = bundle.replace(b"GB", b"FR")
            assert position == 1 or judge(forged, trust)["code"] == "chain_mismatch"
        assert await proofs.evidence(0) is None
        assert await proofs.evidence(SIZE + 1) is None


async def test_the_auditor_believes_the_whole_log(
    grown: list[bytes], database: str, reader: PostgresLog, judge: Callable[..., Answer]
) -> None:
    records = [
        json.dumps(
            {"position": event.position, "body": event.body.decode(), "chain": event.chain.hex()}
        )
        for event in reader.read(0, SIZE)
    ]
    async with PostgresProofs(database, log=LOG, signer=SIGNER) as proofs:
        trust, checkpoint = await proofs.trust(), await proofs.checkpoint()
        whole = "\n".join(records).encode() + b"\n"
        assert judge(whole, trust, checkpoint=checkpoint)["code"] == "ok"
        short = "\n".join(records[:-1]).encode() + b"\n"
        assert judge(short, trust, checkpoint=checkpoint)["code"] == "tail_missing"


async def test_evidence_stands_under_the_first_anchor_that_covers_it(
    gate: SyncGate,
    database: str,
    session: Session,
    reader: PostgresLog,
    judge: Callable[..., Answer],
) -> None:
    tree = TreeKeeper(session)
    checkpoints = Checkpoints(session, log=LOG, signer=SIGNER)
    for size in (1, 3):
        root, head = tree.root(size), tree.chain(size)
        note = checkpoints.issue(size, root, head)
        plan = PlanAnchor(size=size, root=root.hex(), head=head.hex(), checkpoint=note, path=())
        gate.dispatch(request(plan, f"plan-{size}"))
    block_hash = "0x" + "0b" * 32
    confirm = ConfirmAnchor(size=3, transaction="0x" + "0a" * 32, block=7, block_hash=block_hash)
    gate.dispatch(request(confirm, "confirm-3"))
    runners = prepared(session, reader, [ANCHORS])
    while fold_all(session, reader, runners):
        pass
    async with PostgresProofs(database, log=LOG, signer=SIGNER) as proofs:
        trust = await proofs.trust()
        for position, anchored in ((1, True), (3, True), (4, False)):
            text = await proofs.evidence(position)
            assert text is not None
            bundle = json.loads(text)
            assert (bundle["anchor"] is not None) == anchored
            assert bundle["size"] == (3 if anchored else reader.head().position)
            if anchored:
                assert bundle["anchor"]["block_hash"] == block_hash
            assert judge(text, trust)["code"] == "ok"


async def test_checkpoints_never_shrink_and_never_contradict(
    gate: SyncGate, database: str, session: Session
) -> None:
    tree, checkpoints = TreeKeeper(session), Checkpoints(session, log=LOG, signer=SIGNER)
    gate.dispatch(create("anna"))
    async with PostgresProofs(database, log=LOG, signer=SIGNER) as proofs:
        note = await proofs.checkpoint()
        assert parse_checkpoint(note).checkpoint.size == 2
        assert await proofs.checkpoint() == note
        assert checkpoints.issue(2, tree.root(2), tree.chain(2)) == note
        with pytest.raises(CheckpointBehind):
            checkpoints.issue(1, tree.root(1), tree.chain(1))
        with pytest.raises(RuntimeError):
            checkpoints.issue(2, tree.root(1), tree.chain(2))
        gate.dispatch(create("bert"))
        assert parse_checkpoint(await proofs.checkpoint()).checkpoint.size == 3


async def test_an_empty_log_proves_nothing(database: str) -> None:
    async with PostgresProofs(database, log=LOG, signer=SIGNER) as proofs:
        assert await proofs.evidence(1) is None
        with pytest.raises(StoreUnavailable):
            await proofs.trust()
        with pytest.raises(StoreUnavailable):
            await proofs.checkpoint()
