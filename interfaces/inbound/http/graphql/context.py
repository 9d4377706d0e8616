"""What every resolver gets: the services, and who asks."""

import asyncio
from collections.abc import Collection
from typing import TypeAlias, TypeVar

import msgspec
import strawberry

from domain.kernel.refusal import InvalidField, Refused
from interfaces.inbound.http.calls import Door
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.services import Services
from interfaces.inbound.http.visibility import Principal, demand_query
from projections.query import Query, Reader, Standing

R = TypeVar("R", bound=msgspec.Struct)


class Views:
    """The views, asked only with text that a database can hold.

    With a position to wait for, each view is asked when it has reached that: a question waits
    for the views that answer it and for no other, ``seconds_max`` in all.
    """

    def __init__(self, reader: Reader, seconds_max: float) -> None:
        self._reader = reader
        self._seconds_max = seconds_max
        self._position: int | None = None
        self._end = 0.0
        self._waits: dict[str, asyncio.Task[bool]] = {}

    def wait_for(self, position: int | None) -> None:
        """Answer from now on only from views that have reached this position."""
        self._position = position
        self._end = asyncio.get_running_loop().time() + self._seconds_max

    async def fetch(self, query: Query[R]) -> list[R]:
        """Answer all rows. Raises Refused ``invalid_field``, Problem ``view_behind``,
        StoreUnavailable.
        """
        await self._reach(query)
        for name, value in query.parameters.items():
            if isinstance(value, str) and "\0" in value:
                raise Refused(InvalidField(field=name, reason="must not contain U+0000"))
        return await self._reader.fetch(query)

    async def reached(self, position: int, timeout: float, views: Collection[str] = ()) -> bool:
        """Wait until these views (all without any) have folded the position; tell whether so."""
        return await self._reader.reached(position, timeout, views)

    async def _reach(self, query: Query[R]) -> None:
        if self._position is None:
            return
        view = query.view
        if view not in self._waits:
            left = max(0.0, self._end - asyncio.get_running_loop().time())
            wait = self._reader.reached(self._position, left, (view,))
            self._waits[view] = asyncio.ensure_future(wait)
        if not await asyncio.shield(self._waits[view]):
            raise Problem("view_behind", numbers={"position": self._position})

    async def standing(self) -> Standing:
        """Tell how far the log and the views are. Raises StoreUnavailable."""
        return await self._reader.standing()


class Context:
    """The caller of one request or of one connection.

    ``connection_params`` is set by the WebSocket protocol before anything is executed.
    """

    def __init__(self, door: Door, authorization: str | None) -> None:
        self.door = door
        self.authorization = authorization
        self.names_no_operation = False
        self.connection_params: dict[str, object] | None = None
        self.reader = Views(door.services.reader, door.services.limits.wait_seconds_max)
        self._principal: Principal | None = None

    @property
    def services(self) -> Services:
        """The ports of the application."""
        return self.door.services

    @property
    def principal(self) -> Principal:
        """Who asks. Raises Problem ``unauthenticated``."""
        if self._principal is None:
            raise Problem("unauthenticated")
        return self._principal

    async def identify(self) -> Principal:
        """Look the caller up (again: a key may be revoked while a connection is open).

        Raises Problem ``unauthenticated``, StoreUnavailable.
        """
        try:
            principal = await self.door.keyring.principal(self.authorization)
        except Problem:
            self._principal = None
            raise
        self._principal = principal
        return principal

    def demand(self, query: str) -> Principal:
        """Tell who asks, when the role may ask this. Raises Refused ``role_forbidden``."""
        principal = self.principal
        demand_query(principal, query)
        return principal


Info: TypeAlias = strawberry.Info[Context, None]
