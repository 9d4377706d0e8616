"""A type that has changed twice, in a catalogue of its own: every old fact reads as today's."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue import EVENTS, UPCASTS, UnknownEventError, fact_of
from domain.integrity.canonical import canonical
from domain.kernel.event import Envelope, Event
from domain.kernel.upcast import Data, Upcasts


class MeterRead(Event, frozen=True, kw_only=True):
    """A reading, as of today: unit and amount apart, with a place that may be unknown."""

    TYPE = "meter.read"
    SCHEMA = 3

    amount: int
    unit: str
    place: str | None = None


def _in_parts(data: Data) -> Data:
    """From 1 ``{"reading": "12 kWh"}`` to 2 ``{"value": 12, "unit": "kWh"}``."""
    amount, unit = data["reading"].split(" ")
    return {"value": int(amount), "unit": unit}


def _renamed(data: Data) -> Data:
    """From 2 to 3: ``value`` is called ``amount``."""
    return {"amount": data["value"], "unit": data["unit"]}


def _upcasts() -> Upcasts:
    upcasts = Upcasts()
    upcasts.add(MeterRead.TYPE, 1, _in_parts)
    upcasts.add(MeterRead.TYPE, 2, _renamed)
    return upcasts


CATALOGUE: dict[str, type[Event]] = {MeterRead.TYPE: MeterRead}


def stored(schema: int, data: dict[str, Any]) -> Envelope:
    """Make an envelope as an old version of the system wrote it."""
    return Envelope(
        log="tallystick.example/test",
        stream="meter:1",
        version=1,
        type=MeterRead.TYPE,
        schema=schema,
        at="2026-05-22T10:42:00.000000Z",
        actor="process:test",
        command="c",
        correlation="c",
        data=data,
    )


@given(st.integers(0, 2**53 - 1), st.sampled_from(["kWh", "m3"]))
def test_the_same_fact_reads_the_same_from_every_schema(amount: int, unit: str) -> None:
    versions: list[tuple[int, dict[str, Any]]] = [
        (1, {"reading": f"{amount} {unit}"}),
        (2, {"value": amount, "unit": unit}),
        (3, {"amount": amount, "unit": unit}),
    ]
    for schema, data in versions:
        envelope, before = stored(schema, data), json.dumps(data)
        fact = fact_of(envelope, CATALOGUE, _upcasts())
        assert fact == MeterRead(amount=amount, unit=unit)
        # What was hashed stays: only the reading is another one.
        assert json.dumps(envelope.data) == before
        assert canonical(fact) == canonical(MeterRead(amount=amount, unit=unit))


def test_only_todays_schema_has_todays_fields() -> None:
    """An old fact is not taken for a new one, whatever it looks like."""
    with pytest.raises(KeyError):
        fact_of(stored(1, {"amount": 12, "unit": "kWh"}), CATALOGUE, _upcasts())
    fact = fact_of(stored(3, {"amount": 1, "unit": "m3", "place": "x"}), CATALOGUE, _upcasts())
    assert fact == MeterRead(amount=1, unit="m3", place="x")


def test_a_step_that_is_missing_is_missed() -> None:
    upcasts = Upcasts()
    upcasts.add(MeterRead.TYPE, 1, _in_parts)
    with pytest.raises(KeyError):
        fact_of(stored(1, {"reading": "12 kWh"}), CATALOGUE, upcasts)


def test_a_step_is_registered_once() -> None:
    with pytest.raises(ValueError, match="already"):
        _upcasts().add(MeterRead.TYPE, 2, _renamed)


@pytest.mark.parametrize("schema", [4, 99])
def test_a_schema_of_the_future_is_not_guessed_at(schema: int) -> None:
    with pytest.raises(UnknownEventError):
        fact_of(stored(schema, {"amount": 1, "unit": "m3"}), CATALOGUE, _upcasts())


def test_a_type_of_the_future_is_unknown() -> None:
    with pytest.raises(UnknownEventError):
        fact_of(stored(1, {}))


def test_no_type_of_the_house_has_lost_a_step() -> None:
    """A type of schema n reads facts of 1 to n-1: each of these steps is there."""
    for kind, event in EVENTS.items():
        for schema in range(1, event.SCHEMA):
            assert UPCASTS.knows(kind, schema), f"{kind} cannot be lifted from {schema}"
