"""Snapshots of long streams: quicker than the events, and never believed without them."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec
import psycopg
import pytest

from application.ports.gate import StoreUnavailable
from domain.catalogue import EVENTS, UnknownEventError
from domain.subject.commands import FreezeSubject, UnfreezeSubject
from domain.subject.state import SUBJECT, Subject
from interfaces.outbound import snapshotting
from interfaces.outbound.deciding import Desk, Logged
from interfaces.outbound.postgres import appending, snapshots
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.snapshots import Snapshots
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.snapshotting import Base
from tests.conformance.gate import check_log
from tests.conformance.script import LOG, FixedClock, create, opening, request
from tools.bench.node import entering

pytestmark = pytest.mark.postgres

KEY = b"k" * 32
EVERY = 10
ANNA = "subject:anna"

Node = Callable[..., SyncGate]


@pytest.fixture
def node(database: str) -> Iterator[Node]:
    """Start a node; the one before it is stopped, so each begins with nothing in memory."""
    running: list[SyncGate] = []

    def start(key: bytes = KEY) -> SyncGate:
        while running:
            running.pop().stop()
        kept = Snapshots(database, key, every=EVERY)
        gate = SyncGate(database, log=LOG, clock=FixedClock(), snapshots=kept)
        gate.start()
        running.append(gate)
        return gate

    yield start
    while running:
        running.pop().stop()


def enter(gate: SyncGate) -> None:
    """Open the log and let Anna become active: version 6 of her stream."""
    gate.dispatch(opening())
    for command in entering("anna"):
        gate.dispatch(request(command, command.TYPE))


def turn(gate: SyncGate, first: int, last: int) -> None:
    """Freeze and unfreeze Anna in turn, one event each."""
    for count in range(first, last + 1):
        kind = FreezeSubject if count % 2 else UnfreezeSubject
        done = gate.dispatch(request(kind(subject="anna"), f"turn {count}"))
        assert not done.replayed


def versions(admin: psycopg.Connection) -> dict[str, int]:
    """Tell the snapshots that are kept."""
    return dict(admin.execute("SELECT stream, version FROM snapshots").fetchall())


class Load(msgspec.Struct):
    """How a stream was loaded: from how many events, and what came out."""

    events: int
    version: int
    state: Subject


Loads = list[Load]


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Loads:
    """Record how Anna's stream is loaded."""
    found: Loads = []
    install = Desk.install

    def record(desk: Desk, stream: str, events: list[Logged], base: Base | None = None) -> None:
        install(desk, stream, events, base)
        if stream == ANNA:
            standing = desk.standing(stream)
            found.append(Load(len(events), standing.version, standing.state))

    monkeypatch.setattr(Desk, "install", record)
    return found


def folded(reader: PostgresLog) -> Subject:
    """Fold Anna's stream from its first event."""
    return SUBJECT.fold(event.fact for event in reader.read_stream(ANNA))


def test_a_long_stream_is_loaded_from_its_snapshot(
    node: Node, admin: psycopg.Connection, loads: Loads, reader: PostgresLog
) -> None:
    """Only the events behind it are folded, and the same state comes out."""
    gate = node()
    enter(gate)
    turn(gate, 1, 18)
    gate = node()
    assert versions(admin) == {ANNA: 20}
    loads.clear()
    turn(gate, 19, 19)
    assert [(load.events, load.version) for load in loads] == [(4, 24)]
    assert loads[0].state == SUBJECT.fold(e.fact for e in reader.read_stream(ANNA)[:24])
    check_log(reader)


def test_what_is_long_to_load_is_kept_for_the_next_time(
    node: Node, admin: psycopg.Connection, loads: Loads
) -> None:
    """Emptying the table is safe: the next that needs a state writes its snapshot again."""
    gate = node()
    enter(gate)
    turn(gate, 1, 8)
    gate = node()
    admin.execute("TRUNCATE snapshots")
    turn(gate, 9, 9)
    assert loads[-1].events == 14
    node()
    assert versions(admin) == {ANNA: 14}


