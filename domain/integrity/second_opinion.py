"""A second opinion on a root, from a library that shares no code with ours.

`merkletools` builds the same tree when its hash function is set to the node hash and its leaves
come hashed as leaves. Before a root is anchored it must agree. Only its tree is used: its
`validate_proof` binds neither index nor size and believes forged paths.
"""

import warnings
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Final

with warnings.catch_warnings():
    # It warns at import that sha3 is missing, which it would need for other hashes only.
    warnings.simplefilter("ignore", UserWarning)
    from merkletools import MerkleTools

if TYPE_CHECKING:
    from hashlib import _Hash


TILE_WIDTH: Final = 256


class SecondOpinion:
    """Merkletools' root over a log that grows, at the cost of what is new.

    It pairs nodes level by level and lets an odd one rise as it is, so eight of its levels over
    256 leaves that are complete give one node of the ninth, for ever. That node is merkletools'
    own work, never a tile of ours; what is not complete is always computed anew. After a restart
    it goes on from the nodes at a size only if *its* root over them is the root that was agreed
    on at that size: no other nodes lead to it.
    """

    def __init__(self) -> None:
        self.size = 0
        self._open: list[list[bytes]] = [[]]

    @classmethod
    def resume(cls, size: int, nodes: Sequence[Sequence[bytes]], root: bytes) -> "SecondOpinion":
        """Go on behind a size; ``nodes`` are those of each level's incomplete tile, leaves first.

        Raises ValueError when they do not lead to the root that was agreed on.
        """
        opinion = cls()
        opinion.size = size
        opinion._open = [list(level) for level in nodes] or [[]]
        if not size or opinion.root() != root:
            message = f"the nodes at size {size} do not lead to the root that was agreed on"
            raise ValueError(message)
        return opinion

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Take in the leaf hashes that follow."""
        for leaf in leaves:
            self.size += 1
            self._open[0].append(leaf)
            level = 0
            while len(self._open[level]) == TILE_WIDTH:
                if level + 1 == len(self._open):
                    self._open.append([])
                self._open[level + 1].append(_root(self._open[level]))
                self._open[level] = []
                level += 1

    def root(self) -> bytes | None:
        """Return the root over everything so far; none for an empty tree, as in the library."""
        rising: bytes | None = None
        for level in self._open:
            nodes = level if rising is None else [*level, rising]
            rising = _root(nodes) if nodes else None
        return rising


def agrees_with_merkletools(leaves: Iterable[bytes], root: bytes) -> bool:
    """Say whether merkletools finds the same root over these leaf hashes.

    False for an empty tree, which has no root there and is never anchored. Memory grows with the
    number of leaves, time too, about a microsecond a leaf.
    """
    hashes = list(leaves)
    return bool(hashes) and _root(hashes) == root


def _root(hashes: Sequence[bytes]) -> bytes:
    tree = MerkleTools()
    tree.hash_function = _node
    tree.add_leaf([each.hex() for each in hashes])
    tree.make_tree()
    return bytes.fromhex(tree.get_merkle_root())


def _node(children: bytearray) -> "_Hash":
    return sha256(b"\x01" + children)
