"""Packed arrays mean to Postgres what the plain ones mean."""

import struct
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interfaces.outbound.postgres import packing
from interfaces.outbound.postgres.packing import Packed, PackedDumper

pytestmark = pytest.mark.postgres
BIG = st.integers(-(2**63), 2**63 - 1)
SMALL = st.integers(-(2**15), 2**15 - 1)
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
MANY_RUNS = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def read_back(admin: psycopg.Connection, packed: Packed, kind: str) -> list[Any]:
    """Let Postgres read a packed array and tell it in its own words."""
    admin.adapters.register_dumper(Packed, PackedDumper)
    row = admin.execute(f"SELECT %b::{kind}[]".encode(), [packed]).fetchone()
    assert row is not None
    answer: list[Any] = row[0]
    return answer


@MANY_RUNS
@given(big=st.lists(BIG), small=st.lists(SMALL), texts=st.lists(TEXT))
def test_numbers_and_texts_arrive(
    admin: psycopg.Connection, big: list[int], small: list[int], texts: list[str]
) -> None:
    assert read_back(admin, packing.bigints(big), "bigint") == big
    assert read_back(admin, packing.smallints(small), "smallint") == small
    assert read_back(admin, packing.texts(texts), "text") == texts


@MANY_RUNS
@given(plain=st.lists(st.binary()), some=st.lists(st.none() | st.binary()))
def test_bytes_and_nulls_arrive(
    admin: psycopg.Connection, plain: list[bytes], some: list[bytes | None]
) -> None:
    assert read_back(admin, packing.byteas(plain), "bytea") == plain
    assert read_back(admin, packing.byteas_or_nulls(some), "bytea") == some


@MANY_RUNS
@given(st.lists(st.uuids()))
def test_uuids_arrive(admin: psycopg.Connection, names: list[UUID]) -> None:
    assert read_back(admin, packing.uuids([str(name) for name in names]), "uuid") == names


def test_a_number_that_does_not_fit_is_refused_before_it_is_sent() -> None:
    with pytest.raises(struct.error):
        packing.bigints([2**63])
