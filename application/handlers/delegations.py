"""Rights handed on to sub-admins (LB3)."""

from typing import Final

from application.authority import COMMAND_ROLES, QUERY_ROLES
from application.draft import Draft, Handling, Loading, single
from application.ports.gate import Request
from domain.delegation import commands, decide
from domain.delegation.refusals import NotGranted
from domain.delegation.state import DELEGATION, Delegation, delegation_stream
from domain.kernel.command import Context
from domain.kernel.refusal import Refused
from domain.subject.decide import refuse_role
from domain.subject.state import SUBJECT, subject_stream

DELEGABLE: Final = frozenset(
    {command.TYPE for command, rights in COMMAND_ROLES.items() if "sub_admin" in rights}
    | {query for query, rights in QUERY_ROLES.items() if rights.get("sub_admin") == "granted"}
)
"""What an admin may hand on: never the handing on itself, keys, users, or settings."""

revoke = single(DELEGATION, lambda command: delegation_stream(command.sub_admin), decide.revoke)


def grant(command: commands.GrantDelegation, context: Context) -> Handling:
    """Grant rights to an active sub-admin, by the right of an active admin."""
    draft, grantor = Draft(), context.subject
    stream, receiver = delegation_stream(command.sub_admin), subject_stream(command.sub_admin)
    yield from draft.load(stream, receiver, subject_stream(grantor))
    draft.demand(refuse_role(draft.of(SUBJECT, subject_stream(grantor)), grantor, "admin"))
    draft.demand(refuse_role(draft.of(SUBJECT, receiver), command.sub_admin, "sub_admin"))
    decision = decide.grant(
        draft.of(DELEGATION, stream),
        command,
        grantor=grantor,
        at=context.at,
        delegable=DELEGABLE,
    )
    draft.add(DELEGATION, stream, decision)
    return draft


def demand_grant(request: Request, at: str) -> Loading:
    """Go on when a grant in force, by an active admin, lets an active sub-admin do this.

    Asks for streams as a handler does and is answered with their states. Raises Refused.
    """
    sub_admin, action = request.actor.partition(":")[2], request.command.TYPE
    own, stream = subject_stream(sub_admin), delegation_stream(sub_admin)
    states = yield own, stream
    if refusal := refuse_role(states[own], sub_admin, "sub_admin"):
        raise Refused(refusal)
    delegation: Delegation = states[stream]
    for grantor in delegation.grantors(action, at):
        name = subject_stream(grantor)
        known = yield (name,)
        if refuse_role(known[name], grantor, "admin") is None:
            return
    raise Refused(NotGranted(action=action))
