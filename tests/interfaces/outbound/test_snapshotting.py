"""A state survives being written down, for each aggregate: after any history, with any values."""

import types
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.catalogue import AGGREGATES, aggregate_for
from domain.kernel.ids import aggregate_of
from interfaces.outbound.snapshotting import Base, Sealer, Snapshot, form_of
from tests.projections.tale import tell

SEALER = Sealer(b"k" * 32)
CHAIN = b"c" * 32
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(),
    int: st.integers(-(2**63), 2**53),
    bool: st.booleans(),
    type(None): st.none(),
    Any: st.text() | st.integers() | st.booleans() | st.none() | st.lists(st.text()),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Give values of a type as states use them."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        return st.one_of(*map(values, arguments))
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is frozenset:
        return st.frozensets(values(arguments[0]), max_size=3)
    if origin is dict:
        return st.dictionaries(*map(values, arguments), max_size=3)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = {field.name: values(field.type) for field in msgspec.structs.fields(kind)}
        return st.builds(kind, **fields)
    return PLAIN[kind]


def snapshot(stream: str, state: Any) -> Snapshot:
    """Write a state down."""
    return SEALER.snapshot(stream, Base(state, 7), 9, CHAIN)


@pytest.mark.parametrize("name", sorted(AGGREGATES))
def test_any_state_comes_back_as_it_was(name: str) -> None:
    """Whatever values its fields hold."""

    @settings(max_examples=25, deadline=None)
    @given(values(type(AGGREGATES[name].empty)))
    def comes_back(state: Any) -> None:
        assert SEALER.open(snapshot(f"{name}:one", state)) == Base(state, 7)

    comes_back()


def test_every_state_of_a_long_tale_can_be_gone_on_from() -> None:
    """After each event, from a state that was written down and read back."""
    states: dict[str, Any] = {}
    for event in tell():
        aggregate = aggregate_for(event.stream)
        state = states.get(event.stream, aggregate.empty)
        opened = SEALER.open(snapshot(event.stream, state))
        assert opened is not None
        fact = msgspec.json.decode(msgspec.json.encode(event.fact), type=type(event.fact))
        after = aggregate.evolve(state, fact)
        assert aggregate.evolve(opened.state, fact) == after
        states[event.stream] = after
    assert {aggregate_of(stream) for stream in states} == set(AGGREGATES)


CHANGES = [{"stream": "claim:two"}, {"version": 8}, {"position": 10}, {"chain": b"d" * 32}]


@pytest.mark.parametrize("change", [*CHANGES, {"state": b"{}"}, {"seal": b""}], ids=str)
def test_nothing_about_a_snapshot_can_be_another(change: dict[str, Any]) -> None:
    """It opens for its own stream and place only, and under its own seal."""
    good = snapshot("claim:one", AGGREGATES["claim"].empty)
    assert SEALER.open(msgspec.structs.replace(good, **change)) is None
    assert Sealer(b"l" * 32).open(good) is None


def test_each_aggregate_has_a_form_of_its_own() -> None:
    assert len({form_of(name) for name in AGGREGATES}) == len(AGGREGATES)
