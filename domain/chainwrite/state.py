"""A chain write after its events."""

from typing import Final

import msgspec

from domain.chainwrite import events
from domain.chainwrite.events import ChainWritePlanned
from domain.chainwrite.workflow import CHAINWRITE_WORKFLOW
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event

replace = msgspec.structs.replace

ENDS: Final = frozenset({"CONFIRMED", "FAILED"})
"""States at which a write is left alone unless the chain takes its block back."""
UNSIGNED: Final = frozenset({"PLANNED", "REPLACED", "REVERTED"})
"""States that want a nonce."""


class Signature(msgspec.Struct, frozen=True):
    """A transaction that was signed for a write, and the nonce that it uses."""

    nonce: int
    transaction: str


class ChainWrite(msgspec.Struct, frozen=True):
    """State, plan, every transaction that was ever signed, and the one that counts now.

    ``transaction`` is the one in ``block`` while there is one, else the one signed last.
    ``attempts`` counts nonces since the plan or the last retry, ``confirmed`` tells that others
    have heard of its success.
    """

    state: str = CHAINWRITE_WORKFLOW.start
    plan: ChainWritePlanned | None = None
    sender: str | None = None
    nonce: int | None = None
    transaction: str | None = None
    signed: tuple[Signature, ...] = ()
    block: int | None = None
    block_hash: str | None = None
    attempts: int = 0
    failures: int = 0
    confirmed: bool = False

    @property
    def rivals(self) -> tuple[str, ...]:
        """The transactions of the present nonce: at most one of them is ever mined."""
        return tuple(each.transaction for each in self.signed if each.nonce == self.nonce)


def evolve(state: ChainWrite, event: Event) -> ChainWrite:
    """Apply one fact."""
    state = replace(state, state=CHAINWRITE_WORKFLOW.after(state.state, event.TYPE))
    match event:
        case ChainWritePlanned():
            return replace(state, plan=event)
        case events.NonceAssigned():
            attempts = state.attempts + 1
            return replace(state, sender=event.sender, nonce=event.nonce, attempts=attempts)
        case events.ChainWriteSigned() | events.FeeBumped():
            return _signed(state, event.transaction)
        case events.ChainWriteMined():
            return _mined(state, event)
        case events.ChainWriteReorganised() | events.ChainWriteRetracted():
            return replace(state, block=None, block_hash=None)
        case events.ChainWriteConfirmed():
            return replace(state, confirmed=True)
        case events.ChainWriteReverted() | events.ChainWriteReplaced():
            return replace(state, nonce=None, block=None, block_hash=None)
        case events.ChainWriteFailed():
            return replace(state, failures=state.failures + 1)
        case events.ChainWriteRetried():
            return replace(state, nonce=None, block=None, block_hash=None, attempts=0)
        case _:
            return state


def _signed(state: ChainWrite, transaction: str) -> ChainWrite:
    signature = Signature(state.nonce or 0, transaction)
    return replace(state, transaction=transaction, signed=(*state.signed, signature))


def _mined(state: ChainWrite, event: events.ChainWriteMined) -> ChainWrite:
    nonces = {each.transaction: each.nonce for each in state.signed}
    return replace(
        state,
        transaction=event.transaction,
        nonce=nonces.get(event.transaction, state.nonce),
        block=event.block,
        block_hash=event.block_hash,
    )


def chainwrite_stream(write: str) -> str:
    """Name the stream of a chain write."""
    return f"chainwrite:{write}"


CHAINWRITE: Final = Aggregate(
    name="chainwrite", empty=ChainWrite(), evolve=evolve, events=events.EVENTS
)
