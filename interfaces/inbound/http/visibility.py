"""Who sees what: the one place that every read of every door asks.

The back office sees all; others see what is theirs, and what is not is as if it were not there.
Whether a role may ask a question at all stands in ``application.authority``.
"""

from collections.abc import Collection

import msgspec

from application.authority import asks_by_grant, refuse_query
from domain.apikey.refusals import KeyTooNarrow
from domain.apikey.scopes import Scopes, lets_ask, lets_send
from domain.catalogue import EVENTS, may_read
from domain.delegation.refusals import NotGranted
from domain.kernel.refusal import NotFound, Refused
from domain.kernel.roles import BACK_OFFICE, Role


class Principal(msgspec.Struct, frozen=True):
    """Whoever showed a key: the subject it acts for, in which role, by which key.

    Whoever has signed in has a user and a session, too; ``scopes`` narrow what a key is good for,
    ``rate`` how many requests a second it may make. ``granted`` are the questions that grants in
    force let a sub-admin ask.
    """

    subject: str
    role: Role
    key: str
    scopes: Scopes = None
    rate: float | None = None
    user: str | None = None
    session: str | None = None
    granted: frozenset[str] = frozenset()

    @property
    def actor(self) -> str:
        """The actor's name on the log."""
        return f"subject:{self.subject}"


def sees_all(principal: Principal) -> bool:
    """Say whether everybody's things are shown."""
    return principal.role in BACK_OFFICE or principal.role == "sub_admin"


def scope(principal: Principal) -> str | None:
    """Tell whose things a list may show: nothing means everybody's."""
    return None if sees_all(principal) else principal.subject


def may_see(principal: Principal, parties: Collection[str | None]) -> bool:
    """Say whether a thing between these parties is shown."""
    return sees_all(principal) or principal.subject in parties


def demand_visible(
    principal: Principal, parties: Collection[str | None], *, kind: str, identity: str
) -> None:
    """Go on when a thing is shown; raises Refused with ``not_found`` otherwise."""
    if not may_see(principal, parties):
        raise Refused(NotFound(kind=kind, identity=identity))


def hidden_types(principal: Principal) -> tuple[str, ...]:
    """Name the event types whose very occurrence somebody must not learn of."""
    return tuple(kind for kind in sorted(EVENTS) if not may_read(principal.role, kind))


def demand_query(principal: Principal, query: str) -> None:
    """Go on when the role may ask this question; raises Refused with ``role_forbidden``."""
    refusal = refuse_query(principal.role, query)
    if refusal is not None:
        raise Refused(refusal)
    if asks_by_grant(principal.role, query) and query not in principal.granted:
        raise Refused(NotGranted(action=query))
    if not lets_ask(principal.scopes, query):
        raise Refused(KeyTooNarrow(key=principal.key, action=query))


def demand_sendable(principal: Principal, command: str) -> None:
    """Go on when the key is good for this type of command; raises Refused ``key_too_narrow``."""
    if not lets_send(principal.scopes, command):
        raise Refused(KeyTooNarrow(key=principal.key, action=command))
