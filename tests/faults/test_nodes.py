"""Several nodes write one log: on one machine, and in two network namespaces (issue 3).

No gap, no fork, no lost wake-up, fair shares; a node that is killed, cut off or frozen at any
moment stops nobody for more than a second. All processes, namespaces and lines are real.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Self

import msgspec
import psycopg
import pytest

from application.ports.log import Head, LogReader
from interfaces.outbound.postgres import server as postgres
from interfaces.outbound.postgres.cluster import initialise
from interfaces.outbound.postgres.log import PostgresLog
from interfaces.outbound.postgres.migrate import migrate
from interfaces.outbound.postgres.server import PostgresServer
from interfaces.outbound.postgres.syncgate import SyncGate
from interfaces.outbound.postgres.views import run_views
from tests.conformance.gate import check_log
from tests.conformance.script import LOG, FixedClock, opening
from tests.faults.networks import Line, Networks
from tests.faults.node import Wish

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
STOPPED_MAX = 1.0
"""Seconds for which one node's end may stop another."""
LENGTH_MAX = 100_000
"""Events that a check reads at once."""
CUT_SECONDS = 7.0
BACK_SECONDS = 3.0


class Machine(msgspec.Struct, frozen=True):
    """Where a node runs: its words before the command, and the database as seen from there."""

    url: str
    line: Line | None = None


