"""The tree: equal to the RFC's recursion, and no forged proof is believed."""

import importlib.util
import json
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.integrity import chain, merkle
from domain.integrity.second_opinion import agrees_with_merkletools

TESTS = Path(__file__).parents[2]
TREE = json.loads((TESTS / "vectors" / "merkle.json").read_text())
LOG = json.loads((TESTS / "vectors" / "log.json").read_text())


def _oracle() -> ModuleType:
    spec = importlib.util.spec_from_file_location("oracle", TESTS / "oracles" / "merkle.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


oracle = _oracle()
LEAVES = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in TREE["leaves"]]


def entries(size: int) -> list[bytes]:
    return [number.to_bytes(4) for number in range(size)]


def hashes(size: int) -> list[bytes]:
    return [merkle.leaf_hash(entry) for entry in entries(size)]


def test_chain_and_roots_of_the_vector_log() -> None:
    heads = [chain.genesis(LOG["log"])]
    for position, body in enumerate(LOG["bodies"], 1):
        heads.append(chain.extend(position, heads[-1], body.encode()))
    assert [head.hex() for head in heads] == LOG["chain"]
    assert chain.log_id(LOG["log"]).hex() == LOG["log_id_on_chain"]
    for size, root in LOG["roots"].items():
        leaves = [merkle.leaf_hash(head) for head in heads[1 : int(size) + 1]]
        assert merkle.root(leaves).hex() == root


def test_a_redacted_event_extends_the_chain_by_the_hash_of_its_body() -> None:
    previous = chain.genesis("log")
    body_hash = sha256(b"body").digest()
    assert chain.extend(1, previous, b"body") == chain.extend_hashed(1, previous, body_hash)


def test_roots_of_the_reference_tree() -> None:
    found = [merkle.root(LEAVES[:size]).hex() for size in range(len(LEAVES) + 1)]
    assert found == TREE["roots"]


@pytest.mark.parametrize("case", TREE["inclusion"], ids=lambda c: f"{c['index']} of {c['size']}")
def test_paths_of_the_reference_tree(case: dict[str, object]) -> None:
    index, size = case["index"], case["size"]
    assert isinstance(index, int)
    assert isinstance(size, int)
    path = merkle.inclusion_path(index, size, merkle.nodes_of(LEAVES[:size]))
    assert [step.hex() for step in path] == case["path"]


@pytest.mark.parametrize("case", TREE["consistency"], ids=lambda c: f"{c['first']}-{c['second']}")
def test_consistency_of_the_reference_tree(case: dict[str, object]) -> None:
    old, new = case["first"], case["second"]
    assert isinstance(old, int)
    assert isinstance(new, int)
    path = merkle.consistency_path(old, new, merkle.nodes_of(LEAVES[:new]))
    assert [step.hex() for step in path] == case["path"]


@given(st.integers(1, 200), st.data())
def test_root_and_proofs_equal_the_recursion(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    leaves, node = hashes(size), merkle.nodes_of(hashes(size))
    assert merkle.root(leaves) == oracle.tree_hash(entries(size))
    assert merkle.inclusion_path(index, size, node) == oracle.path(index, entries(size))
    assert merkle.consistency_path(old, size, node) == oracle.consistency(old, entries(size))


@pytest.mark.parametrize("size", [*range(1, 20), 63, 64, 65])
def test_every_true_proof_is_believed(size: int) -> None:
    leaves, node = hashes(size), merkle.nodes_of(hashes(size))
    root = merkle.root(leaves)
    for index, leaf in enumerate(leaves):
        path = merkle.inclusion_path(index, size, node)
        assert merkle.verify_inclusion(
            index=index, size=size, leaf=leaf, path=path, expected_root=root
        )
    for old in range(size + 1):
        assert merkle.verify_consistency(
            old=old,
            new=size,
            old_root=merkle.root(leaves[:old]),
            new_root=root,
            path=merkle.consistency_path(old, size, node),
        )


def _flip(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value) ^ 1 << bit % (8 * len(value))).to_bytes(len(value))


@given(st.integers(1, 70), st.data())
def test_an_inclusion_proof_with_one_changed_bit_is_refused(size: int, data: st.DataObject) -> None:
    index, bit = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, 255))
    leaf, root = hashes(size)[index], merkle.root(hashes(size))
    path = merkle.inclusion_path(index, size, merkle.nodes_of(hashes(size)))

    def believed(leaf: bytes, path: list[bytes], root: bytes) -> bool:
        return merkle.verify_inclusion(
            index=index, size=size, leaf=leaf, path=path, expected_root=root
        )

    assert not believed(_flip(leaf, bit), path, root)
    assert not believed(leaf, path, _flip(root, bit))
    for at, step in enumerate(path):
        assert not believed(leaf, [*path[:at], _flip(step, bit), *path[at + 1 :]], root)


