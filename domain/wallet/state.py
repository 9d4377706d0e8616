"""The wallets of a subject after their events."""

from typing import Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event
from domain.wallet import events
from domain.wallet.events import EVENTS, WalletChallenged

OPEN_MAX: Final = 8
"""Messages that may wait for a signature at once; the oldest gives way."""


class Binding(msgspec.Struct, frozen=True):
    """A wallet that was proven, and until when that counts."""

    address: str
    lapses_at: str
    primary: bool
    bound: bool = True


class Wallets(msgspec.Struct, frozen=True):
    """Open messages by nonce, wallets by address in lower case."""

    challenges: dict[str, WalletChallenged] = {}
    bindings: dict[str, Binding] = {}

    @property
    def primary(self) -> Binding | None:
        """The wallet that holds the subject's tokens, if it was proven."""
        return next((each for each in self.bindings.values() if each.primary), None)


def evolve(state: Wallets, event: Event) -> Wallets:
    """Apply one fact."""
    match event:
        case events.WalletChallenged():
            challenges = {**state.challenges, event.nonce: event}
            kept = dict(list(challenges.items())[-OPEN_MAX:])
            return msgspec.structs.replace(state, challenges=kept)
        case events.WalletProven():
            left = {name: each for name, each in state.challenges.items() if name != event.nonce}
            binding = Binding(event.address, event.lapses_at, event.primary)
            bindings = {**state.bindings, event.address.lower(): binding}
            return Wallets(challenges=left, bindings=bindings)
        case events.WalletUnbound():
            known = state.bindings[event.address.lower()]
            unbound = msgspec.structs.replace(known, bound=False)
            bindings = {**state.bindings, event.address.lower(): unbound}
            return msgspec.structs.replace(state, bindings=bindings)
        case _:
            message = f"not a fact of a wallet: {event!r}"
            raise TypeError(message)


def wallet_stream(subject: str) -> str:
    """Name the stream of a subject's wallets."""
    return f"wallet:{subject}"


WALLET: Final = Aggregate(name="wallet", empty=Wallets(), evolve=evolve, events=EVENTS)
