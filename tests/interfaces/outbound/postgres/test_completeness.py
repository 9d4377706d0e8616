"""Completeness bundles from a real store, judged by the auditor's own program."""

import json
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import pytest

from application.ports.gate import Request
from domain.anchor.commands import ConfirmAnchor, PlanAnchor
from domain.integrity import evidence as documents
from domain.integrity.checkpoint import parse_verifier_key
from domain.integrity.streammap import stream_map
from domain.kernel.event import Recorded
from domain.log.commands import CommitStreams
from interfaces.outbound.postgres.checkpoints import Checkpoints
from interfaces.outbound.postgres.completeness import PostgresCompleteness
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.proofs import PostgresProofs
from interfaces.outbound.postgres.sessions import Session
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.tree import TreeKeeper
from interfaces.outbound.postgres.views import fold_all, prepared
from interfaces.outbound.signer.keyring import Ed25519Signer
from projections.anchors.project import VIEW as ANCHORS
from tests.conformance.script import LOG, FixedClock, create, request, script
from tools import verify

pytestmark = [pytest.mark.postgres, pytest.mark.capability("B9")]

REQUESTS = 110
SIGNER = Ed25519Signer(bytes(range(32)), name=LOG)
REGISTRY = "0x" + "e1" * 20
TRUST = documents.trust(
    log=LOG,
    keys=[parse_verifier_key(SIGNER.verifier_key)],
    chain_id=31337,
    registry=REGISTRY,
    owner=REGISTRY,
)


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    session = Session(database, "test")
    yield session
    session.close()


class Anchoring:
    """Commits the stream map and anchors it, as the worker does, but at once."""

    def __init__(self, gate: SyncGate, session: Session, reader: PostgresLog) -> None:
        self._gate, self._session, self._reader = gate, session, reader

    def commit(self) -> int:
        """Put the map of all events on the log; return the map's size."""
        size = self._reader.head().position
        streams = stream_map(TreeKeeper(self._session).stream_ends(size))
        command = CommitStreams(size=size, count=streams.count, root=streams.root().hex())
        self._send(command, f"streams-{size}")
        return size

    def anchor(self) -> None:
        """Anchor the log as it is."""
        size, tree = self._reader.head().position, TreeKeeper(self._session)
        root, head = tree.root(size), tree.chain(size)
        note = Checkpoints(self._session, log=LOG, signer=SIGNER).issue(size, root, head)
        plan = PlanAnchor(size=size, root=root.hex(), head=head.hex(), checkpoint=note, path=())
        self._send(plan, f"plan-{size}")
        confirm = ConfirmAnchor(
            size=size, transaction="0x" + "0a" * 32, block=7, block_hash="0x" + "0b" * 32
        )
        self._send(confirm, f"confirm-{size}")
        runners = prepared(self._session, self._reader, [ANCHORS])
        while fold_all(self._session, self._reader, runners):
            pass

    def _send(self, command: Any, key: str) -> None:
        self._gate.dispatch(request(command, key))


@pytest.fixture
def gate(database: str) -> Iterator[SyncGate]:
    """Tell the tale but for its anchors."""
    clock = FixedClock()
    with SyncGate(database, log=LOG, clock=clock) as gate:
        for at, asked in _unanchored():
            clock.at = at
            gate.dispatch(asked)
        yield gate


def _unanchored() -> list[tuple[str, Request]]:
    """Give the tale's beginning: money comes in, invoices are sold."""
    kinds = ("anchor.", "log.commit")
    told = takewhile(lambda line: not line[1].command.TYPE.startswith(kinds), script())
    return list(told)[:REQUESTS]


@pytest.fixture
def anchoring(gate: SyncGate, session: Session, reader: PostgresLog) -> Anchoring:
    return Anchoring(gate, session, reader)


def _judge() -> verify.Judge:
    return verify.Judge(verify.read_trust(documents.document(TRUST).decode()))


def _verdict(judge: verify.Judge, bundle: bytes) -> str:
    try:
        return judge.bundle(bundle.decode())
    except verify.Fault as fault:
        return str(fault.args[0])


