"""When the log is anchored, from which size to which (B1, FX13)."""

from collections.abc import Sequence
from hashlib import sha256

import pytest

from application.ports.gate import Accepted, Request
from domain.anchor.commands import PlanAnchor
from domain.anchor.events import AnchorConfirmed, AnchorFailed, AnchorPlanned
from domain.chainwrite.events import ChainWriteBroadcast
from domain.integrity.merkle import leaf_hash, root
from domain.invoice.events import InvoiceVerified
from domain.log.commands import CommitStreams
from domain.log.events import StreamsCommitted
from domain.platform.events import PlatformDeployed
from domain.platform.state import PLATFORM_STREAM
from interfaces.workers.anchorbuilding import AnchorBuilder
from interfaces.workers.anchoring import AnchorWorker, LastAnchors, Pace, is_reason
from interfaces.workers.gateway import Sender
from interfaces.workers.lateness import stopped_anchors
from tests.interfaces.workers.parts import ListLog

pytestmark = pytest.mark.capability("B1")


def _value(position: int) -> bytes:
    return sha256(b"%d" % position).digest()


class Tree:
    """A tree over made-up chain values; remembers which consistency was asked for."""

    def __init__(self) -> None:
        self.size = 0
        self.asked: list[tuple[int, int]] = []
        self.read: list[tuple[int, int]] = []
        self.forged = False

    def catch_up(self, size: int) -> None:
        """Take in the log up to a size."""
        self.size = size

    def root(self, size: int) -> bytes:
        """Tell the root at a size."""
        return bytes(32) if self.forged else root(map(leaf_hash, map(_value, range(1, size + 1))))

    def chain(self, size: int) -> bytes:
        """Tell the chain value at a position."""
        return _value(size)

    def chains(self, after: int, until: int) -> Sequence[bytes]:
        """Tell the chain values behind a position."""
        self.read.append((after, until))
        return [_value(position) for position in range(after + 1, until + 1)]

    def open_nodes(self, size: int) -> Sequence[Sequence[bytes]]:
        """Tell the leaves: there is no complete tile."""
        return [[leaf_hash(_value(position)) for position in range(1, size + 1)]]

    def consistency(self, old: int, new: int) -> Sequence[bytes]:
        """Note the question."""
        self.asked.append((old, new))
        return [b"\x01" * 32]


class Streams:
    """A map of one stream."""

    count = 1

    def at(self, size: int) -> "Streams":
        """Give the map at a size."""
        return self

    def root(self) -> bytes:
        """Tell its root."""
        return bytes(32)

    def keep(self) -> None:
        """There is nothing that a restart would have to read again."""


class Writing:
    """A gate that puts plans and commitments on the log, as the real one does."""

    def __init__(self, log: ListLog) -> None:
        self.log = log
        self.plans: list[PlanAnchor] = []

    def dispatch(self, request: Request) -> Accepted:
        """Write what is asked for."""
        command = request.command
        if isinstance(command, CommitStreams):
            fact = StreamsCommitted(size=command.size, count=command.count, root=command.root)
            written = self.log.scribe.write("log:log", fact)
        elif isinstance(command, PlanAnchor):
            self.plans.append(command)
            planned = AnchorPlanned(
                size=command.size,
                root=command.root,
                head=command.head,
                checkpoint=command.checkpoint,
                write=f"anchor/{command.size}",
            )
            written = self.log.scribe.write(f"anchor:{command.size}", planned)
        else:
            raise TypeError(command)
        return Accepted(command=request.key, events=(), position=written.position)


class Anchorage:
    """A worker with a view of anchors that a test lets lag."""

    def __init__(self, *, deployed: bool = True, seconds: float = 0.0, events: int = 1000) -> None:
        self.log, self.tree = ListLog(), Tree()
        self.gate = Writing(self.log)
        self.last = LastAnchors(0, 0)
        self.pace = Pace(events=events, seconds=seconds)
        if deployed:
            self.deploy()
        self.restart()

    def restart(self) -> None:
        """Begin anew."""
        self.worker = AnchorWorker(
            Sender(self.gate, "anchoring"),
            log=self.log,
            builder=AnchorBuilder(self.tree, Streams()),
            checkpoint=lambda size, root, chain: f"checkpoint {size}",
            anchors=lambda: self.last,
            pace=self.pace,
        )

    def deploy(self) -> None:
        """Let the registry stand."""
        self.log.scribe.write(PLATFORM_STREAM, PlatformDeployed(addresses={}, gas_used=1))

    def happens(self) -> None:
        """Write something that wants an anchor."""
        self.log.scribe.write("invoice:A", InvoiceVerified(checks=("a",)))

    def confirm(self, size: int) -> None:
        """Let the chain hold the anchor; the view does not know yet."""
        confirmed = AnchorConfirmed(
            size=size, chain_id=1, registry="r", transaction="t", block=1, block_hash="b"
        )
        self.log.scribe.write(f"anchor:{size}", confirmed)

    @property
    def sizes(self) -> list[int]:
        """The sizes that were planned."""
        return [plan.size for plan in self.gate.plans]