class Process:
    """A node under way; what it says goes to a file."""

    def __init__(self, machine: Machine, folder: Path, **wish: object) -> None:
        wanted = msgspec.convert({"url": machine.url, "log": LOG, **wish}, type=Wish)
        self.work, self.name = wanted.work, wanted.name
        self._words = folder / f"{wanted.work}-{wanted.name}-{time.monotonic_ns()}.txt"
        prefix = machine.line.prefix if machine.line else ()
        with self._words.open("wb") as words, self._words.with_suffix(".err").open("wb") as errors:
            self._process = subprocess.Popen(
                [
                    *(*prefix, sys.executable, str(ROOT / "tests" / "faults" / "node.py")),
                    msgspec.json.encode(wanted).decode(),
                ],
                stdin=subprocess.PIPE,
                stdout=words,
                stderr=errors,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def kill(self) -> None:
        """End it at this very moment."""
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Stop it as a machine does that hangs."""
        self._process.send_signal(signal.SIGSTOP)

    def go(self) -> None:
        """Let it begin."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"go\n")
        self._process.stdin.flush()

    def lines(self, word: str) -> list[list[str]]:
        """List what it said that begins with this word."""
        whole = self._words.read_text().rpartition("\n")[0]
        return [line.split() for line in whole.splitlines() if line.startswith(word)]

    def wait_for(self, word: str, count: int = 1) -> list[list[str]]:
        """Wait until it has said so."""
        deadline = time.monotonic() + 30
        while len(found := self.lines(word)) < count:
            errors = self._words.with_suffix(".err").read_text()
            assert self._process.poll() is None, errors
            assert time.monotonic() < deadline, f"no {word} from {self._words}: {errors}"
            time.sleep(0.01)
        return found

    def acknowledged(self) -> dict[int, float]:
        """Tell which positions were acknowledged to its callers, and when."""
        return {int(position): float(at) for _, position, _, at in self.lines("ack")}

    def seen(self) -> dict[int, float]:
        """Tell which positions it saw first, and when; in the order in which it did."""
        return {int(position): float(at) for _, position, at in self.lines("seen")}


def await_rest(reader: LogReader) -> None:
    """Wait for what nodes had sent before they were killed: the store still commits that."""
    head = Head(0, b"", "")
    while head != (head := reader.head()):
        assert head.position < LENGTH_MAX, "somebody still writes"
        time.sleep(0.1)


class Place(msgspec.Struct, frozen=True):
    """A log, and two machines to write it from."""

    url: str
    left: Machine
    right: Machine
    folder: Path

    def length(self) -> int:
        """Check the whole log, after all writers ended, and tell its length."""
        reader = PostgresLog(self.url, log=LOG)
        try:
            await_rest(reader)
            return check_log(reader)
        finally:
            reader.close()


@pytest.fixture(scope="module")
def machines(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[PostgresServer, Line, Line]]:
    """Start a server that two namespaces reach over lines of their own."""
    directory = tmp_path_factory.mktemp("server")
    with Networks() as networks:
        left, right = networks.join(), networks.join()
        initialise(directory)
        with (directory / "data" / "pg_hba.conf").open("a") as rules:
            for line in (left, right):
                rules.write(f"host all all {line.network} scram-sha-256\n")
        listen = f"127.0.0.1,{left.server},{right.server}"
        with postgres.start(directory, settings={"listen_addresses": listen}) as server:
            yield server, left, right


@pytest.fixture(params=["one machine", "two namespaces"])
def place(
    request: pytest.FixtureRequest,
    machines: tuple[PostgresServer, Line, Line],
    tmp_path: Path,
) -> Place:
    """Give an opened log, and two machines: this one twice, or two that are apart."""
    server, *lines = machines
    name = f"log_{time.monotonic_ns()}"
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = server.url_of(name)
    migrate(url)
    with SyncGate(url, log=LOG, clock=FixedClock()) as gate:
        gate.dispatch(opening())
    if request.param == "one machine":
        return Place(url, Machine(url), Machine(url), tmp_path)
    left, right = (Machine(url.replace("127.0.0.1", line.server), line) for line in lines)
    return Place(url, left, right, tmp_path)


apart = pytest.mark.parametrize("place", ["two namespaces"], indirect=True)
together = pytest.mark.parametrize("place", ["one machine"], indirect=True)
Start = Callable[..., Process]


@pytest.fixture
def start(place: Place) -> Iterator[Start]:
    """Start nodes that end with the test; each is ready, none has begun."""
    with ExitStack() as stack:

        def begin(machine: Machine, work: str, name: str = "", **wish: object) -> Process:
            node = Process(machine, place.folder, work=work, name=name, **wish)
            return stack.enter_context(node)

        yield begin


def together_go(*nodes: Process) -> None:
    """Let nodes begin at the same moment."""
    for node in nodes:
        node.wait_for("ready")
    for node in nodes:
        node.go()
    for node in nodes:
        node.wait_for("ack")


def longest_gap(node: Process, since: float, until: float) -> float:
    """Tell the longest time without an acknowledgement, in seconds."""
    instants = sorted(at for at in node.acknowledged().values() if since <= at <= until)
    instants = [since, *instants, until]
    return max(after - before for before, after in pairwise(instants))


def test_two_nodes_write_one_log_in_fair_shares(place: Place, start: Start) -> None:
    """Both as fast as they can, both followed from the other side: one log, seen in order."""
    followers = [start(place.left, "follow", "l"), start(place.right, "follow", "r")]
    left, right = start(place.left, "write", "left"), start(place.right, "write", "right")
    together_go(left, right)
    time.sleep(1.2)
    left.kill()
    right.kill()
    length = place.length()
    first, second = left.acknowledged(), right.acknowledged()
    assert not first.keys() & second.keys()
    # Whatever is on the log without an answer was under way when both were killed.
    unheard = set(range(2, length + 1)) - first.keys() - second.keys()
    assert len(unheard) <= 16, sorted(unheard)[:50]
    share = len(first) / (len(first) + len(second))
    assert 0.3 <= share <= 0.7
    for follower in followers:
        follower.wait_for("seen", length)
        assert list(follower.seen()) == list(range(1, length + 1))


def test_no_wake_up_is_lost(place: Place, start: Start) -> None:
    """Followers that never look by themselves hear of every single event of the other node."""
    with views(place.url):
        followers = [start(place.right, "follow", "r"), start(place.right, "feed", "r")]
        for follower in followers:
            follower.wait_for("ready")
            follower.go()
        writer = start(place.left, "write", "left", clients=1, every=0.06)
        together_go(writer)
        writer.wait_for("ack", 15)
        writer.kill()
        last = place.length()
        acknowledged = writer.acknowledged()
        for follower in followers:
            follower.wait_for("seen", last)
            seen = follower.seen()
            assert list(seen) == list(range(1, last + 1))
            late = sorted(seen[at] - known for at, known in acknowledged.items())
            assert late[len(late) // 2] < 0.06, late


@contextmanager
def views(url: str) -> Iterator[None]:
    """Keep the views, so that the feed has something to show."""
    stop = threading.Event()
    keeper = threading.Thread(target=run_views, args=(url, stop), kwargs={"log": LOG})
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()


def test_a_killed_node_stops_nobody(place: Place, start: Start) -> None:
    """One node after the other is killed while it writes; the survivor is hardly held up."""
    chance = random.Random("a killed node")
    survivor = start(place.right, "write", "survivor")
    victims = [start(place.left, "write", f"victim{number}") for number in range(3)]
    together_go(survivor, *victims[:1])
    since = time.monotonic()
    for number, victim in enumerate(victims):
        if number:
            together_go(victim)
        time.sleep(chance.uniform(0.1, 0.4))
        victim.kill()
    time.sleep(0.5)
    until = time.monotonic()
    assert longest_gap(survivor, since, until) <= STOPPED_MAX
    survivor.kill()
    length = place.length()
    for node in (survivor, *victims):
        assert set(node.acknowledged()) <= set(range(2, length + 1))


@apart
def test_a_node_that_ends_on_the_lock_stops_nobody(place: Place, start: Start) -> None:
    """The worst moment: the log's lock is held by a node that will never answer again.

    It sits between two statements of its transaction (hold), or its batch came without the
    message that ends it, which no idle time-out of Postgres sees (half).
    """
    line = place.left.line
    assert line is not None
    survivor = start(place.right, "write", "survivor")
    ends = ("kill", "freeze", "cut")
    sitters = [start(place.left, work, end) for work in ("hold", "half") for end in ends]
    together_go(survivor)
    for sitter in sitters:
        sitter.wait_for("ready")
        since = time.monotonic()
        sitter.go()
        sitter.wait_for("held")
        match sitter.name:
            case "kill":
                sitter.kill()
            case "freeze":
                sitter.freeze()
            case _:
                line.cut()
        time.sleep(0.3 if sitter.name == "kill" else 1.3 * STOPPED_MAX)
        line.mend()
        gap = longest_gap(survivor, since, time.monotonic())
        assert gap <= STOPPED_MAX, (sitter.work, sitter.name)
        sitter.kill()
    survivor.kill()
    place.length()


@apart
def test_a_node_that_is_cut_off_stops_nobody_and_comes_back(place: Place, start: Start) -> None:
    """Its line is away under load for longer than any time-out: nothing is missed or doubled.

    Nor does anything hang: TCP alone would try again as late again as the line was away.
    """
    line = place.left.line
    assert line is not None
    with views(place.url):
        survivor = start(place.right, "write", "survivor", clients=4, every=0.02)
        lonely = start(place.left, "write", "lonely", clients=4)
        followers = [start(place.left, work, poll=1.0) for work in ("follow", "feed")]
        caller = start(place.left, "ask")
        for node in (*followers, caller):
            node.wait_for("ready")
            node.go()
        together_go(survivor, lonely)
        since = time.monotonic()
        caller.wait_for("answered")
        for follower in followers:
            follower.wait_for("seen", 2)
        line.cut()
        time.sleep(CUT_SECONDS)
        line.mend()
        mended = time.monotonic()
        lonely.wait_for("ack", len(lonely.lines("ack")) + 20)
        while float(caller.lines("answered")[-1][1]) < mended:
            assert time.monotonic() - mended < BACK_SECONDS, "a session hangs on a dead line"
            time.sleep(0.05)
        assert time.monotonic() - mended < BACK_SECONDS
        assert longest_gap(survivor, since, time.monotonic()) <= STOPPED_MAX
        survivor.kill()
        lonely.kill()
        length = place.length()
        for follower in followers:
            follower.wait_for("seen", length)
            assert list(follower.seen()) == list(range(1, length + 1))
    names = [name for node in (survivor, lonely) for _, _, name, _ in node.lines("ack")]
    assert len(names) == len(set(names))
    assert length - 1 - len(names) <= 8
