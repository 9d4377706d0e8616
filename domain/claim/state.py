"""A claim after its events, and the two decisions about it."""

from typing import Final

import msgspec

from domain.claim.events import EVENTS, ClaimFreed, ClaimTaken
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event


class Claim(msgspec.Struct, frozen=True):
    """Who has taken it, if anybody."""

    taken_by: str | None = None


def evolve(_: Claim, event: Event) -> Claim:
    """Apply one fact."""
    return Claim(taken_by=event.by if isinstance(event, ClaimTaken) else None)


def claim_stream(kind: str, value: str) -> str:
    """Name the stream of a claim; values that are not plain names come as fingerprints."""
    return f"claim:{kind}/{value}"


def take(state: Claim, by: str) -> list[Event] | None:
    """Take a free claim; nothing when somebody else has it."""
    if state.taken_by is None:
        return [ClaimTaken(by=by)]
    return [] if state.taken_by == by else None


def free(state: Claim, by: str) -> list[Event]:
    """Give a claim back; no event when it was not ours."""
    return [ClaimFreed(by=by)] if state.taken_by == by else []


CLAIM: Final = Aggregate(name="claim", empty=Claim(), evolve=evolve, events=EVENTS)
