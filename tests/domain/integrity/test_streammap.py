"""The stream map: one root over the ends of all streams, in whatever order they are given."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.integrity import merkle
from domain.integrity.streammap import (
    PlacedEnd,
    StreamEnd,
    StreamMap,
    map_leaf,
    stream_key,
    stream_leaf,
    stream_map,
)

LOG = json.loads((Path(__file__).parents[2] / "vectors" / "log.json").read_text())


def _ends() -> list[StreamEnd]:
    ends: dict[str, StreamEnd] = {}
    for body, head in zip(LOG["bodies"], LOG["chain"][1:], strict=True):
        event = json.loads(body)
        stream = event["stream"]
        ends[stream] = StreamEnd(stream, event["version"], bytes.fromhex(head))
    return list(ends.values())


def test_root_of_the_vector_log() -> None:
    assert stream_map(_ends()).root().hex() == LOG["stream_map_root_at_5"]


@given(st.permutations(_ends()))
def test_the_order_of_the_ends_does_not_matter(ends: list[StreamEnd]) -> None:
    assert stream_map(ends) == stream_map(_ends())


def _proven(found: StreamMap, placed: PlacedEnd) -> bool:
    return merkle.verify_inclusion(
        index=placed.index,
        size=found.count,
        leaf=map_leaf(placed.key, placed.version, placed.chain),
        path=placed.path,
        expected_root=found.root(),
    )


def test_each_stream_is_proven_at_its_place() -> None:
    found = stream_map(_ends())
    assert found.count == len(_ends())
    for end in _ends():
        own = found.place(end.stream).own
        assert own is not None
        assert (own.key, own.version, own.chain) == (
            stream_key(end.stream),
            end.version,
            end.chain,
        )
        assert found.leaves[own.index] == stream_leaf(end)
        assert found.inclusion_path(end.stream) == list(own.path)
        assert _proven(found, own)


def test_streams_stand_in_the_order_of_their_keys() -> None:
    assert list(stream_map(_ends()).keys) == sorted(stream_key(end.stream) for end in _ends())


@given(st.text("abcdef", min_size=1).map(lambda text: f"nowhere:{text}"))
def test_a_stream_that_is_not_there_stands_between_two_neighbours(stream: str) -> None:
    found = stream_map(_ends())
    place = found.place(stream)
    assert place.own is None
    assert all(_proven(found, each) for each in place.neighbours)
    key, keys = stream_key(stream), [each.key for each in place.neighbours]
    indices = [each.index for each in place.neighbours]
    if len(keys) == 2:
        assert keys[0] < key < keys[1]
        assert indices[1] == indices[0] + 1
    else:
        assert indices == ([0] if key < keys[0] else [found.count - 1])


def test_a_stream_has_one_end_and_an_unknown_one_no_proof() -> None:
    end = _ends()[0]
    with pytest.raises(ValueError, match="one end"):
        stream_map([end, StreamEnd(end.stream, 9, end.chain)])
    with pytest.raises(KeyError):
        stream_map(_ends()).inclusion_path("invoice:nowhere")
    assert stream_map([]).root() == merkle.EMPTY_ROOT
    assert stream_map([]).place("invoice:nowhere").neighbours == ()
