"""What every resolver gets: the services, and who asks."""

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
    """The views, asked only with text that a database can hold."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def fetch(self, query: Query[R]) -> list[R]:
        """Answer all rows. Raises Refused ``invalid_field``, StoreUnavailable."""
        for name, value in query.parameters.items():
            if isinstance(value, str) and "\0" in value:
                raise Refused(InvalidField(field=name, reason="must not contain U+0000"))
        return await self._reader.fetch(query)

    async def reached(self, position: int, timeout: float, views: Collection[str] = ()) -> bool:
        """Wait until these views (all without any) have folded the position; tell whether so."""
        return await self._reader.reached(position, timeout, views)

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
        self.reader = Views(door.services.reader)
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
