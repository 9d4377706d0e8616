"""What happened to the blocks that the watch had relied on."""

from domain.kernel.event import VISIBLE_TO_ALL, Event


class ChainReorganised(Event, frozen=True, kw_only=True):
    """The chain dropped blocks that were deep enough to rely on.

    ``depth`` blocks behind ``fork_block`` are gone, ``block`` with ``block_hash`` was the last
    of them. What had been observed in them is retracted beside this.
    """

    TYPE = "chainwatch.reorganised"
    VISIBLE = VISIBLE_TO_ALL
    chain_id: int
    block: int
    block_hash: str
    fork_block: int
    depth: int
    retracted: int


EVENTS = (ChainReorganised,)
