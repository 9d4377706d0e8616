"""The stream map: one root over the ends of all streams, in whatever order they are given."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.integrity import merkle
from domain.integrity.streammap import StreamEnd, stream_key, stream_leaf, stream_map

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


def test_each_stream_is_proven_at_its_place() -> None:
    found = stream_map(_ends())
    assert found.count == len(_ends())
    for end in _ends():
        assert merkle.verify_inclusion(
            index=found.index[end.stream],
            size=found.count,
            leaf=stream_leaf(end),
            path=found.inclusion_path(end.stream),
            expected_root=found.root(),
        )


def test_streams_stand_in_the_order_of_their_keys() -> None:
    index = stream_map(_ends()).index
    ordered = sorted(index, key=stream_key)
    assert [index[stream] for stream in ordered] == list(range(len(index)))


def test_a_stream_has_one_end_and_an_unknown_one_no_proof() -> None:
    end = _ends()[0]
    with pytest.raises(ValueError, match="one end"):
        stream_map([end, StreamEnd(end.stream, 9, end.chain)])
    with pytest.raises(KeyError):
        stream_map(_ends()).inclusion_path("invoice:nowhere")
    assert stream_map([]).root() == merkle.EMPTY_ROOT
