"""Forged proofs that other libraries believed. The README names each bug and its projects."""

from hashlib import sha256

import pytest

from domain.integrity import merkle
from domain.integrity.chain import extend, genesis
from domain.integrity.merkle import (
    PathLengthError,
    inclusion_path,
    leaf_hash,
    node_hash,
    nodes_of,
    root,
    verify_inclusion,
)
from tests.oracles.merkle import tree_hash

LEAVES = [leaf_hash(bytes([number])) for number in range(4)]


def test_pymerkletools_13_an_inner_node_is_no_leaf() -> None:
    """Without domain separation an inner node passed for an entry (second preimage)."""
    inner = LEAVES[0] + LEAVES[1]
    assert leaf_hash(inner) != node_hash(LEAVES[0], LEAVES[1]) == sha256(b"\x01" + inner).digest()


def test_pymerkletools_a_proof_is_bound_to_the_size_of_its_tree() -> None:
    """A tree of two leaves, made of the inner nodes, had the root of the tree of four."""
    pair = [node_hash(LEAVES[0], LEAVES[1]), node_hash(LEAVES[2], LEAVES[3])]
    assert root(pair) == root(LEAVES)
    with pytest.raises(PathLengthError):
        verify_inclusion(index=0, size=4, leaf=pair[0], path=[pair[1]], expected_root=root(LEAVES))


def test_pymerkletools_a_proof_is_bound_to_its_place() -> None:
    """Its proofs said left or right by themselves: any leaf could be shown at any index."""
    path = inclusion_path(1, 4, nodes_of(LEAVES))
    wanted = {"leaf": LEAVES[1], "path": path, "expected_root": root(LEAVES)}
    shown = [verify_inclusion(index=index, size=4, **wanted) for index in range(4)]  # type: ignore[arg-type]
    assert shown == [False, True, False, False]


def test_pymerkletools_a_hash_has_32_bytes_and_no_other_length() -> None:
    """One byte that moved from the sibling into the leaf gave the same concatenation.

    A leaf of 33 bytes and a path element of 31 are no hashes, and refused as such.
    """
    leaf, sibling = LEAVES[0] + LEAVES[1][:1], LEAVES[1][1:]
    assert sha256(b"\x01" + leaf + sibling).digest() == node_hash(*LEAVES[:2])
    with pytest.raises(ValueError, match="32"):
        verify_inclusion(index=0, size=2, leaf=leaf, path=[sibling], expected_root=root(LEAVES[:2]))


def test_immudb_the_tree_is_made_of_the_chain_and_of_nothing_else() -> None:
    """Linear-fake: the middle of the chain was never proven to be in the tree.

    A server that keeps the true chain but puts another entry into the tree has a root that no
    reader of the log recomputes; the reader needs no proof from it.
    """
    log, bodies = "tallystick.example/main", [bytes([number]) for number in range(9)]
    chain = [genesis(log)]
    for position, body in enumerate(bodies, start=1):
        chain.append(extend(position, chain[-1], body))
    true = [leaf_hash(value) for value in chain[1:]]
    fake = extend(5, chain[4], b"another fifth event")
    lied = [*true[:4], leaf_hash(fake), *true[5:]]
    assert merkle.root(lied) != merkle.root(true) == tree_hash(chain[1:])
    for position in range(1, 10):
        path = inclusion_path(position - 1, 9, nodes_of(lied))
        holds = verify_inclusion(
            index=position - 1,
            size=9,
            leaf=true[position - 1],
            path=path,
            expected_root=merkle.root(lied),
        )
        # The event that the chain goes on from is not the one that this tree proves.
        assert holds == (position != 5)
