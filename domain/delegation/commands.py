"""What an admin may wish about a sub-admin's rights."""

from domain.kernel.command import Command


class GrantDelegation(Command, frozen=True, kw_only=True):
    """Let a sub-admin send some commands and ask some questions until an instant."""

    TYPE = "delegation.grant"
    sub_admin: str
    grant: str
    commands: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    until: str


class RevokeDelegation(Command, frozen=True, kw_only=True):
    """End a grant now."""

    TYPE = "delegation.revoke"
    sub_admin: str
    grant: str
    reason: str
