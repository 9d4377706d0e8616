"""Keeps the log anchored: when, at which size, with which proof (B1, FX13).

An anchor's own bookkeeping (its plan, its chain write, its confirmation, the commitment to the
streams) is no reason for another anchor, or an idle system would anchor for ever. What came
before is, at the latest after the configured time; so is an anchor that failed, because its events
still lie under none.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec

from application.ports.log import LogReader
from domain.anchor.commands import PlanAnchor
from domain.anchor.events import AnchorFailed
from domain.anchor.state import ANCHOR, anchor_stream
from domain.integrity.merkle import leaf_hash
from domain.integrity.second_opinion import agrees_with_merkletools
from domain.integrity.streammap import StreamEnd, stream_map
from domain.kernel.event import Recorded
from domain.kernel.ids import aggregate_of, identity_of
from domain.log.commands import CommitStreams
from domain.log.events import StreamsCommitted
from domain.platform.state import PLATFORM_STREAM
from interfaces.workers.gateway import Sender

IDLE_SECONDS: Final = 0.25
BATCH: Final = 1000

logger = logging.getLogger("tallystick.anchoring")


class Tree(Protocol):
    """The Merkle tree over the log, as the store keeps it."""

    def catch_up(self, size: int) -> None:
        """Take in the log up to a size. Raises StoreUnavailable."""
        ...

    def root(self, size: int) -> bytes:
        """Tell the root at a size."""
        ...

    def chain(self, size: int) -> bytes:
        """Tell the chain value at a position."""
        ...

    def leaves(self, size: int) -> Sequence[bytes]:
        """Tell the chain values of positions 1 to size."""
        ...

    def consistency(self, old: int, new: int) -> Sequence[bytes]:
        """Prove that the tree of size new extends the one of size old."""
        ...

    def stream_ends(self, size: int) -> Sequence[StreamEnd]:
        """Tell each stream's last version and chain value at a size."""
        ...


class LastAnchors(msgspec.Struct, frozen=True):
    """The size that was anchored last, and the one planned last; 0 when there is none."""

    confirmed: int
    planned: int


class TreeDisagreement(Exception):
    """A second implementation finds another root: nothing may be anchored."""


Checkpoint = Callable[[int, bytes, bytes], str]
"""Signs (size, root, chain) as a checkpoint; sizes never go down."""


class AnchorWorker:
    """Plans anchors one after the other."""

    def __init__(
        self,
        sender: Sender,
        *,
        log: LogReader,
        tree: Tree,
        checkpoint: Checkpoint,
        anchors: Callable[[], LastAnchors],
        seconds: float,
    ) -> None:
        self._sender = sender
        self._log = log
        self._tree = tree
        self._checkpoint = checkpoint
        self._anchors = anchors
        self._seconds = seconds
        self._seen = 0
        self._planned = 0
        self._deployed = False
        self._waiting_since: float | None = None

    def step(self) -> float:
        """Plan an anchor when one is due; tells how long to wait."""
        self._look_for_reasons()
        due = self._waiting_since is not None and (
            time.monotonic() - self._waiting_since >= self._seconds
        )
        if due and self._registry_stands():
            latest, state = self._latest()
            if state != "PLANNED":
                self._anchor(latest if state == "CONFIRMED" else self._anchors().confirmed)
                self._waiting_since = None
        return IDLE_SECONDS

    def _look_for_reasons(self) -> None:
        if not self._seen:
            self._seen = self._anchors().planned
        while batch := self._log.read(self._seen, BATCH):
            if self._waiting_since is None and any(is_reason(each) for each in batch):
                self._waiting_since = time.monotonic()
            self._seen = batch[-1].position

    def _registry_stands(self) -> bool:
        # Before the platform is deployed there is nothing to anchor in.
        self._deployed = self._deployed or bool(self._log.read_stream(PLATFORM_STREAM))
        return self._deployed

    def _latest(self) -> tuple[int, str]:
        """Tell size and state of the anchor planned last; the log knows before the view does."""
        size = self._planned = max(self._planned, self._anchors().planned)
        if not size:
            return 0, ANCHOR.empty.state
        facts = [each.fact for each in self._log.read_stream(anchor_stream(size))]
        return size, ANCHOR.fold(facts).state

    def _anchor(self, base: int) -> None:
        head = self._log.head().position
        self._tree.catch_up(head)
        streams = stream_map(self._tree.stream_ends(head))
        commitment = CommitStreams(size=head, count=streams.count, root=streams.root().hex())
        size = self._sender.send(commitment, f"streams/{head}").position
        self._tree.catch_up(size)
        root, chain = self._tree.root(size), self._tree.chain(size)
        # Signed at once: from here on nobody signs this size, and no larger one comes between.
        checkpoint = self._checkpoint(size, root, chain)
        if not agrees_with_merkletools([leaf_hash(each) for each in self._tree.leaves(size)], root):
            message = f"two implementations disagree about the root at {size}"
            raise TreeDisagreement(message)
        path = tuple(each.hex() for each in self._tree.consistency(base, size)) if base else ()
        plan = PlanAnchor(
            size=size,
            root=root.hex(),
            head=chain.hex(),
            checkpoint=checkpoint,
            path=path,
        )
        self._sender.send(plan, f"anchor/{size}")
        self._planned = size
        logger.info("anchoring the log at size %d", size)


def is_reason(recorded: Recorded) -> bool:
    """Say whether an event wants an anchor: every one but a good anchor's own bookkeeping."""
    if isinstance(recorded.fact, AnchorFailed):
        return True
    kind = aggregate_of(recorded.stream)
    if kind == "anchor" or isinstance(recorded.fact, StreamsCommitted):
        return False
    return not (kind == "chainwrite" and identity_of(recorded.stream).startswith("anchor/"))
