"""The tree as outsiders read it, from a real store; and what lanes are for."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator

import msgspec
import psycopg
import pytest

from application.ports.tree import BeyondLog, NotSigned
from domain.integrity import merkle
from domain.integrity.checkpoint import is_signed_by, parse_checkpoint, parse_verifier_key
from domain.integrity.merkle import leaf_hash
from domain.integrity.receipt import parse_receipt
from domain.integrity.tilememory import TileMemory
from domain.integrity.tiles import read_tile
from interfaces.outbound.postgres.lanes import Lanes
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.proofs import PostgresProofs
from interfaces.outbound.postgres.publishedtree import PostgresTree
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.tree import TreeKeeper
from interfaces.outbound.signer.keyring import Ed25519Signer
from interfaces.outbound.witness.ed25519 import verified
from tests.conformance.script import LOG, FixedClock, create, opening

pytestmark = pytest.mark.postgres

SIZE = 530
SIGNER = Ed25519Signer(bytes(range(32)), name=LOG)
KEY = parse_verifier_key(SIGNER.verifier_key)


@pytest.fixture(scope="module")
def url(module_postgres_url: str) -> str:
    """Give a database with a log over two tiles; the first of them is kept."""
    migrate(module_postgres_url)
    asked = opening()
    command = msgspec.structs.replace(asked.command, keys=(SIGNER.verifier_key,))
    with SyncGate(module_postgres_url, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(msgspec.structs.replace(asked, command=command))
        for number in range(SIZE - 1):
            gate.dispatch(create(f"s{number}"))
    session = Session(module_postgres_url, "test")
    assert TreeKeeper(session).step() == 512
    session.close()
    return module_postgres_url


@pytest.fixture
def chains(url: str) -> Iterator[list[bytes]]:
    log = PostgresLog(url, log=LOG)
    yield [event.chain for event in log.read(0, SIZE)]
    log.close()


@pytest.fixture
async def tree(url: str) -> AsyncIterator[PostgresTree]:
    async with PostgresTree(url) as tree:
        yield tree


class Served:
    """A store that knows only what was served."""

    def __init__(self, tiles: dict[tuple[int, int], bytes]) -> None:
        self._tiles = tiles

    def completed(self, level: int, index: int) -> bytes:
        return self._tiles[level, index]

    def roots(self, level: int, start: int, stop: int) -> bytes:
        return self._tiles[level + 1, start // 256][: (stop - start) * 32]

    def leaves(self, start: int, stop: int) -> bytes:
        return self._tiles[0, start // 256][: (stop - start) * 32]


@pytest.mark.capability("B1")
async def test_what_is_served_is_enough_for_any_proof(
    tree: PostgresTree, chains: list[bytes]
) -> None:
    """From the tiles alone, as an outsider fetches them: roots, inclusion and consistency."""
    served = Served(
        {
            (0, 0): await tree.tile(0, 0, 256),
            (0, 1): await tree.tile(0, 1, 256),
            (0, 2): await tree.tile(0, 2, SIZE - 512),
            (1, 0): await tree.tile(1, 0, 2),
        }
    )
    leaves = [leaf_hash(chain) for chain in chains]
    for size in (1, 255, 256, 257, 512, SIZE):
        source = TileMemory().nodes(
            size, lambda level, index, size=size: read_tile(served, level, index, size)
        )
        assert merkle.range_root(0, size, source) == merkle.root(leaves[:size])
        plain = merkle.nodes_of(leaves[:size])
        for index in (0, size // 2, size - 1):
            path = merkle.inclusion_path(index, size, source)
            assert path == merkle.inclusion_path(index, size, plain)
        path = merkle.consistency_path(size // 3, size, source)
        assert path == list(await tree.consistency(size // 3, size))


async def test_entries_and_bodies_are_those_of_the_log(
    tree: PostgresTree, chains: list[bytes]
) -> None:
    assert list(await tree.chains(1, 256)) == chains[256:512]
    lines = await tree.bodies(2, 5)
    assert [line.position for line in lines] == [513, 514, 515, 516, 517]
    assert [line.chain for line in lines] == chains[512:517]
    assert {line.type for line in lines} == {"subject.created"}
    assert json.loads(lines[0].body)["log"] == LOG


async def test_nothing_is_served_beyond_the_log(tree: PostgresTree) -> None:
    for level, index, width in ((0, 2, SIZE - 511), (0, 3, 1), (1, 0, 3), (2, 0, 1), (63, 9, 256)):
        with pytest.raises(BeyondLog) as caught:
            await tree.tile(level, index, width)
        assert caught.value.size == SIZE < caught.value.wanted
    for work in (tree.chains(2, 256), tree.bodies(7, 1), tree.consistency(1, SIZE + 1)):
        with pytest.raises(BeyondLog):
            await work
    with pytest.raises(ValueError, match="cannot extend"):
        await tree.consistency(5, 4)


async def test_a_consistency_file_joins_two_checkpoints(url: str, tree: PostgresTree) -> None:
    with pytest.raises(NotSigned) as caught:
        await tree.consistency_file(256, 300)
    assert (caught.value.size, caught.value.below) == (256, None)
    async with PostgresProofs(url, log=LOG, signer=SIGNER) as proofs:
        note = await proofs.checkpoint()
    size = parse_checkpoint(note).checkpoint.size
    file = json.loads(await tree.consistency_file(size, size))
    assert file == {"format": "tallystick/consistency/v1", "old": note, "new": note, "path": []}
    with pytest.raises(NotSigned) as caught:
        await tree.consistency_file(size - 1, size)
    assert (caught.value.below, caught.value.above) == (None, size)


async def test_a_receipt_names_the_chain_value(url: str, chains: list[bytes]) -> None:
    async with PostgresProofs(url, log=LOG, signer=SIGNER) as proofs:
        signed = await proofs.receipt(300)
        assert (signed.position, signed.chain) == (300, chains[299].hex())
        receipt, note = parse_receipt(signed.note)
        assert (receipt.log, receipt.position, receipt.chain) == (LOG, 300, chains[299])
        assert is_signed_by(note, [KEY], verified)
        with pytest.raises(LookupError):
            await proofs.receipt(SIZE + 1000)


async def test_many_ask_for_checkpoints_and_few_are_signed(
    url: str, admin_of: "psycopg.Connection[tuple[int]]"
) -> None:
    async with PostgresProofs(url, log=LOG, signer=SIGNER) as proofs:
        notes = await asyncio.gather(*(proofs.checkpoint() for _ in range(50)))
        assert len(set(notes)) == 1
        bundles = await asyncio.gather(*(proofs.evidence(at) for at in range(1, 40)))
        assert {json.loads(bundle or b"")["checkpoint"] for bundle in bundles} == {notes[0]}
    [count] = admin_of.execute("SELECT count(*) FROM checkpoints").fetchone() or (0,)
    assert count == 1


async def test_a_store_that_was_put_back_is_proven_anew(database: str) -> None:
    """What was remembered of the log before leads nowhere, and is read again."""
    async with PostgresProofs(database, log=LOG, signer=SIGNER) as proofs:
        for names in (("anna", "bert", "carl"), ("dora", "emil", "franz")):
            with psycopg.connect(database) as connection:
                for table in ("events", "checkpoints"):
                    connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL".encode())
                connection.execute("DELETE FROM events")
                connection.execute("DELETE FROM checkpoints")
            with SyncGate(database, log=LOG, clock=FixedClock()) as gate:
                gate.dispatch(opening())
                for name in names:
                    gate.dispatch(create(name))
            for position in (2, 4):
                bundle = json.loads(await proofs.evidence(position) or b"")
                assert bundle["size"] == len(names) + 1
                assert merkle.verify_inclusion(
                    index=position - 1,
                    size=bundle["size"],
                    leaf=leaf_hash(bytes.fromhex(bundle["chain"])),
                    path=[bytes.fromhex(step) for step in bundle["path"]],
                    expected_root=parse_checkpoint(bundle["checkpoint"]).checkpoint.root,
                )


@pytest.fixture
def admin_of(url: str) -> Iterator["psycopg.Connection[tuple[int]]"]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


async def test_lanes_work_side_by_side_and_no_lane_twice(url: str) -> None:
    """As many pieces of work as there are lanes; who gives up does not free a busy lane."""
    together = threading.Barrier(3, timeout=10)
    free = threading.Event()
    lanes = Lanes(url, "test", lambda session: session, count=3)
    names = await asyncio.gather(*(lanes.run(lambda _: together.wait()) for _ in range(3)))
    assert sorted(names) == [0, 1, 2]
    busy: list[Session] = []

    def hold(session: Session) -> None:
        busy.append(session)
        free.wait(10)

    given_up = asyncio.ensure_future(lanes.run(hold))
    while not busy:
        await asyncio.sleep(0.01)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    used = [await lanes.run(lambda session: session) for _ in range(5)]
    assert busy[0] not in used
    free.set()
    with pytest.raises(ZeroDivisionError):
        await lanes.run(lambda _: 1 // 0)
    await lanes.close()
