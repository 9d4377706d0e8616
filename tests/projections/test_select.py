"""How questions become SQL."""

import msgspec
import pytest

from projections.select import (
    PAGE_MAX,
    ROWS_MAX,
    above,
    always,
    at_least,
    at_most,
    below,
    equal,
    select,
)


class Thing(msgspec.Struct, frozen=True):
    name: str
    size: int


def test_columns_are_the_fields_of_the_row() -> None:
    query = select(Thing, "things", order="name")
    assert query.sql == "SELECT name, size\nFROM things\nORDER BY name LIMIT %(limit)s"
    assert query.parameters == {"limit": 1}
    assert query.row is Thing


def test_only_conditions_with_a_value_apply_and_values_are_parameters() -> None:
    conditions = [
        equal("name", "x'; DROP TABLE things"),
        equal("size", None),
        at_least("size", 0),
        at_most("size", 9),
        always("size <> 3"),
    ]
    query = select(Thing, "things", conditions, order="name", limit=7)
    assert "DROP" not in query.sql
    assert "size = " not in query.sql
    assert "(name = %(name)s) AND (size >= %(size_least)s) AND (size <= %(size_most)s)" in query.sql
    assert "(size <> 3)" in query.sql
    assert query.parameters == {
        "name": "x'; DROP TABLE things",
        "size_least": 0,
        "size_most": 9,
        "limit": 7,
    }


@pytest.mark.parametrize(("asked", "given"), [(-5, 1), (0, 1), (1, 1), (200, 200), (10**9, 201)])
def test_limits_are_cut(asked: int, given: int) -> None:
    query = select(Thing, "things", order="name", limit=asked)
    assert query.parameters["limit"] == given
    assert ROWS_MAX == PAGE_MAX + 1


def test_cursors_go_both_ways() -> None:
    assert above("name", "m").sql == "name > %(after)s"
    assert below("size", 4).sql == "size < %(after)s"
