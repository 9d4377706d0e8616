"""What follows when somebody is paused: offers come off the market, records find their way.

The processes that act for everybody to see carry names that tell nothing (002, tipping off).
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from application.processes.manager import ProcessManager, Reaction, Wish
from domain.case.commands import EscalateCase
from domain.case.decide import name_from
from domain.deadline.events import DeadlineBreached
from domain.kernel.event import Recorded
from domain.kernel.ids import identity_of
from domain.kernel.sealed import Sealed
from domain.listing.commands import WithdrawPaused
from domain.listing.events import ListingOpened, ListingReopened
from domain.subject.commands import FreezeSubject
from domain.subject.events import SubjectFrozen
from domain.trade.events import PretradeStopped


class Offered(msgspec.Struct, frozen=True):
    """A lot that a seller offered, and those before it; shared, so that each costs the same."""

    listing: str
    token: str
    slice: int
    before: "Offered | None" = None


def _case(recorded: Recorded) -> str:
    fact = recorded.fact
    return fact.seller if isinstance(fact, ListingOpened) else identity_of(recorded.stream)


def _offer(memory: Offered | None, recorded: Recorded) -> Offered | None:
    fact = recorded.fact
    if not isinstance(fact, ListingOpened):
        return memory
    return Offered(identity_of(recorded.stream), fact.token, fact.slice, memory)


def _withdraw_all(memory: Any, _: Recorded) -> Sequence[Reaction]:
    """Take back the last offer of each lot: no other of it can be open."""
    found: dict[tuple[str, int], str] = {}
    offered: Offered | None = memory
    while offered is not None:
        found.setdefault((offered.token, offered.slice), offered.listing)
        offered = offered.before
    return tuple(Wish(WithdrawPaused(listing=name), name) for name in found.values())


def _withdraw_again(_: object, recorded: Recorded) -> Sequence[Reaction]:
    """A trade failed: the lot of a paused seller does not come back to the market."""
    listing = identity_of(recorded.stream)
    return (Wish(WithdrawPaused(listing=listing), listing),)


MARKET: Final = ProcessManager(
    name="market",
    reactions={SubjectFrozen: _withdraw_all, ListingReopened: _withdraw_again},
    remembers=frozenset({ListingOpened}),
    case=_case,
    fold=_offer,
)


def _pause(_: object, recorded: Recorded) -> Sequence[Reaction]:
    """E4: the buyer whose answer names a list is paused, and compliance looks at it."""
    fact = recorded.fact
    if not isinstance(fact, PretradeStopped):
        return ()
    trade = identity_of(recorded.stream)
    case = name_from(fact.record or Sealed(sealed="", nonce=trade, box=recorded.chain.hex()))
    freeze = FreezeSubject(subject=fact.buyer, case=case, kind="pretrade", reference=trade)
    return (Wish(freeze, fact.buyer),)


def _escalate(_: object, recorded: Recorded) -> Sequence[Reaction]:
    """A report that is late goes to the deputy."""
    fact = recorded.fact
    if not isinstance(fact, DeadlineBreached) or fact.level != "case" or fact.stopped_at:
        return ()
    return (Wish(EscalateCase(case=fact.target), fact.target),)


CASES: Final = ProcessManager(
    name="reviews",
    reactions={PretradeStopped: _pause, DeadlineBreached: _escalate},
)
