"""Requests that two persons decide, and grants to sub-admins."""

from typing import Annotated, Final

import strawberry
from strawberry.scalars import JSON

from application.authority import requestable_by
from interfaces.inbound.http.graphql.amounts import chosen, shown
from interfaces.inbound.http.graphql.connections import (
    PAGE_DEFAULT,
    After,
    Connection,
    First,
    Listed,
)
from interfaces.inbound.http.graphql.context import Info
from interfaces.inbound.http.graphql.declared import question
from interfaces.inbound.http.graphql.scalars import Instant, Long
from projections.delegations import queries as delegations
from projections.delegations.queries import DelegationRow
from projections.requests import queries
from projections.requests.queries import RequestRow


@strawberry.type(description="What one person asks for and another one approves.")
class TwoPersonRequest:
    """A request."""

    request: str = strawberry.field(description="Its name.")
    state: str = strawberry.field(
        description="REQUESTED, APPROVED, REJECTED, EXPIRED, CARRIED_OUT or FAILED."
    )
    kind: str = strawberry.field(description="The type of the command that is asked for.")
    data: JSON = strawberry.field(description="The fields of that command.")
    hash: str = strawberry.field(description="What both sign: SHA-256 of the command.")
    maker: str = strawberry.field(description="Who asks.")
    reason: str = strawberry.field(description="Why.")
    roles: list[str] = strawberry.field(description="Who may approve, besides being another.")
    deadline: Instant = strawberry.field(description="Until when it may be answered.")
    checkers: list[str] = strawberry.field(description="Who has answered.")
    outcome: str | None = strawberry.field(description="Why it was refused, or failed.")
    made_at: Instant = strawberry.field(description="When it was made.")
    decided_at: Instant | None = strawberry.field(description="When it was answered.")
    position: Long = strawberry.field(description="The position of its making on the log.")
    last_position: Long = strawberry.field(description="The position of its last event.")


@strawberry.input(description="Which requests.")
class RequestFilter:
    """Conditions that all must hold."""

    state: str | None = strawberry.field(default=None, description="The state.")
    kind: str | None = strawberry.field(default=None, description="The type of the command.")
    maker: str | None = strawberry.field(default=None, description="Who asks.")


@strawberry.type(description="What an admin lets a sub-admin do, and until when.")
class Delegation:
    """A grant."""

    delegation: str = strawberry.field(description="Its name, <sub-admin>/<grant>.")
    sub_admin: str = strawberry.field(description="Whom it lets.")
    grantor: str = strawberry.field(description="By whose right.")
    commands: list[str] = strawberry.field(description="Commands that it opens.")
    queries: list[str] = strawberry.field(description="Questions that it opens.")
    until: Instant = strawberry.field(description="When it ends by itself.")
    revoked: bool = strawberry.field(description="Whether it was ended before.")
    reason: str | None = strawberry.field(description="Why it was ended.")
    granted_at: Instant = strawberry.field(description="When it was granted.")
    position: Long = strawberry.field(description="The position of its grant on the log.")


def _show(row: RequestRow) -> TwoPersonRequest:
    return shown(TwoPersonRequest, row)


def _show_grant(row: DelegationRow) -> Delegation:
    return shown(Delegation, row)


REQUESTS: Final = Listed[RequestRow, TwoPersonRequest, int](
    name="requests", kind=int, key=lambda row: row.position, show=_show
)
DELEGATIONS: Final = Listed[DelegationRow, Delegation, int](
    name="delegations", kind=int, key=lambda row: row.position, show=_show_grant
)


@strawberry.type
class RequestQueries:
    """Questions about what needs a second person, and about handed-on rights."""

    @question("Requests that the caller has a say in, the oldest first.")
    async def requests(
        self,
        info: Info,
        wanted: Annotated[
            RequestFilter | None,
            strawberry.argument(name="filter", description="Which requests."),
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[TwoPersonRequest]:
        """Answer a page of requests."""
        principal = info.context.demand("requests")
        kinds = requestable_by(principal.role)
        condition = chosen(queries.RequestFilter, wanted, kinds=kinds)
        return await REQUESTS.page(
            info.context.reader,
            lambda key, limit: queries.requests(condition, after=key, limit=limit),
            first=first,
            after=after,
        )

    @question("Grants to sub-admins, the oldest first; a sub-admin sees its own.")
    async def delegations(
        self,
        info: Info,
        sub_admin: Annotated[
            str | None, strawberry.argument(description="Only grants to this sub-admin.")
        ] = None,
        first: First = PAGE_DEFAULT,
        after: After = None,
    ) -> Connection[Delegation]:
        """Answer a page of grants."""
        principal = info.context.demand("delegations")
        own = principal.subject if principal.role == "sub_admin" else sub_admin
        return await DELEGATIONS.page(
            info.context.reader,
            lambda key, limit: delegations.delegations(sub_admin=own, after=key, limit=limit),
            first=first,
            after=after,
        )
