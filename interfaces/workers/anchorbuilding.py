"""What goes under an anchor: streams, root, second opinion, proof; at the cost of what is new."""

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

import msgspec

from domain.integrity.merkle import leaf_hash
from domain.integrity.second_opinion import SecondOpinion
from domain.log.commands import CommitStreams

STEP_EVENTS: Final = 50_000


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

    def chains(self, after: int, until: int) -> Sequence[bytes]:
        """Tell the chain values of the positions behind one, up to another."""
        ...

    def open_nodes(self, size: int) -> Sequence[Sequence[bytes]]:
        """Tell the nodes that do not fill a tile yet at a size, leaves first."""
        ...

    def consistency(self, old: int, new: int) -> Sequence[bytes]:
        """Prove that the tree of size new extends the one of size old."""
        ...


class StreamRoot(Protocol):
    """The map of all streams at a size."""

    @property
    def count(self) -> int:
        """Number of streams."""
        ...

    def root(self) -> bytes:
        """Tell its root."""
        ...


class Streams(Protocol):
    """The stream map, kept up with the log."""

    def at(self, size: int) -> StreamRoot:
        """Give the map at a size. Raises StoreUnavailable."""
        ...

    def keep(self) -> None:
        """Keep what a restart would have to read again. Raises StoreUnavailable."""
        ...


class Agreed(msgspec.Struct, frozen=True):
    """A size and the root on which both builders agreed there."""

    size: int
    root: bytes


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """What an anchor says of a size, and the proof that it extends the last anchored size."""

    size: int
    root: bytes
    head: bytes
    path: tuple[str, ...]


class TreeDisagreement(Exception):
    """A second implementation finds another root: nothing may be anchored."""


class AnchorBuilder:
    """Builds anchors for ever larger sizes."""

    def __init__(self, tree: Tree, streams: Streams) -> None:
        self._tree = tree
        self._streams = streams
        self._opinion: SecondOpinion | None = None

    def commitment(self, size: int) -> CommitStreams:
        """Say which streams there are at a size. Raises StoreUnavailable."""
        streams = self._streams.at(size)
        return CommitStreams(size=size, count=streams.count, root=streams.root().hex())

    def build(self, size: int, *, base: int, agreed: Agreed | None) -> Built:
        """Build the anchor of a size; ``base`` is the size anchored last, 0 for none.

        After a restart the second opinion goes on behind ``agreed``, the root planned last.
        Raises TreeDisagreement, StoreUnavailable.
        """
        self._tree.catch_up(size)
        root = self._tree.root(size)
        if self._second_opinion(size, agreed) != root:
            message = f"two implementations disagree about the root at {size}"
            raise TreeDisagreement(message)
        path = tuple(each.hex() for each in self._tree.consistency(base, size)) if base else ()
        return Built(size=size, root=root, head=self._tree.chain(size), path=path)

    def keep(self) -> None:
        """Keep what a restart would have to read again; the anchor is under way by then.

        Raises StoreUnavailable.
        """
        self._streams.keep()

    def _second_opinion(self, size: int, agreed: Agreed | None) -> bytes | None:
        opinion = self._opinion or self._resumed(agreed)
        self._opinion = None  # until all is taken in, what it holds counts for nothing
        for chains in self._behind(opinion.size, size):
            opinion.extend(map(leaf_hash, chains))
        if opinion.size != size:
            message = f"the second opinion stands at {opinion.size} and not at {size}"
            raise TreeDisagreement(message)
        self._opinion = opinion
        return opinion.root()

    def _resumed(self, agreed: Agreed | None) -> SecondOpinion:
        if agreed is None:
            return SecondOpinion()
        try:
            nodes = self._tree.open_nodes(agreed.size)
            return SecondOpinion.resume(agreed.size, nodes, agreed.root)
        except ValueError as error:
            raise TreeDisagreement(str(error)) from error

    def _behind(self, after: int, until: int) -> Iterator[Sequence[bytes]]:
        for start in range(after, until, STEP_EVENTS):
            yield self._tree.chains(start, min(start + STEP_EVENTS, until))
