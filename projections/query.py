"""A question to a view as data: text, parameters and the shape of a row."""

from typing import Any, Generic, Protocol, TypeVar

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


class Reader(Protocol):
    """Answers queries from the views; asynchronous, because only doors ask."""

    async def fetch(self, query: Query[R]) -> list[R]:
        """Answer all rows. Raises StoreUnavailable."""
        ...

    async def reached(self, position: int, timeout: float) -> bool:
        """Wait until all views have folded the position; tells whether they have."""
        ...
