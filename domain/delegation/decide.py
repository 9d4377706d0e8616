"""Decisions about the rights of sub-admins."""

from collections.abc import Collection

from domain.delegation import commands, events
from domain.delegation.refusals import NotDelegable
from domain.delegation.state import Delegation
from domain.kernel.calendar import is_instant
from domain.kernel.event import Event
from domain.kernel.ids import SUBJECT as NAME
from domain.kernel.refusal import AlreadyExists, InvalidField, NotFound, Refusal

Decision = list[Event] | Refusal


def grant(
    state: Delegation,
    command: commands.GrantDelegation,
    *,
    grantor: str,
    at: str,
    delegable: Collection[str],
) -> Decision:
    """Grant what an admin may hand on, for a time."""
    if NAME.fullmatch(command.grant) is None:
        return InvalidField(field="grant", reason="use lower case letters, digits and hyphens")
    if command.grant in state.used:
        return AlreadyExists(kind="grant", identity=command.grant)
    if command.sub_admin == grantor:
        return InvalidField(field="sub_admin", reason="must be another than the grantor")
    if not is_instant(command.until) or command.until <= at:
        return InvalidField(field="until", reason="must be an instant that is still to come")
    actions = (*command.commands, *command.queries)
    if not actions:
        return InvalidField(field="commands", reason="name at least one command or query")
    for action in actions:
        if action not in delegable:
            return NotDelegable(action=action[:80])
    return [
        events.DelegationGranted(
            grant=command.grant,
            grantor=grantor,
            commands=tuple(sorted(set(command.commands))),
            queries=tuple(sorted(set(command.queries))),
            until=command.until,
        )
    ]


def revoke(state: Delegation, command: commands.RevokeDelegation) -> Decision:
    """End a grant; ending it again changes nothing."""
    if command.grant not in state.used:
        return NotFound(kind="grant", identity=command.grant)
    if command.grant not in state.grants:
        return []
    return [events.DelegationRevoked(grant=command.grant, reason=command.reason)]
