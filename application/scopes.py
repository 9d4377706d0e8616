"""How far a role reaches: over everything, over its own, or only as far as a grant or a second
person lets it.

Role and scope open the door. Whether the actor's standing allows it now, and whether this very
thing is the actor's, is decided with the thing's state (DESIGN decision 3).
"""

from collections.abc import Mapping
from typing import Final, Literal

from domain.kernel.command import Command
from domain.kernel.refusal import Refusal
from domain.kernel.roles import BACK_OFFICE, COMPLIANCE_TEAM, ROLES, Role

Scope = Literal["all", "own", "public", "pipeline", "tenant", "granted", "request"]
Rights = Mapping[Role, Scope]

MEANING: Final[dict[Scope, str]] = {
    "all": "everybody's things",
    "own": "what the actor's subject, or its business, is a party of",
    "public": "what is published; of the rest only hashes",
    "pipeline": "the subjects that this broker introduced, and what they earned it",
    "tenant": "sums over the members of this partner's supply-chain tenant, no single thing",
    "granted": "only what an admin has granted to this sub-admin, and while it lasts",
    "request": "only as a request that a second person approves",
}

STAFF: Final[frozenset[Role]] = BACK_OFFICE | {"kyc_reviewer", "sub_admin", "monitor"}
"""Who works for the platform; a sub-admin may enter none of them."""


def reach(scope: Scope, *roles: Role) -> dict[Role, Scope]:
    """Give these roles one scope; such parts are joined with ``|``, the later one holds."""
    return dict.fromkeys(roles, scope)


def own(*roles: Role) -> dict[Role, Scope]:
    """Let these roles act for themselves."""
    return reach("own", *roles)


SYSTEM: Final = reach("all", "process")
ADMIN_ALONE: Final = reach("all", "admin") | SYSTEM
ADMIN: Final = ADMIN_ALONE | reach("granted", "sub_admin")
OPERATIONS: Final = ADMIN | reach("all", "operations")
COMPLIANCE: Final = reach("all", *sorted(COMPLIANCE_TEAM)) | SYSTEM
OVERSEERS: Final = OPERATIONS | COMPLIANCE | reach("all", "auditor")
OFFICE: Final = reach("all", *sorted(BACK_OFFICE)) | reach("granted", "sub_admin")
HOLDERS: Final = own("lender", "investor")
PARTIES: Final = own("seller", "buyer", "lender", "investor", "issuer")
ANYBODY: Final = own(*ROLES) | SYSTEM
PEOPLE: Final = own(*(role for role in ROLES if role != "monitor")) | OFFICE
PUBLIC: Final = reach("public", *(role for role in ROLES if role != "monitor")) | OFFICE

APPROVERS: Final = own("admin", "operations", *sorted(COMPLIANCE_TEAM))
"""Who may make and answer requests; which ones, the row of the command itself tells."""


def two_persons(*roles: Role) -> dict[Role, Scope]:
    """Let these roles ask for it and approve it, never one of them alone."""
    return reach("request", *roles) | SYSTEM


class RoleForbidden(Refusal, frozen=True, kw_only=True):
    """The role does not open this door."""

    CODE = "role_forbidden"
    KIND = "forbidden"
    SENTENCE = "A {role} may not {action}; this needs {allowed}."

    role: str
    action: str
    allowed: str


class SecondPersonNeeded(Refusal, frozen=True, kw_only=True):
    """Nobody does this alone."""

    CODE = "second_person_needed"
    KIND = "forbidden"
    SENTENCE = "{action} needs two persons: make a request, and another one approves it."

    action: str


class OutOfScope(Refusal, frozen=True, kw_only=True):
    """The role opens this door, but not for this thing."""

    CODE = "out_of_scope"
    KIND = "forbidden"
    SENTENCE = "A {role} may {action} only for {scope}."

    role: str
    action: str
    scope: str


def refuse_role(role: Role, action: str, rights: Rights) -> Refusal | None:
    """Say why a role may not do this itself; whom nothing is said of may nothing."""
    scope = rights.get(role)
    if scope is None:
        names = ", ".join(sorted(name for name in rights if name != "process"))
        return RoleForbidden(role=role, action=action, allowed=names or "the system itself")
    return SecondPersonNeeded(action=action) if scope == "request" else None


def refuse_target(role: Role, subject: str, command: Command, scope: Scope) -> Refusal | None:
    """Say why this command is out of the actor's reach, as far as its own fields tell."""
    named = getattr(command, "subject", None)
    outside = scope == "own" and isinstance(named, str) and named != subject
    above = scope == "granted" and not STAFF.isdisjoint(getattr(command, "roles", None) or ())
    if not (outside or above):
        return None
    return OutOfScope(role=role, action=command.TYPE, scope=MEANING[scope])