def test_the_streams_are_committed_and_the_commitment_is_under_the_anchor() -> None:
    anchorage = Anchorage()
    anchorage.worker.step()
    plan = anchorage.gate.plans[0]
    assert plan.size == 2
    committed = anchorage.log.scribe.log[1].fact
    assert isinstance(committed, StreamsCommitted)
    assert committed.size == 1
    assert plan.path == ()
    assert plan.checkpoint == "checkpoint 2"


def test_an_idle_log_is_not_anchored_again() -> None:
    anchorage = Anchorage()
    anchorage.worker.step()
    anchorage.confirm(2)
    anchorage.last = LastAnchors(2, 2)
    for _ in range(3):
        anchorage.worker.step()
    anchorage.restart()
    anchorage.worker.step()
    assert anchorage.sizes == [2]


def test_one_anchor_at_a_time_whatever_the_view_says() -> None:
    """The view does not know the first anchor yet: the log does."""
    anchorage = Anchorage()
    anchorage.worker.step()
    anchorage.happens()
    anchorage.worker.step()
    assert anchorage.sizes == [2]
    anchorage.confirm(2)
    anchorage.worker.step()
    assert anchorage.sizes == [2, 6]
    assert anchorage.tree.asked == [(2, 6)]


def test_an_event_waits_for_its_anchor_no_longer_than_configured() -> None:
    anchorage = Anchorage(seconds=3600.0)
    anchorage.worker.step()
    assert anchorage.sizes == []


def test_nothing_is_anchored_before_the_registry_stands() -> None:
    anchorage = Anchorage(deployed=False)
    anchorage.happens()
    anchorage.worker.step()
    assert anchorage.sizes == []
    anchorage.deploy()
    anchorage.worker.step()
    assert anchorage.sizes == [3]


def test_a_failed_anchor_is_followed_by_another_over_the_same_events() -> None:
    anchorage = Anchorage()
    anchorage.worker.step()
    anchorage.log.scribe.write("anchor:2", AnchorFailed(size=2, reason="reverted"))
    anchorage.worker.step()
    assert anchorage.sizes == [2, 5]
    assert anchorage.tree.asked == []


def test_a_failed_anchor_is_found_after_a_restart() -> None:
    anchorage = Anchorage()
    anchorage.worker.step()
    anchorage.log.scribe.write("anchor:2", AnchorFailed(size=2, reason="reverted"))
    anchorage.last = LastAnchors(0, 2)
    anchorage.restart()
    anchorage.worker.step()
    assert anchorage.sizes == [2, 5]


def test_two_implementations_that_disagree_anchor_nothing() -> None:
    anchorage = Anchorage()
    anchorage.tree.forged = True
    anchorage.worker.step()
    assert anchorage.worker.step() == 60
    assert anchorage.worker.disagreement == "two implementations disagree about the root at 2"
    [finding] = stopped_anchors(lambda: anchorage.worker.disagreement)()
    assert finding.alert == "anchor_disagreement"
    anchorage.tree.forged = False
    anchorage.happens()
    anchorage.worker.step()
    assert anchorage.sizes == []


def test_enough_events_are_anchored_before_the_time_is_over() -> None:
    """An anchor's own bookkeeping does not count among them."""
    anchorage = Anchorage(seconds=3600.0, events=3)
    anchorage.happens()
    anchorage.worker.step()
    assert anchorage.sizes == []
    anchorage.happens()
    anchorage.worker.step()
    anchorage.confirm(4)
    assert anchorage.sizes == [4]
    for _ in range(2):
        anchorage.happens()
    anchorage.worker.step()
    assert anchorage.sizes == [4]
    anchorage.happens()
    anchorage.worker.step()
    assert anchorage.sizes == [4, 10]


def test_an_anchor_reads_what_is_new_also_after_a_restart() -> None:
    """Then the second opinion goes on behind the root that was planned last."""
    anchorage = Anchorage()
    anchorage.worker.step()
    anchorage.confirm(2)
    anchorage.last = LastAnchors(2, 2)
    anchorage.restart()
    anchorage.happens()
    anchorage.worker.step()
    assert anchorage.sizes == [2, 6]
    assert anchorage.tree.read == [(0, 2), (2, 6)]


def test_a_second_opinion_is_not_resumed_from_nodes_of_another_tree() -> None:
    anchorage = Anchorage()
    anchorage.worker.step()
    anchorage.confirm(2)
    anchorage.last = LastAnchors(2, 2)
    anchorage.restart()
    anchorage.tree.open_nodes = lambda size: [[bytes(32)] * size]  # type: ignore[method-assign]
    anchorage.happens()
    anchorage.worker.step()
    assert anchorage.sizes == [2]
    assert "agreed" in anchorage.worker.disagreement


def test_an_anchors_own_bookkeeping_is_no_reason_for_another() -> None:
    log = ListLog()
    own = log.scribe.write("chainwrite:anchor/2", ChainWriteBroadcast(transaction="t"))
    other = log.scribe.write("chainwrite:mint/T", ChainWriteBroadcast(transaction="t"))
    assert not is_reason(own)
    assert is_reason(other)