SPOILS = {
    "another state": "UPDATE snapshots SET state = replace(convert_from(state, 'UTF8'),"
    " '\"ACTIVE\"', '\"FROZEN\"')::bytea",
    "a later version": "UPDATE snapshots s SET version = e.version, position = e.position,"
    " chain = e.chain FROM events e WHERE e.stream = s.stream AND e.version = 22",
    "another chain": "UPDATE snapshots SET chain = sha256(chain)",
    "another event": "UPDATE snapshots SET position = position - 1",
    "a version that is not there": "UPDATE snapshots SET version = version + 100",
    "another form": "UPDATE snapshots SET form = sha256(form)",
    "no seal": "UPDATE snapshots SET seal = sha256(seal)",
    "no state": "UPDATE snapshots SET state = ''",
}


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=list(SPOILS))
def test_a_snapshot_that_was_tampered_with_is_passed_over(
    node: Node, admin: psycopg.Connection, loads: Loads, reader: PostgresLog, spoil: str
) -> None:
    """Its seal, its form and the event on which it stands must all be the right ones."""
    gate = node()
    enter(gate)
    turn(gate, 1, 17)
    gate = node()
    assert admin.execute(spoil.encode()).rowcount == 1
    loads.clear()
    turn(gate, 18, 18)
    assert [(load.events, load.version) for load in loads] == [(23, 23)]
    assert folded(reader).state == "ACTIVE"
    check_log(reader)


def test_a_snapshot_of_another_key_is_passed_over(node: Node, loads: Loads) -> None:
    gate = node()
    enter(gate)
    turn(gate, 1, 10)
    gate = node(b"l" * 32)
    loads.clear()
    turn(gate, 11, 11)
    assert loads[-1].events == 16


def test_a_snapshot_of_other_code_is_passed_over(
    node: Node, loads: Loads, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fold that was mended does not go on from what the old one came to."""
    gate = node()
    enter(gate)
    turn(gate, 1, 10)
    monkeypatch.setattr(snapshotting, "form_of", lambda _: b"f" * 32)
    monkeypatch.setattr(snapshots, "form_of", lambda _: b"f" * 32)
    gate = node()
    loads.clear()
    turn(gate, 11, 11)
    assert loads[-1].events == 16


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no turn of a writer fold more than seven events of a stream."""
    monkeypatch.setattr(appending, "TAIL_MAX", 7)


@pytest.mark.usefixtures("impatient")
def test_a_stream_too_long_for_a_turn_is_folded_aside(
    node: Node, admin: psycopg.Connection, loads: Loads, reader: PostgresLog
) -> None:
    """Its command waits for it, and goes on from the snapshot."""
    gate = node()
    enter(gate)
    turn(gate, 1, 18)
    gate = node()
    admin.execute("TRUNCATE snapshots")
    loads.clear()
    turn(gate, 19, 22)
    assert [(load.events, load.version) for load in loads] == [(0, 24)]
    assert folded(reader).state == "ACTIVE"
    assert check_log(reader) == 29


@pytest.mark.usefixtures("impatient")
def test_nobody_waits_for_a_stream_that_is_folded_aside(
    node: Node, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others are served, and who waited is answered when the node stops."""
    gate = node()
    enter(gate)
    turn(gate, 1, 10)
    gate = node()
    admin.execute("TRUNCATE snapshots")
    begun, end = threading.Event(), threading.Event()
    fold = Snapshots._fold

    def slow(self: Snapshots, stream: str) -> None:
        begun.set()
        assert end.wait(10)
        fold(self, stream)

    monkeypatch.setattr(Snapshots, "_fold", slow)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(turn, gate, 11, 11)
        assert begun.wait(10)
        assert gate.dispatch(create("bert")).events
        assert not waiting.done()
        stopping = pool.submit(gate.stop)
        with pytest.raises(StoreUnavailable):
            waiting.result(10)
        end.set()
        stopping.result(10)


@pytest.mark.usefixtures("impatient")
def test_a_long_stream_that_cannot_be_read_is_told_to_whoever_asks(
    node: Node, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else is harmed."""
    gate = node()
    enter(gate)
    turn(gate, 1, 10)
    gate = node()
    admin.execute("TRUNCATE snapshots")
    monkeypatch.delitem(EVENTS, "subject.frozen")
    with pytest.raises(UnknownEventError):
        turn(gate, 11, 11)
    assert gate.dispatch(create("bert")).events