async def test_each_stream_is_proven_complete_at_any_position(
    anchoring: Anchoring, database: str, reader: PostgresLog
) -> None:
    """What each bundle says is what a slow walk over the whole log finds."""
    size = anchoring.commit()
    anchoring.anchor()
    events: list[Recorded] = list(reader.read(0, size))
    assert len(events) == size > 100
    judge = _judge()
    async with (
        PostgresProofs(database, log=LOG, signer=SIGNER) as proofs,
        PostgresCompleteness(database, log=LOG, proofs=proofs) as completeness,
    ):
        for as_of in (1, size // 3, size // 2, size):
            for stream in sorted({event.stream for event in events}):
                text = await completeness.completeness(stream, as_of)
                own = [event for event in events if event.stream == stream]
                before = [event.position for event in own if event.position <= as_of]
                behind = [event.position for event in own if event.position > as_of]
                bundle = json.loads(text)
                assert bundle["complete"] is True
                assert _positions(bundle) == (max(before, default=None), min(behind, default=None))
                assert _verdict(judge, text).startswith(f"{stream} as of {as_of}: ")
        assert len(judge.signed) == 1
        newest = json.loads(await completeness.completeness("log:main"))
        assert (newest["as_of"], newest["complete"]) == (size, True)


def _positions(bundle: dict[str, Any]) -> tuple[int | None, int | None]:
    last, following = bundle["last"], bundle["next"]
    return last and last["position"], following and following["position"]


async def test_a_stream_that_does_not_exist_is_proven_absent(
    anchoring: Anchoring, database: str
) -> None:
    size = anchoring.commit()
    anchoring.anchor()
    judge, counts = _judge(), set()
    async with (
        PostgresProofs(database, log=LOG, signer=SIGNER) as proofs,
        PostgresCompleteness(database, log=LOG, proofs=proofs) as completeness,
    ):
        for number in range(100):
            text = await completeness.completeness(f"account:nobody-{number}/cash/GBP", size)
            counts.add(len(json.loads(text)["neighbours"]))
            assert "no such stream" in _verdict(judge, text)
    assert counts <= {1, 2}


async def test_until_the_map_is_anchored_it_says_so(
    anchoring: Anchoring, gate: SyncGate, database: str, reader: PostgresLog
) -> None:
    judge = _judge()
    async with (
        PostgresProofs(database, log=LOG, signer=SIGNER) as proofs,
        PostgresCompleteness(database, log=LOG, proofs=proofs) as completeness,
    ):

        async def ask(stream: str, as_of: int | None = None) -> dict[str, Any]:
            text = await completeness.completeness(stream, as_of)
            bundle: dict[str, Any] = json.loads(text)
            complete = bundle["complete"]
            assert (_verdict(judge, text) == "incomplete") == (not complete)
            assert (bundle["commitment"] is not None) == complete
            return bundle

        head = reader.head().position
        nothing = await ask("subject:nobody")
        assert (nothing["complete"], nothing["as_of"], nothing["last"]) == (False, head, None)
        size = anchoring.commit()
        assert (await ask("log:main", size))["last"]["position"] == 1
        anchoring.anchor()
        assert (await ask("log:main", size))["complete"] is True
        gate.dispatch(create("later"))
        later = reader.head().position
        assert (await ask("subject:later", size))["complete"] is True
        bundle = await ask("subject:later", later)
        assert (bundle["complete"], bundle["last"]["position"]) == (False, later)
        anchoring.commit()
        assert (await ask("subject:later", later))["complete"] is False
        assert (await ask("subject:later"))["as_of"] == size
        anchoring.anchor()
        bundle = await ask("subject:later", later)
        assert (bundle["complete"], bundle["last"]["position"]) == (True, later)
        first = await ask("subject:later", size)
        assert json.loads(first["commitment"]["body"])["data"]["size"] == size


async def test_a_position_that_is_not_there(anchoring: Anchoring, database: str) -> None:
    async with (
        PostgresProofs(database, log=LOG, signer=SIGNER) as proofs,
        PostgresCompleteness(database, log=LOG, proofs=proofs) as completeness,
    ):
        for position in (0, 100_000):
            with pytest.raises(LookupError):
                await completeness.completeness("log:main", position)


async def test_an_empty_log_has_nothing_complete(database: str) -> None:
    async with (
        PostgresProofs(database, log=LOG, signer=SIGNER) as proofs,
        PostgresCompleteness(database, log=LOG, proofs=proofs) as completeness,
    ):
        with pytest.raises(LookupError):
            await completeness.completeness("log:main")
