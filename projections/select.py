"""Queries as data: the columns of a row struct, conditions that apply, a keyset page."""

from collections.abc import Sequence
from typing import Any, Final, TypeVar

import msgspec

from projections.query import Query

R = TypeVar("R", bound=msgspec.Struct)

PAGE_MAX: Final = 200
"""Rows of one page at most."""

ROWS_MAX: Final = PAGE_MAX + 1
"""Rows of one query at most: doors ask for one more to learn whether a page follows."""


class Condition(msgspec.Struct, frozen=True):
    """SQL that holds for the wanted rows, and the value of the parameter that it names.

    Without a value the condition does not apply; without a name it has no parameter.
    """

    sql: str
    name: str | None
    value: Any


def always(sql: str) -> Condition:
    """Ask for rows by a constant condition, which a partial index can answer."""
    return Condition(sql, None, value=True)


def equal(column: str, value: str | int | None) -> Condition:
    """Ask for rows whose column has this value."""
    return Condition(f"{column} = %({column})s", column, value)


def among(column: str, values: Sequence[str]) -> Condition:
    """Ask for rows whose column has one of these values."""
    return Condition(f"{column} = ANY(%({column}_among)s)", f"{column}_among", list(values))


def outside(column: str, values: Sequence[str] | None) -> Condition:
    """Ask for rows whose column has none of these values."""
    name = f"{column}_outside"
    return Condition(f"{column} <> ALL(%({name})s)", name, list(values) if values else None)


def at_least(column: str, value: str | int | None) -> Condition:
    """Ask for rows whose column is not below this value."""
    return Condition(f"{column} >= %({column}_least)s", f"{column}_least", value)


def at_most(column: str, value: str | int | None) -> Condition:
    """Ask for rows whose column is not above this value."""
    return Condition(f"{column} <= %({column}_most)s", f"{column}_most", value)


def above(column: str, value: str | int | None) -> Condition:
    """Ask for rows behind a cursor in ascending order."""
    return Condition(f"{column} > %(after)s", "after", value)


def below(column: str, value: str | int | None) -> Condition:
    """Ask for rows behind a cursor in descending order."""
    return Condition(f"{column} < %(after)s", "after", value)


def select(
    row: type[R],
    source: str,
    conditions: Sequence[Condition] = (),
    *,
    order: str,
    limit: int = 1,
) -> Query[R]:
    """Ask for rows in an order; the row struct's fields are the columns.

    A limit is cut to 1..201. All SQL comes from constants of this room, all values go as
    parameters.
    """
    applying = [condition for condition in conditions if condition.value is not None]
    parameters = {part.name: part.value for part in applying if part.name is not None}
    parts = [f"SELECT {', '.join(row.__struct_fields__)}", f"FROM {source}"]
    if applying:
        parts.append("WHERE " + " AND ".join(f"({condition.sql})" for condition in applying))
    parts.append(f"ORDER BY {order} LIMIT %(limit)s")
    parameters["limit"] = max(1, min(limit, ROWS_MAX))
    return Query("\n".join(parts), parameters, row)


def given(query: Query[R], **values: str | int) -> Query[R]:
    """Give a query the values that its source names."""
    return msgspec.structs.replace(query, parameters={**query.parameters, **values})
