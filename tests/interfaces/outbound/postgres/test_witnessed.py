"""Checkpoints that witnesses cosign: what counts, what is handed out, and two forks of one log."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from application.ports.log import CheckpointNotWitnessed
from domain.anchor.commands import ConfirmAnchor, PlanAnchor
from domain.integrity.checkpoint import parse_checkpoint, parse_verifier_key, witnesses_of
from interfaces.outbound.postgres.checkpoints import Checkpoints
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.proofs import PostgresProofs
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.tree import TreeKeeper
from interfaces.outbound.postgres.views import fold_all, prepared
from interfaces.outbound.signer.keyring import Ed25519Signer
from interfaces.outbound.witness.client import HttpWitnesses
from interfaces.outbound.witness.ed25519 import verified
from projections.anchors.project import VIEW as ANCHORS
from tests.conformance.script import LOG, FixedClock, create, opening, request
from tests.tools.witness.town import Town

pytestmark = pytest.mark.postgres

SIGNER = Ed25519Signer(bytes(range(32)), name=LOG)
KEY = parse_verifier_key(SIGNER.verifier_key)
VERIFIER = Path(__file__).parents[4] / "tools" / "verify.py"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path / "town", LOG, KEY)
    yield town
    town.close()


@pytest.fixture
def gate(database: str) -> Iterator[SyncGate]:
    with opened(database) as gate:
        yield gate


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    session = Session(database, "test")
    yield session
    session.close()


@contextmanager
def opened(url: str) -> Iterator[SyncGate]:
    """Open a log that names its key."""
    asked = opening()
    command = msgspec.structs.replace(asked.command, keys=(SIGNER.verifier_key,))
    with SyncGate(url, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(msgspec.structs.replace(asked, command=command))
        yield gate


def proofs_of(url: str, witnesses: HttpWitnesses) -> PostgresProofs:
    return PostgresProofs(url, log=LOG, signer=SIGNER, witnesses=witnesses)


def size_of(note: str) -> int:
    return parse_checkpoint(note).checkpoint.size


def verdict(folder: Path, bundle: bytes, trust: bytes) -> str:
    """Ask the auditor's program."""
    (folder / "bundle").write_bytes(bundle)
    (folder / "trust").write_bytes(trust)
    command = [sys.executable, str(VERIFIER), str(folder / "bundle"), "--json"]
    command += ["--trust", str(folder / "trust")]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    return str(json.loads(done.stdout)["code"])


async def test_the_auditor_sees_a_quorum(
    gate: SyncGate, database: str, town: Town, tmp_path: Path
) -> None:
    keys = [town.add(1), town.add(2)]
    async with proofs_of(database, town.client(quorum=2)) as proofs:
        for number in range(3):
            gate.dispatch(create(f"s{number}"))
            note = await proofs.checkpoint()
            assert size_of(note) == number + 2
            assert witnesses_of(parse_checkpoint(note), keys, verified) == keys
            assert await proofs.checkpoint() == note
        trust, bundle = await proofs.trust(), await proofs.evidence(2)
        assert json.loads(trust)["quorum"] == 2
        assert bundle is not None
        assert verdict(tmp_path, bundle, trust) == "ok"
        line = json.loads(bundle)["checkpoint"].splitlines(keepends=True)[-1]
        alone = bundle.replace(json.dumps(line, ensure_ascii=False)[1:-1].encode(), b"")
        assert verdict(tmp_path, alone, trust) == "witness_quorum"


async def test_what_too_few_have_seen_does_not_count(
    gate: SyncGate, database: str, town: Town
) -> None:
    """The last checkpoint that counts is told until enough witnesses are back."""
    first = town.add(1)
    gate.dispatch(create("anna"))
    async with proofs_of(database, town.client(quorum=1)) as proofs:
        seen = await proofs.checkpoint()
    address = town.addresses[first]
    town.addresses[first] = "http://127.0.0.1:1"
    gate.dispatch(create("bert"))
    async with proofs_of(database, town.client(quorum=1)) as proofs:
        assert await proofs.checkpoint() == seen
        assert await proofs.evidence(2) is not None
        with pytest.raises(CheckpointNotWitnessed) as caught:
            await proofs.evidence(3)
        assert (caught.value.position, caught.value.witnessed, caught.value.quorum) == (3, 2, 1)
    town.addresses[first] = address
    async with proofs_of(database, town.client(quorum=1)) as proofs:
        assert size_of(await proofs.checkpoint()) == 3
        assert await proofs.evidence(3) is not None


async def test_a_quorum_that_was_never_met_gives_no_checkpoint(
    gate: SyncGate, database: str, town: Town
) -> None:
    town.strange(town.add(1), 500, b"")
    async with proofs_of(database, town.client(quorum=1)) as proofs:
        with pytest.raises(CheckpointNotWitnessed) as caught:
            await proofs.checkpoint()
        assert caught.value.witnessed == 0
    async with proofs_of(database, town.client()) as proofs:
        assert size_of(await proofs.checkpoint()) == 1


async def test_an_anchored_checkpoint_carries_its_witnesses(
    gate: SyncGate,
    database: str,
    town: Town,
    reader: PostgresLog,
    session: Session,
) -> None:
    """As signed when it was planned; where too few signed, the newest checkpoint serves."""
    town.add(1)
    tree = TreeKeeper(session)
    client = town.client(quorum=1)
    for size, witnesses in ((1, client), (3, None)):
        checkpoints = Checkpoints(session, log=LOG, signer=SIGNER, witnesses=witnesses)
        root, head = tree.root(size), tree.chain(size)
        note = checkpoints.issue(size, root, head)
        plan = PlanAnchor(size=size, root=root.hex(), head=head.hex(), checkpoint=note, path=())
        gate.dispatch(request(plan, f"plan-{size}"))
        gate.dispatch(
            request(
                ConfirmAnchor(
                    size=size, transaction="0x" + "0a" * 32, block=7, block_hash="0x" + "0b" * 32
                ),
                f"confirm-{size}",
            )
        )
    runners = prepared(session, reader, [ANCHORS])
    while fold_all(session, reader, runners):
        pass
    async with proofs_of(database, client) as proofs:
        for position, size, anchored in ((1, 1, True), (2, reader.head().position, False)):
            bundle = json.loads(await proofs.evidence(position) or b"")
            assert (bundle["size"], bundle["anchor"] is not None) == (size, anchored)
            assert len(parse_checkpoint(bundle["checkpoint"]).signatures) == 2


async def test_of_two_forks_the_witness_signs_one(
    gate: SyncGate, database: str, town: Town, create_database: Callable[[], str]
) -> None:
    """A second store with the same key and another history gets no line, whatever its size."""
    key = town.add(1)
    for name in ("anna", "bert"):
        gate.dispatch(create(name))
    fork = create_database()
    migrate(fork)
    with opened(fork) as other:
        for name in ("anna", "carl", "dora", "emil"):
            other.dispatch(create(name))
        async with proofs_of(database, town.client(quorum=1)) as proofs:
            note = await proofs.checkpoint()
            assert witnesses_of(parse_checkpoint(note), [key], verified) == [key]
        async with proofs_of(fork, town.client(quorum=1)) as proofs:
            with pytest.raises(CheckpointNotWitnessed):
                await proofs.checkpoint()
    gate.dispatch(create("franz"))
    async with proofs_of(database, town.client(quorum=1)) as proofs:
        assert size_of(await proofs.checkpoint()) == 4
