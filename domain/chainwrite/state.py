"""A chain write after its events."""

from typing import Final

import msgspec

from domain.chainwrite.events import (
    EVENTS,
    ChainWriteMined,
    ChainWritePlanned,
    ChainWriteSigned,
    NonceAssigned,
)
from domain.chainwrite.workflow import CHAINWRITE_WORKFLOW
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import Event


class ChainWrite(msgspec.Struct, frozen=True):
    """State, plan, and the transaction that carries it."""

    state: str = CHAINWRITE_WORKFLOW.start
    plan: ChainWritePlanned | None = None
    nonce: int | None = None
    transaction: str | None = None
    block_hash: str | None = None


def evolve(state: ChainWrite, event: Event) -> ChainWrite:
    """Apply one fact."""
    after = CHAINWRITE_WORKFLOW.after(state.state, event.TYPE)
    match event:
        case ChainWritePlanned():
            return msgspec.structs.replace(state, state=after, plan=event)
        case NonceAssigned():
            return msgspec.structs.replace(state, state=after, nonce=event.nonce)
        case ChainWriteSigned():
            return msgspec.structs.replace(state, state=after, transaction=event.transaction)
        case ChainWriteMined():
            return msgspec.structs.replace(state, state=after, block_hash=event.block_hash)
        case _:
            return msgspec.structs.replace(state, state=after)


def chainwrite_stream(write: str) -> str:
    """Name the stream of a chain write."""
    return f"chainwrite:{write}"


CHAINWRITE: Final = Aggregate(name="chainwrite", empty=ChainWrite(), evolve=evolve, events=EVENTS)