@given(st.integers(2, 70), st.data())
def test_a_consistency_proof_with_one_changed_bit_is_refused(
    size: int, data: st.DataObject
) -> None:
    old, bit = data.draw(st.integers(1, size - 1)), data.draw(st.integers(0, 255))
    leaves = hashes(size)
    roots = merkle.root(leaves[:old]), merkle.root(leaves)
    path = merkle.consistency_path(old, size, merkle.nodes_of(leaves))

    def believed(old_root: bytes, new_root: bytes, path: list[bytes]) -> bool:
        return merkle.verify_consistency(
            old=old, new=size, old_root=old_root, new_root=new_root, path=path
        )

    assert not believed(_flip(roots[0], bit), roots[1], path)
    assert not believed(roots[0], _flip(roots[1], bit), path)
    for at, step in enumerate(path):
        assert not believed(*roots, [*path[:at], _flip(step, bit), *path[at + 1 :]])


@given(st.integers(1, 300), st.data())
def test_a_path_of_another_length_is_refused(size: int, data: st.DataObject) -> None:
    """Longer and shorter: so an inner node can never stand in for a leaf."""
    index = data.draw(st.integers(0, size - 1))
    leaf, root = hashes(size)[index], merkle.root(hashes(size))
    path = merkle.inclusion_path(index, size, merkle.nodes_of(hashes(size)))
    for wrong in ([*path, root], path[1:] if path else [root, root]):
        with pytest.raises(merkle.PathLengthError) as caught:
            merkle.root_from_path(index, size, leaf, wrong)
        assert (caught.value.found, caught.value.expected) == (len(wrong), len(path))


@given(st.integers(1, 300), st.data())
def test_a_consistency_proof_of_another_length_is_refused(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(0, size))
    roots = {"old_root": merkle.root(hashes(old)), "new_root": merkle.root(hashes(size))}
    path = merkle.consistency_path(old, size, merkle.nodes_of(hashes(size)))
    for wrong in ([*path, roots["new_root"]], path[1:] if path else [roots["old_root"]]):
        with pytest.raises(merkle.PathLengthError):
            merkle.verify_consistency(old=old, new=size, path=wrong, **roots)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_outside_the_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="is not in a tree"):
        merkle.inclusion_path(index, size, merkle.nodes_of(hashes(3)))
    with pytest.raises(ValueError, match="is not in a tree"):
        merkle.root_from_path(index, size, merkle.EMPTY_ROOT, [])


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (4, 3)])
def test_a_smaller_tree_extends_nothing(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="cannot extend"):
        merkle.consistency_path(old, new, merkle.nodes_of(hashes(3)))
    with pytest.raises(ValueError, match="cannot extend"):
        merkle.verify_consistency(
            old=old, new=new, old_root=merkle.EMPTY_ROOT, new_root=merkle.EMPTY_ROOT, path=[]
        )


def test_a_false_empty_tree_is_not_believed() -> None:
    root = merkle.root(hashes(3))
    assert not merkle.verify_consistency(old=0, new=3, old_root=root, new_root=root, path=[])


@given(st.integers(0, 300), st.integers(0, 40))
def test_a_frontier_goes_on_from_its_peaks(size: int, more: int) -> None:
    leaves = hashes(size + more)
    early = merkle.frontier_of(leaves[:size])
    resumed = merkle.Frontier(early.size, early.peaks)
    given_up = resumed.copy()
    given_up.append(merkle.EMPTY_ROOT)
    for leaf in leaves[size:]:
        resumed.append(leaf)
    assert resumed.size == size + more
    assert resumed.root() == merkle.root(leaves)


@pytest.mark.parametrize(("size", "peaks"), [(-1, 0), (3, 1), (4, 2), (0, 1)])
def test_a_frontier_with_the_wrong_number_of_peaks_is_refused(size: int, peaks: int) -> None:
    with pytest.raises(ValueError, match="peaks"):
        merkle.Frontier(size, [merkle.EMPTY_ROOT] * peaks)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 31, 33, 129, 1000])
def test_merkletools_finds_the_same_root(size: int) -> None:
    leaves = hashes(size)
    assert agrees_with_merkletools(leaves, merkle.root(leaves))
    assert not agrees_with_merkletools(leaves, merkle.root(leaves[1:]))


def test_an_empty_tree_has_no_second_opinion() -> None:
    assert not agrees_with_merkletools([], merkle.EMPTY_ROOT)
