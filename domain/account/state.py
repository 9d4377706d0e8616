"""An account after its events."""

from typing import Final

import msgspec

from domain.account.events import (
    EVENTS,
    AccountCredited,
    AccountDebited,
    AccountHeld,
    AccountOpened,
    AccountPosted,
    AccountReleased,
)
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event

OUTSIDE: Final = "outside"
"""Owner of the accounts that stand for bank, chain and issue: only these may be negative."""


class Account(msgspec.Struct, frozen=True):
    """Balance, what of it is held, and the open holds with what remains in each."""

    opened: bool = False
    book_decimals: int = 0
    balance: int = 0
    held: int = 0
    holds: dict[str, int] = {}

    @property
    def available(self) -> int:
        """Units that are free to move."""
        return self.balance - self.held


def account_stream(owner: str, purpose: str, asset: str) -> str:
    """Name the stream ``account:<owner>/<purpose>/<asset>`` (FORMATS 10)."""
    return f"account:{owner}/{purpose}/{asset}"


def owner_of(stream: str) -> str:
    """Tell the owner of an account from its stream."""
    return stream.removeprefix("account:").partition("/")[0]


def evolve(state: Account, event: Event) -> Account:
    """Apply one fact."""
    match event:
        case AccountOpened():
            return msgspec.structs.replace(state, opened=True, book_decimals=event.book_decimals)
        case AccountDebited() | AccountCredited():
            return msgspec.structs.replace(state, balance=event.balance, held=event.held)
        case AccountHeld():
            holds = {**state.holds, event.hold: event.amount}
        case AccountPosted():
            holds = _reduced(state.holds, event.hold, event.amount)
        case AccountReleased():
            holds = _reduced(state.holds, event.hold, state.holds[event.hold])
        case _:
            message = f"not an account fact: {event!r}"
            raise TypeError(message)
    return msgspec.structs.replace(state, balance=event.balance, held=event.held, holds=holds)


def _reduced(holds: dict[str, int], hold: str, amount: int) -> dict[str, int]:
    remaining = holds[hold] - amount
    others = {name: kept for name, kept in holds.items() if name != hold}
    return {**others, hold: remaining} if remaining else others


ACCOUNT: Final = Aggregate(name="account", empty=Account(), evolve=evolve, events=EVENTS)
