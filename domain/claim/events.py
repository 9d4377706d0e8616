"""What happened to a claim."""

from domain.kernel.event import Event


class ClaimTaken(Event, frozen=True, kw_only=True):
    """The claim belongs to ``by`` until it is freed."""

    TYPE = "claim.taken"
    by: str


class ClaimFreed(Event, frozen=True, kw_only=True):
    """The claim is free again."""

    TYPE = "claim.freed"
    by: str


EVENTS = (ClaimTaken, ClaimFreed)
