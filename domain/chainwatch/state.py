"""The watch over a chain after its events, and the one decision about it."""

from typing import Final

import msgspec

from domain.chainwatch.events import EVENTS, ChainReorganised
from domain.kernel.aggregate import Aggregate
from domain.kernel.command import Command
from domain.kernel.event import Event


class RecordChainReorganised(Command, frozen=True, kw_only=True):
    """Record that the chain went back behind blocks that were relied on."""

    TYPE = "chainwatch.record_reorganised"
    chain_id: int
    block: int
    block_hash: str
    fork_block: int
    retracted: int


class ChainWatch(msgspec.Struct, frozen=True):
    """The last reorganisation."""

    last: ChainReorganised | None = None


def evolve(state: ChainWatch, event: Event) -> ChainWatch:
    """Apply one fact."""
    return ChainWatch(event) if isinstance(event, ChainReorganised) else state


def chainwatch_stream(chain_id: int) -> str:
    """Name the stream of a chain's watch."""
    return f"chainwatch:{chain_id}"


def record_reorganised(state: ChainWatch, command: RecordChainReorganised) -> list[Event]:
    """Record it unless it is the one that was recorded last."""
    last = state.last
    if last is not None and (last.block_hash, last.fork_block) == (
        command.block_hash,
        command.fork_block,
    ):
        return []
    return [
        ChainReorganised(
            chain_id=command.chain_id,
            block=command.block,
            block_hash=command.block_hash,
            fork_block=command.fork_block,
            depth=command.block - command.fork_block,
            retracted=command.retracted,
        )
    ]


CHAINWATCH: Final = Aggregate(name="chainwatch", empty=ChainWatch(), evolve=evolve, events=EVENTS)
