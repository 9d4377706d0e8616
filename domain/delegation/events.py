"""What happened to the rights of a sub-admin; its stream is the sub-admin's."""

from domain.kernel.event import Event


class DelegationGranted(Event, frozen=True, kw_only=True):
    """The sub-admin may send these commands and ask these questions until then.

    ``grantor`` is whose right it is: it ends when the grantor is no admin any more.
    """

    TYPE = "delegation.granted"
    grant: str
    grantor: str
    commands: tuple[str, ...]
    queries: tuple[str, ...]
    until: str


class DelegationRevoked(Event, frozen=True, kw_only=True):
    """The grant has ended before its time."""

    TYPE = "delegation.revoked"
    grant: str
    reason: str


EVENTS = (DelegationGranted, DelegationRevoked)
"""Everything that may stand in a stream of delegations."""
