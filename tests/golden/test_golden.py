"""Every fact that the log may hold still reads, for ever."""

import json
from pathlib import Path

import msgspec
import pytest

from domain.catalogue import EVENTS, UPCASTS
from domain.integrity.canonical import canonical
from tools.golden import GOLDEN, sample_of

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
