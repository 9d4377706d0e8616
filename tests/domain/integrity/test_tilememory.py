"""Remembered tiles answer as tiles that are read anew, and are forgotten in time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.integrity import merkle
from domain.integrity.tilememory import TileMemory, rows_of
from domain.integrity.tiles import (
    TILE_WIDTH,
    TileSource,
    parse_tile_name,
    tile_path,
    tile_root,
    tile_width,
)

LEAVES = [merkle.leaf_hash(number.to_bytes(4)) for number in range(1500)]
NODES = merkle.nodes_of(LEAVES)


def tile_of(size: int, asked: list[tuple[int, int]] | None = None) -> TileSource:
    """Give the tiles of a tree of this size; tells which ones were asked for."""

    def tile(level: int, index: int) -> bytes:
        if asked is not None:
            asked.append((level, index))
        width = tile_width(level, index, size)
        return b"".join(NODES(8 * level, index * TILE_WIDTH + at) for at in range(width))

    return tile


@settings(max_examples=40)
@given(st.lists(st.integers(1, len(LEAVES)), min_size=1, max_size=6), st.data())
def test_any_proof_of_any_size_comes_from_one_memory(sizes: list[int], data: st.DataObject) -> None:
    """Whatever was remembered of smaller and larger trees, each proof is the right one."""
    memory = TileMemory(limit=data.draw(st.integers(1, 8)))
    for size in sizes:
        source = memory.nodes(size, tile_of(size))
        index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
        plain = merkle.nodes_of(LEAVES[:size])
        assert merkle.range_root(0, size, source) == merkle.root(LEAVES[:size])
        assert merkle.inclusion_path(index, size, source) == merkle.inclusion_path(
            index, size, plain
        )
        assert merkle.consistency_path(old, size, source) == merkle.consistency_path(
            old, size, plain
        )
        assert len(memory) <= 8


def test_a_tile_is_fetched_once_while_it_is_remembered() -> None:
    asked: list[tuple[int, int]] = []
    memory = TileMemory()
    for index in (3, 700, 4, 701):
        merkle.inclusion_path(index, 1500, memory.nodes(1500, tile_of(1500, asked)))
    assert sorted(asked) == sorted(set(asked))
    memory.clear()
    merkle.inclusion_path(3, 1500, memory.nodes(1500, tile_of(1500, asked)))
    assert sorted(asked) != sorted(set(asked))


def test_the_tile_used_last_stays() -> None:
    asked: list[tuple[int, int]] = []
    memory = TileMemory(limit=2)
    source = memory.nodes(1500, tile_of(1500, asked))
    for index in (0, 300, 0, 600, 0, 300):
        source(0, index)
    assert asked == [(0, 0), (0, 1), (0, 2), (0, 1)]


def test_what_is_not_in_the_tree_is_not_in_the_memory() -> None:
    memory = TileMemory()
    source = memory.nodes(1000, tile_of(1500))
    for level, index in ((0, 1000), (8, 3), (1, 500), (10, 0), (16, 0)):
        with pytest.raises(LookupError):
            source(level, index)
    with pytest.raises(LookupError):
        memory.nodes(1500, lambda level, index: b"\x00" * 32)(0, 5)


def test_rows_are_those_of_the_tree() -> None:
    for width in (1, 2, 3, 7, 255, 256):
        hashes = b"".join(LEAVES[:width])
        rows = rows_of(hashes)
        assert rows[0] == hashes
        for height, row in enumerate(rows):
            wanted = [NODES(height, at) for at in range(width >> height)]
            assert row == b"".join(wanted)
    assert rows_of(b"".join(LEAVES[:256]))[8] == tile_root(b"".join(LEAVES[:256]))


@given(st.integers(0, 10**15 - 1), st.integers(1, TILE_WIDTH))
def test_a_tiles_name_is_read_back(index: int, width: int) -> None:
    name = tile_path(0, index, width).removeprefix("tile/0/")
    assert parse_tile_name(name) == (index, width)


@pytest.mark.parametrize(
    "name",
    [
        *("", "0", "00", "0000", "x000/001", "x001/x001", "x01/001", "X001/001", "001.p/0"),
        *("001.p/256", "001.p/257", "001.p/01", "001.p", "001.p/", "001/", "/001", " 001"),
        *("001\n", "٠٠١", "x001/x001/x001/x001/x001/001", "-01", "001.p/1/", "001.P/1"),
    ],
)
def test_a_tile_has_one_name(name: str) -> None:
    with pytest.raises(ValueError, match="tile"):
        parse_tile_name(name)
