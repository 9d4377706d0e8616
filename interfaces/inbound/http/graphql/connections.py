"""Relay connections over keyset pages: edges, cursors that say nothing, and the page's ends."""

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Final, Generic, TypeAlias, TypeVar

import msgspec
import strawberry

from domain.kernel.money import LARGEST
from domain.kernel.refusal import InvalidField, Refused
from interfaces.inbound.http.asof import MEANING
from interfaces.inbound.http.graphql.scalars import Long
from projections.query import Query, Reader
from projections.select import PAGE_MAX

N = TypeVar("N")
R = TypeVar("R", bound=msgspec.Struct)
K = TypeVar("K", int, str)

PAGE_DEFAULT: Final = 50
"""Things of one page when nobody says how many."""

_CURSOR_LENGTH_MAX: Final = 512

First: TypeAlias = Annotated[
    int, strawberry.argument(description=f"How many things, 1 to {PAGE_MAX}.")
]
After: TypeAlias = Annotated[
    str | None, strawberry.argument(description="The endCursor of the page before this one.")
]

AsOf: TypeAlias = Annotated[str | None, strawberry.argument(description=MEANING)]


@strawberry.type(description="Where a page begins and ends, and what lies beyond it.")
class PageInfo:
    """The ends of a page (Relay cursor connections)."""

    has_next_page: bool = strawberry.field(description="Whether more things follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether a page came before this one.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first thing.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last thing.")


@strawberry.type(description="A thing at its place in a list.")
class Edge(Generic[N]):
    """A thing and its cursor."""

    node: N = strawberry.field(description="The thing.")
    cursor: str = strawberry.field(description="Its place, opaque; only good for this list.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[N]):
    """A page of a list (Relay cursor connections)."""

    edges: list[Edge[N]] = strawberry.field(description="The things in order.")
    page_info: PageInfo = strawberry.field(description="The ends of this page.")
    as_of: Long | None = strawberry.field(
        default=None,
        description="The position as of which it is answered: ask for further pages as of it.",
    )


def nothing() -> Connection[N]:
    """Answer a page without anything on it."""
    ends = PageInfo(
        has_next_page=False, has_previous_page=False, start_cursor=None, end_cursor=None
    )
    return Connection(edges=[], page_info=ends)


class Listed(msgspec.Struct, Generic[R, N, K], frozen=True, kw_only=True):
    """A list that is read page by page: its name, its key, and how a row is shown.

    ``kind`` is the type of the key; a cursor of another list is not taken.
    """

    name: str
    kind: type[K]
    key: Callable[[R], K]
    show: Callable[[R], N]

    async def page(
        self,
        reader: Reader,
        query: Callable[[K | None, int], Query[R]],
        *,
        first: int,
        after: str | None,
    ) -> Connection[N]:
        """Read one page; ``query`` takes the last key and how many rows.

        Raises Refused with ``invalid_field``, StoreUnavailable.
        """
        size = _size(first)
        rows = await reader.fetch(query(self.key_of(after), size + 1))
        edges = [Edge(node=self.show(row), cursor=self.cursor(row)) for row in rows[:size]]
        ends = PageInfo(
            has_next_page=len(rows) > size,
            has_previous_page=after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        )
        return Connection(edges=edges, page_info=ends)

    def cursor(self, row: R) -> str:
        """Write the place of a row."""
        text = f"{self.name}:{self.key(row)}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def key_of(self, cursor: str | None) -> K | None:
        """Read a place; raises Refused for anything that is no cursor of this list."""
        if cursor is None:
            return None
        name, _, key = _decoded(cursor).partition(":")
        if name != self.name or not key or (self.kind is int and not _is_position(key)):
            raise Refused(InvalidField(field="after", reason="is not a cursor of this list"))
        return self.kind(key)


def _size(first: int) -> int:
    if not 1 <= first <= PAGE_MAX:
        raise Refused(InvalidField(field="first", reason=f"must be 1 to {PAGE_MAX}"))
    return first


def _decoded(cursor: str) -> str:
    if len(cursor) > _CURSOR_LENGTH_MAX or not cursor.isascii():
        return ""
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    # U+0000 is text that Postgres does not take.
    return "" if "\0" in text else text


def _is_position(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) <= 16 and int(key) <= LARGEST
