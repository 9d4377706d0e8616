"""The stream map and the second opinion, kept up with a growing log."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.integrity import merkle
from domain.integrity.growingmap import GrowingMap, KeyedEnd
from domain.integrity.second_opinion import SecondOpinion, agrees_with_merkletools
from domain.integrity.streammap import StreamEnd, stream_key, stream_map

pytestmark = pytest.mark.capability("B9")

BATCHES = st.lists(st.dictionaries(st.integers(0, 60), st.integers(1, 99), max_size=12), max_size=8)


def _chain(number: int, version: int) -> bytes:
    return sha256(b"%d/%d" % (number, version)).digest()


@given(BATCHES)
def test_a_growing_map_is_the_map_built_at_once(batches: list[dict[int, int]]) -> None:
    """After every batch of changes: count, root, and the place of what is there and what is not."""
    growing, ends = GrowingMap(), dict[int, int]()
    for batch in batches:
        ends |= batch
        growing.take(
            KeyedEnd(stream_key(f"invoice:{number}"), version, _chain(number, version))
            for number, version in batch.items()
        )
        whole = stream_map(
            StreamEnd(f"invoice:{number}", version, _chain(number, version))
            for number, version in ends.items()
        )
        assert (growing.count, growing.root()) == (whole.count, whole.root())
        for number in range(0, 61, 7):
            assert growing.place(f"invoice:{number}") == whole.place(f"invoice:{number}")


def _leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(b"%d" % number) for number in range(count)]


@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 511, 512, 513, 65535, 65536, 65793])
def test_a_second_opinion_on_a_growing_log_is_the_root(count: int) -> None:
    """At the edges of tiles, of the tiles over them, and in between."""
    leaves = _leaves(count)
    opinion = SecondOpinion()
    opinion.extend(leaves[: count // 3])
    opinion.extend(leaves[count // 3 :])
    assert opinion.size == count
    assert opinion.root() == merkle.root(leaves)
    assert agrees_with_merkletools(leaves, merkle.root(leaves))


def test_a_second_opinion_goes_on_only_from_what_was_agreed_on() -> None:
    leaves = _leaves(700)
    nodes = [leaves[512:600], [merkle.root(leaves[:256]), merkle.root(leaves[256:512])]]
    agreed = merkle.root(leaves[:600])
    opinion = SecondOpinion.resume(600, nodes, agreed)
    opinion.extend(leaves[600:])
    assert opinion.root() == merkle.root(leaves)
    forged = [nodes[0], [nodes[1][1], nodes[1][0]]]
    with pytest.raises(ValueError, match="size 600"):
        SecondOpinion.resume(600, forged, agreed)


def test_there_is_no_opinion_on_an_empty_log() -> None:
    assert SecondOpinion().root() is None
    with pytest.raises(ValueError, match="size 0"):
        SecondOpinion.resume(0, [], merkle.EMPTY_ROOT)
