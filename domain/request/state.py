"""A request after its events."""

from typing import Any, Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event
from domain.kernel.roles import Role
from domain.request.events import EVENTS, RequestApproved, RequestMade
from domain.request.workflow import REQUEST_WORKFLOW


class Request(msgspec.Struct, frozen=True):
    """What is asked for, by whom, who has approved it, and which approvals are still open."""

    state: str = REQUEST_WORKFLOW.start
    kind: str = ""
    data: dict[str, Any] = {}
    hash: str = ""
    maker: str = ""
    roles: tuple[Role, ...] = ()
    tasks: tuple[str, ...] = ()
    checkers: tuple[str, ...] = ()
    deadline: str = ""


def evolve(state: Request, event: Event) -> Request:
    """Apply one fact."""
    after = REQUEST_WORKFLOW.after(state.state, event.TYPE)
    match event:
        case RequestMade():
            return Request(
                state=after,
                kind=event.kind,
                data=event.data,
                hash=event.hash,
                maker=event.maker,
                roles=event.roles,
                tasks=event.tasks,
                deadline=event.deadline,
            )
        case RequestApproved():
            checkers = (*state.checkers, event.checker)
            return msgspec.structs.replace(
                state, state=after, checkers=checkers, tasks=state.tasks[1:]
            )
        case _:
            return msgspec.structs.replace(state, state=after)


def request_stream(request: str) -> str:
    """Name the stream of a request."""
    return f"request:{request}"


REQUEST: Final = Aggregate(name="request", empty=Request(), evolve=evolve, events=EVENTS)
