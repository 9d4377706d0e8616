"""Tiles: whatever the tree can prove, its tiles alone can prove too."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.integrity import merkle
from domain.integrity.tiles import (
    Tile,
    TileBuilder,
    index_path,
    nodes_from_tiles,
    read_tile,
    tile_path,
    tile_root,
    tile_width,
)

LEAVES = [merkle.leaf_hash(number.to_bytes(4)) for number in range(66_000)]
SIZES = st.one_of(
    st.integers(1, len(LEAVES)),
    st.sampled_from([1, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 65_792, 65_793]),
)


class Store:
    """Keeps complete tiles and leaves, as a database would."""

    def __init__(self) -> None:
        self.tiles: dict[tuple[int, int], Tile] = {}
        self.builder = TileBuilder()
        for leaf in LEAVES:
            for tile in self.builder.append(leaf):
                assert (tile.level, tile.index) not in self.tiles
                self.tiles[tile.level, tile.index] = tile

    def completed(self, level: int, index: int) -> bytes:
        return self.tiles[level, index].hashes

    def roots(self, level: int, start: int, stop: int) -> bytes:
        return b"".join(self.tiles[level, index].root for index in range(start, stop))

    def leaves(self, start: int, stop: int) -> bytes:
        assert stop - start < 256
        return b"".join(LEAVES[start:stop])


STORE = Store()


def _source(size: int) -> merkle.NodeSource:
    return nodes_from_tiles(lambda level, index: read_tile(STORE, level, index, size))


@settings(max_examples=30)
@given(SIZES, st.data())
def test_proofs_from_tiles_are_believed(size: int, data: st.DataObject) -> None:
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    root = merkle.root(LEAVES[:size])
    assert merkle.range_root(0, size, _source(size)) == root
    path = merkle.inclusion_path(index, size, _source(size))
    assert merkle.verify_inclusion(
        index=index, size=size, leaf=LEAVES[index], path=path, expected_root=root
    )
    assert merkle.verify_consistency(
        old=old,
        new=size,
        old_root=merkle.root(LEAVES[:old]),
        new_root=root,
        path=merkle.consistency_path(old, size, _source(size)),
    )


def test_each_tile_is_the_tree_above_the_tiles_below() -> None:
    for tile in STORE.tiles.values():
        assert len(tile.hashes) == 8192
        assert tile.root == tile_root(tile.hashes)
    assert STORE.tiles[1, 0].hashes == STORE.roots(0, 0, 256)
    assert STORE.builder.partial(1) == STORE.roots(0, 256, 257)
    assert STORE.builder.partial(2) == STORE.roots(1, 0, 1)
    assert STORE.builder.partial(3) == b""
    assert STORE.builder.size == len(LEAVES)


@pytest.mark.parametrize("size", [0, 1, 256, 300, 65_536, 65_900])
def test_a_builder_goes_on_where_a_store_ends(size: int) -> None:
    resumed = TileBuilder.resume(size, STORE)
    for leaf in LEAVES[size:]:
        for tile in resumed.append(leaf):
            assert tile == STORE.tiles[tile.level, tile.index]
    for level in range(4):
        assert resumed.partial(level) == STORE.builder.partial(level)


def test_a_tile_that_does_not_exist_is_refused() -> None:
    for level, index in ((0, 2), (1, 0), (3, 0)):
        with pytest.raises(LookupError, match="no tile"):
            read_tile(STORE, level, index, 100 if level else 512)


def test_a_tile_that_is_too_short_is_refused() -> None:
    node = nodes_from_tiles(lambda level, index: b"\x00" * 32)
    with pytest.raises(LookupError, match="has only 1 hashes"):
        node(1, 0)


def test_a_tile_is_fetched_once_for_a_proof() -> None:
    asked: list[tuple[int, int]] = []

    def fetch(level: int, index: int) -> bytes:
        asked.append((level, index))
        return read_tile(STORE, level, index, len(LEAVES))

    merkle.inclusion_path(12_345, len(LEAVES), nodes_from_tiles(fetch))
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize(
    ("level", "index", "size", "width"),
    [(0, 0, 0, 0), (0, 0, 1, 1), (0, 0, 256, 256), (0, 1, 256, 0), (1, 0, 511, 1), (1, 0, 512, 2)],
)
def test_the_width_follows_from_the_size(level: int, index: int, size: int, width: int) -> None:
    assert tile_width(level, index, size) == width


def test_tiles_are_named_as_tlog_tiles_says() -> None:
    assert index_path(1_234_067) == "x001/x234/067"
    assert index_path(0) == "000"
    assert index_path(1000) == "x001/000"
    assert tile_path(1, 5) == "tile/1/005"
    assert tile_path(0, 1_234_067, 17) == "tile/0/x001/x234/067.p/17"


def test_a_name_needs_a_possible_tile() -> None:
    with pytest.raises(ValueError, match="not negative"):
        index_path(-1)
    for width in (0, 257):
        with pytest.raises(ValueError, match="1 to 256"):
            tile_path(0, 0, width)
