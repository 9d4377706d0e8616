"""What happened to a request; who made and who approved it stands in the envelopes too, with the
signature of each.
"""

from typing import Any

from domain.kernel.event import VISIBLE_TO_COMPLIANCE, Event
from domain.kernel.roles import Role


class RequestMade(Event, frozen=True, kw_only=True):
    """Somebody asks that this command is carried out.

    ``hash`` is SHA-256 of the canonical JSON of ``{data, type}``; ``tasks`` are the approvals
    that are open, ``roles`` who may give them.
    """

    TYPE = "request.made"
    VISIBLE = VISIBLE_TO_COMPLIANCE
    kind: str
    data: dict[str, Any]
    hash: str
    maker: str
    reason: str
    tasks: tuple[str, ...]
    roles: tuple[Role, ...]
    deadline: str


class RequestApproved(Event, frozen=True, kw_only=True):
    """Another person than the maker agrees with exactly this command."""

    TYPE = "request.approved"
    VISIBLE = VISIBLE_TO_COMPLIANCE
    checker: str
    hash: str


class RequestRejected(Event, frozen=True, kw_only=True):
    """Somebody who might have approved says no, or the maker takes it back."""

    TYPE = "request.rejected"
    VISIBLE = VISIBLE_TO_COMPLIANCE
    checker: str
    reason: str


class RequestExpired(Event, frozen=True, kw_only=True):
    """Nobody has answered in time."""

    TYPE = "request.expired"
    VISIBLE = VISIBLE_TO_COMPLIANCE


class RequestCarriedOut(Event, frozen=True, kw_only=True):
    """The command was decided again, at this moment, and has happened in the same decision."""

    TYPE = "request.carried_out"
    VISIBLE = VISIBLE_TO_COMPLIANCE


class RequestFailed(Event, frozen=True, kw_only=True):
    """What was approved is no longer possible; ``code`` is the refusal's."""

    TYPE = "request.failed"
    VISIBLE = VISIBLE_TO_COMPLIANCE
    code: str
    sentence: str


EVENTS = (
    RequestMade,
    RequestApproved,
    RequestRejected,
    RequestExpired,
    RequestCarriedOut,
    RequestFailed,
)
"""Everything that may stand in a request's stream."""
