"""A question to a view as data: text, parameters and the shape of a row."""

from collections.abc import Collection
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

    @property
    def view(self) -> str:
        """The view that answers: the one in whose room the row is defined."""
        return self.row.__module__.split(".")[1]


class ViewStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How far a view is.

    A stopped one cannot fold the event at ``stopped_at`` for the kind of ``error``, and has
    tried in vain since ``stopped_since`` (RFC 3339).
    """

    view: str
    version: int
    position: int
    stopped_at: int | None = None
    stopped_since: str | None = None
    error: str | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How far the log is, ``head`` its last position, and how far each view."""

    head: int
    views: tuple[ViewStanding, ...]

    @property
    def lag(self) -> int:
        """How many events the last view is behind the log."""
        return max((self.head - view.position for view in self.views), default=0)

    @property
    def stopped(self) -> tuple[ViewStanding, ...]:
        """The views that stand still."""
        return tuple(view for view in self.views if view.stopped_at is not None)


class Reader(Protocol):
    """Answers queries from the views; asynchronous, because only doors ask."""

    async def fetch(self, query: Query[R]) -> list[R]:
        """Answer all rows. Raises StoreUnavailable."""
        ...

    async def reached(self, position: int, timeout: float, views: Collection[str] = ()) -> bool:
        """Wait until these views (all without any) have folded the position; tell whether so.

        Raises StoreUnavailable.
        """
        ...

    async def standing(self) -> Standing:
        """Tell how far the log and the views of this version are. Raises StoreUnavailable."""
        ...
