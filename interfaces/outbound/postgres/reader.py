"""Answers queries from the views, for doors: sessions that see the views' schemas."""

import asyncio
from collections.abc import Collection
from typing import Final, Self, TypeVar

import msgspec
from psycopg import errors, sql

from interfaces.outbound.postgres.pools import Pool
from projections.query import Query, Standing, ViewStanding
from projections.registry import VIEWS
from projections.view import View

R = TypeVar("R", bound=msgspec.Struct)

MOVED: Final = (errors.UndefinedTable, errors.FeatureNotSupported)
"""What a query meets that was planned just before a rebuilt view took its place."""

SESSIONS_MAX: Final = 8
LOOK_SECONDS: Final = 0.01
LOOK_SECONDS_MAX: Final = 0.1

_REACHED: Final = "SELECT view, version, position FROM view_checkpoints"

_STANDING: Final = """
SELECT view, version, position, stopped_at, error,
       to_char(stopped_since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS stopped_since
FROM view_checkpoints
"""
_HEAD: Final = "SELECT coalesce(max(position), 0) AS position FROM events"


class _Reached(msgspec.Struct, frozen=True):
    view: str
    version: int
    position: int


def schema_of(view: View) -> str:
    """Name the schema that holds a view's tables."""
    return f"view_{view.name}"


def search_path() -> sql.Composed:
    """Give the statement that lets a transaction see all views' tables by their bare names."""
    schemas = [sql.Identifier(schema_of(view)) for view in VIEWS]
    return sql.SQL("SET LOCAL search_path TO {}").format(sql.SQL(", ").join(schemas))


class Reader:
    """Answers from the views of this version: ``async with Reader(url)``.

    It satisfies `projections.query.Reader`.
    """

    def __init__(self, url: str, *, sessions_max: int = SESSIONS_MAX) -> None:
        schemas = ",".join([*map(schema_of, VIEWS), "public"])
        self._pool = Pool(url, "reader", size=sessions_max, search_path=schemas)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Open the sessions; a database that is away is waited for in the background."""
        await self._pool.open()

    async def close(self) -> None:
        """Close all sessions."""
        await self._pool.close()

    async def fetch(self, query: Query[R]) -> list[R]:
        """Answer all rows. Raises StoreUnavailable."""
        try:
            rows = await self._pool.rows(query.sql, query.parameters)
        except MOVED:
            rows = await self._pool.rows(query.sql, query.parameters)
        return [msgspec.convert(row, query.row) for row in rows]

    async def reached(self, position: int, timeout: float, views: Collection[str] = ()) -> bool:
        """Wait until these views (all without any) have folded the position; tell whether so.

        Raises StoreUnavailable.
        """
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + timeout, LOOK_SECONDS
        while await self._slowest(views) < position:
            left = deadline - loop.time()
            if left <= 0:
                return False
            await asyncio.sleep(min(pause, left))
            pause = min(pause * 1.5, LOOK_SECONDS_MAX)
        return True

    async def standing(self) -> Standing:
        """Tell how far the log and the views of this version are. Raises StoreUnavailable."""
        rows = msgspec.convert(await self._pool.rows(_STANDING, {}), list[ViewStanding])
        found = {(row.view, row.version): row for row in rows}
        views = (
            found.get(
                (view.name, view.version),
                ViewStanding(view=view.name, version=view.version, position=0),
            )
            for view in VIEWS
        )
        # The head is asked for last, so no view is ahead of it.
        (head,) = await self._pool.rows(_HEAD, {})
        return Standing(head=head["position"], views=tuple(views))

    async def _slowest(self, views: Collection[str]) -> int:
        rows = msgspec.convert(await self._pool.rows(_REACHED, {}), list[_Reached])
        reached = {(row.view, row.version): row.position for row in rows}
        return min(
            reached.get((view.name, view.version), 0)
            for view in VIEWS
            if not views or view.name in views
        )
