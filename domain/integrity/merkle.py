"""The Merkle tree of RFC 6962 and RFC 9162: grow it, prove with it, verify strictly.

All functions work on *leaf hashes* (`leaf_hash(entry)`), never on entries. A complete subtree is
named by (level, index): level 0 are the leaf hashes, and (level, index) covers the leaves
index * 2^level up to (index + 1) * 2^level. The shape of the tree follows from its size alone, so
a proof is a list of hashes without directions, and a list of any other length is refused:
that is what makes an inner node useless as a forged leaf.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
HASH_BYTES = len(EMPTY_ROOT)

NodeSource = Callable[[int, int], bytes]
"""Gives the hash of the complete subtree (level, index)."""


class PathLengthError(ValueError):
    """The proof has another number of hashes than its index and size demand."""

    def __init__(self, found: int, expected: int) -> None:
        super().__init__(f"the path has {found} hashes, its place in the tree demands {expected}")
        self.found = found
        self.expected = expected


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry as a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A growing tree of which only the right edge is kept.

    `peaks` are the roots of its complete subtrees, largest first, one for each bit set in `size`.
    """

    __slots__ = ("_peaks", "_size")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if size < 0 or len(peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves does not have {len(peaks)} peaks")
        self._size = size
        self._peaks = list(peaks)

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self._size

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """Roots of the complete subtrees, largest first; with `size` enough to go on later."""
        return tuple(self._peaks)

    def copy(self) -> "Frontier":
        """Return an independent tree of the same leaves, for work that may be given up."""
        return Frontier(self._size, self._peaks)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the right."""
        peaks, size = self._peaks, self._size
        while size & 1:
            leaf = sha256(b"\x01" + peaks.pop() + leaf).digest()
            size >>= 1
        peaks.append(leaf)
        self._size += 1

    def root(self) -> bytes:
        """Return the root hash of all leaves so far."""
        return fold_right(self._peaks)


def fold_right(hashes: Sequence[bytes]) -> bytes:
    """Return the root over subtrees of falling size that stand side by side."""
    if not hashes:
        return EMPTY_ROOT
    result = hashes[-1]
    for left in reversed(hashes[:-1]):
        result = node_hash(left, result)
    return result


def frontier_of(leaves: Iterable[bytes]) -> Frontier:
    """Return the tree over these leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the root hash over these leaf hashes."""
    return frontier_of(leaves).root()


def nodes_of(leaves: Sequence[bytes]) -> NodeSource:
    """Return a source of all complete subtrees over leaf hashes held in memory."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(*pair) for pair in zip(below[::2], below[1::2], strict=False)])
    return lambda level, index: levels[level][index]


def inclusion_path(index: int, size: int, node: NodeSource) -> list[bytes]:
    """Return the hashes that lead from leaf `index` to the root at `size`, nearest first.

    Raises ValueError when the leaf is not in a tree of that size.
    Source: RFC 9162, 2.1.3.1.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    return [range_root(*part, node) for part in _siblings(index, size)]


def _siblings(index: int, size: int) -> list[tuple[int, int]]:
    """Return the leaf ranges beside the way from a leaf to the root, nearest first."""
    start, stop = 0, size
    ranges = []
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_path(old: int, new: int, node: NodeSource) -> list[bytes]:
    """Return the proof that the tree of `new` leaves extends the one of `old` leaves.

    Empty for old = new and for old = 0. Raises ValueError when old > new.
    Source: RFC 9162, 2.1.4.1.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves cannot extend one of {old}")
    if old in (0, new):
        return []
    start, stop = 0, new
    ranges = []
    while old != stop:
        middle = start + _split(stop - start)
        if old <= middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start:  # else the old tree is itself the left-most subtree, and its root is known
        ranges.append((start, stop))
    return [range_root(*part, node) for part in ranges[::-1]]


def _split(width: int) -> int:
    """Return the largest power of two below a width of at least 2."""
    return 1 << ((width - 1).bit_length() - 1)


def range_root(start: int, stop: int, node: NodeSource) -> bytes:
    """Return the root over the leaves start..stop-1, a range that occurs in a tree's shape.

    `start` must be a multiple of a power of two not below the width.
    """
    hashes = []
    for level in range((stop - start).bit_length() - 1, -1, -1):
        if (stop - start) >> level & 1:
            hashes.append(node(level, start >> level))
            start += 1 << level
    return fold_right(hashes)


def root_from_path(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """Return the root to which a path leads from a leaf hash.

    Raises ValueError for a leaf outside the tree or what is no hash, and PathLengthError for a
    path of another length. Source: RFC 9162, 2.1.3.2.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    inner = (index ^ (size - 1)).bit_length()
    expected = inner + (index >> inner).bit_count()
    if len(path) != expected:
        raise PathLengthError(len(path), expected)
    _demand_hashes(leaf, *path)
    result = leaf
    for level, sibling in enumerate(path):
        # Past `inner` the way runs along the right edge, where every sibling stands left.
        if level >= inner or index >> level & 1:
            result = node_hash(sibling, result)
        else:
            result = node_hash(result, sibling)
    return result


def verify_inclusion(
    *, index: int, size: int, leaf: bytes, path: Sequence[bytes], expected_root: bytes
) -> bool:
    """Say whether a path proves the leaf hash at its place under the root.

    Raises PathLengthError for a path of another length, ValueError for an impossible place or
    for what is no hash.
    """
    return root_from_path(index, size, leaf, path) == expected_root


def verify_consistency(
    *, old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Say whether a proof shows that the new tree extends the old one.

    Raises PathLengthError for a proof of another length, ValueError for impossible sizes or for
    what is no hash. Source: RFC 9162, 2.1.4.2.
    """
    expected = _consistency_length(old, new)
    if len(path) != expected:
        raise PathLengthError(len(path), expected)
    _demand_hashes(old_root, new_root, *path)
    if old == 0:
        return old_root == EMPTY_ROOT
    if old == new:
        return old_root == new_root
    hashes = list(path) if old & (old - 1) else [old_root, *path]
    last_old, last_new = old - 1, new - 1
    while last_old & 1:
        last_old >>= 1
        last_new >>= 1
    seen_old = seen_new = hashes[0]
    for sibling in hashes[1:]:
        if last_old & 1 or last_old == last_new:
            seen_old = node_hash(sibling, seen_old)
            seen_new = node_hash(sibling, seen_new)
            while last_old and not last_old & 1:
                last_old >>= 1
                last_new >>= 1
        else:
            seen_new = node_hash(seen_new, sibling)
        last_old >>= 1
        last_new >>= 1
    return seen_old == old_root and seen_new == new_root


def _demand_hashes(*hashes: bytes) -> None:
    # A byte that moves from a sibling into a leaf leaves their concatenation as it was.
    if any(len(one) != HASH_BYTES for one in hashes):
        raise ValueError(f"a hash has {HASH_BYTES} bytes")


def _consistency_length(old: int, new: int) -> int:
    """Return how many hashes the consistency proof between two sizes has."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves cannot extend one of {old}")
    if old in (0, new):
        return 0
    lowest = (old & -old).bit_length() - 1
    place, last = (old - 1) >> lowest, (new - 1) >> lowest
    inner = (place ^ last).bit_length()
    return inner + (place >> inner).bit_count() + (1 if old & (old - 1) else 0)
