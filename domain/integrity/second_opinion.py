"""A second opinion on a root, from a library that shares no code with ours.

`merkletools` builds the same tree when its hash function is set to the node hash and its leaves
come hashed as leaves. Before a root is anchored it must agree. Only its tree is used: its
`validate_proof` binds neither index nor size and believes forged paths.
"""

import warnings
from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING

with warnings.catch_warnings():
    # It warns at import that sha3 is missing, which it would need for other hashes only.
    warnings.simplefilter("ignore", UserWarning)
    from merkletools import MerkleTools

if TYPE_CHECKING:
    from hashlib import _Hash


def agrees_with_merkletools(leaves: Iterable[bytes], root: bytes) -> bool:
    """Say whether merkletools finds the same root over these leaf hashes.

    False for an empty tree, which has no root there and is never anchored. Memory grows with the
    number of leaves, time too, about a microsecond a leaf.
    """
    tree = MerkleTools()
    tree.hash_function = _node
    tree.add_leaf([leaf.hex() for leaf in leaves])
    tree.make_tree()
    found: str | None = tree.get_merkle_root()
    return found == root.hex()


def _node(children: bytearray) -> "_Hash":
    return sha256(b"\x01" + children)
