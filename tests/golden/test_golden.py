"""Every fact that the log may hold still reads, for ever."""

import json
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest

from domain.catalogue import EVENTS, UPCASTS
from domain.integrity.canonical import canonical
from domain.kernel.event import Event
from tools.golden import GOLDEN, sample_of, shape_of, shapes

SAMPLES = sorted(GOLDEN.glob("*.json"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_an_old_fact_reads_and_writes_the_same_bytes(path: Path) -> None:
    """A sample of today's schema is its own canonical form; an older one can be lifted."""
    kind, schema = path.stem.rsplit(".", 1)
    event = EVENTS[kind]
    stored = path.read_bytes().rstrip(b"\n")
    data = UPCASTS.lift(kind, int(schema), json.loads(stored), event.SCHEMA)
    fact = msgspec.convert(data, event)
    if int(schema) == event.SCHEMA:
        assert canonical(fact) == stored


@pytest.mark.parametrize("kind", sorted(EVENTS))
def test_a_shape_changes_only_with_its_schema_number(kind: str) -> None:
    """The golden sample of today's schema has exactly today's fields."""
    event = EVENTS[kind]
    golden = GOLDEN / f"{kind}.{event.SCHEMA}.json"
    assert golden.read_bytes().rstrip(b"\n") == sample_of(event)
    assert shapes()[f"{kind}.{event.SCHEMA}"] == shape_of(event)


def test_a_shape_is_there_for_each_sample() -> None:
    """Old schemas keep theirs, as they keep their samples."""
    assert sorted(shapes()) == sorted(path.stem for path in SAMPLES)


class Part(msgspec.Struct, frozen=True):
    """A part of a fact."""

    amount: int


Fields = list[tuple[str, Any] | tuple[str, Any, Any]]
FIELDS: Fields = [
    ("name", str),
    ("kind", Literal["one", "two"]),
    ("parts", tuple[Part, ...]),
    ("note", str | None, None),
]


def made(fields: Fields) -> type[Event]:
    """Make an event of these fields."""
    return msgspec.defstruct(
        "Made", fields, bases=(Event,), frozen=True, kw_only=True, omit_defaults=True
    )


@pytest.mark.parametrize(
    "fields",
    [
        [*FIELDS, ("extra", str)],
        [*FIELDS, ("extra", str | None, None)],
        FIELDS[:3],
        [("title", str), *FIELDS[1:]],
        [("name", int), *FIELDS[1:]],
        [("name", str | None), *FIELDS[1:]],
        [("name", str, ""), *FIELDS[1:]],
        [*FIELDS[:3], ("note", str | None)],
        [*FIELDS[:2], ("parts", tuple[int, ...]), FIELDS[3]],
        [*FIELDS[:2], ("parts", tuple[msgspec.defstruct("Part", ["sum"]), ...]), FIELDS[3]],
    ],
)
def test_every_change_of_a_shape_is_seen(fields: Fields) -> None:
    """A field more, less, renamed, of another type, no longer needed or needed from now on."""
    assert shape_of(made(fields)) != shape_of(made(FIELDS))


def test_order_and_words_are_no_shape() -> None:
    """The canonical form sorts the fields, and a further word reads as the others do."""
    changed = [*FIELDS[:1], ("kind", Literal["one", "two", "three"]), *FIELDS[2:]]
    assert shape_of(made(changed[::-1])) == shape_of(made(FIELDS))
