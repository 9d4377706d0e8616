"""The grants of a sub-admin after their events."""

from typing import Final

import msgspec

from domain.delegation.events import EVENTS, DelegationGranted, DelegationRevoked
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event


class Delegation(msgspec.Struct, frozen=True):
    """Grants by name, without those that were revoked; ``used`` are all names ever given."""

    grants: dict[str, DelegationGranted] = {}
    used: frozenset[str] = frozenset()

    def grantors(self, action: str, at: str) -> tuple[str, ...]:
        """Tell whose right lets the sub-admin do or ask this now; nobody's, and it may not."""
        return tuple(
            dict.fromkeys(
                grant.grantor
                for grant in self.grants.values()
                if at < grant.until and action in {*grant.commands, *grant.queries}
            )
        )


def evolve(state: Delegation, event: Event) -> Delegation:
    """Apply one fact."""
    match event:
        case DelegationGranted():
            grants = {**state.grants, event.grant: event}
            return Delegation(grants=grants, used=state.used | {event.grant})
        case DelegationRevoked():
            left = {name: grant for name, grant in state.grants.items() if name != event.grant}
            return Delegation(grants=left, used=state.used)
        case _:
            message = f"not a fact of a delegation: {event!r}"
            raise TypeError(message)


def delegation_stream(sub_admin: str) -> str:
    """Name the stream of a sub-admin's grants."""
    return f"delegation:{sub_admin}"


DELEGATION: Final = Aggregate(name="delegation", empty=Delegation(), evolve=evolve, events=EVENTS)
