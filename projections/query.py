"""A question to a view as data: text, parameters and the shape of a row."""

from typing import Any, Generic, TypeVar

import msgspec

R = TypeVar("R", bound=msgspec.Struct)


class Query(msgspec.Struct, Generic[R], frozen=True):
    """SQL over the views' tables with named parameters, and the struct of one row.

    Tables are named without a schema: the reader's search path decides which version of a
    view answers.
    """

    sql: str
    parameters: dict[str, Any]
    row: type[R]
