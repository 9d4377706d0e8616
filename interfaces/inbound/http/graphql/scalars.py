"""Leaves of the schema that GraphQL does not bring: 53-bit integers, days, instants."""

import re
from datetime import date
from typing import Final, NewType

import strawberry
from graphql import GraphQLError, IntValueNode, ValueNode
from strawberry.types.scalar import ScalarDefinition

from domain.kernel.money import LARGEST

Long = NewType("Long", int)
Day = NewType("Day", str)
Instant = NewType("Instant", str)

_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z")


def _parse_long(value: object) -> Long:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
        message = "must be a whole number of at most 2^53-1 in size"
        raise GraphQLError(message)
    return Long(value)


def _parse_long_literal(node: ValueNode, _: object = None) -> Long:
    # A literal with thousands of digits must not be turned into a number first.
    whole = isinstance(node, IntValueNode) and len(node.value) <= 17
    return _parse_long(int(node.value) if whole and isinstance(node, IntValueNode) else None)


def _parse_day(value: object) -> Day:
    try:
        if isinstance(value, str) and date.fromisoformat(value).isoformat() == value:
            return Day(value)
    except ValueError:
        pass  # refused below, as every other value that is no day
    message = "must be a day as YYYY-MM-DD"
    raise GraphQLError(message)


def _parse_instant(value: object) -> Instant:
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return Instant(value)
    message = "must be an instant as YYYY-MM-DDThh:mm:ss.ffffffZ"
    raise GraphQLError(message)


SCALARS: Final[dict[object, ScalarDefinition]] = {
    Long: strawberry.scalar(
        name="Long",
        description="A whole number of at most 2^53-1 in size, written as a JSON number.",
        parse_value=_parse_long,
        parse_literal=_parse_long_literal,
    ),
    Day: strawberry.scalar(
        name="Date",
        description="A calendar day, YYYY-MM-DD.",
        parse_value=_parse_day,
    ),
    Instant: strawberry.scalar(
        name="DateTime",
        description="An instant: RFC 3339, UTC, six decimals, Z.",
        parse_value=_parse_instant,
    ),
}
