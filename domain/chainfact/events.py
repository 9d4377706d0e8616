"""What was seen on the chain that no chain write of ours explains."""

from typing import Any

from domain.kernel.event import Event


class ChainFactObserved(Event, frozen=True, kw_only=True):
    """A contract of ours emitted an event in a transaction that we never signed.

    ``kind`` names the contract's artifact, ``event`` is ``unknown`` when its ABI has no such
    topic: then ``arguments`` are the bare topics and data. ``token`` is absent for contracts
    that belong to no token, and for a token that the log does not know.
    """

    TYPE = "chainfact.observed"
    chain_id: int
    contract: str
    kind: str
    event: str
    arguments: dict[str, Any]
    transaction: str
    block: int
    block_hash: str
    log_index: int
    token: str | None = None


class ChainFactRetracted(Event, frozen=True, kw_only=True):
    """The block that held it is no longer part of the chain; ``token`` is that of the fact."""

    TYPE = "chainfact.retracted"
    block: int
    block_hash: str
    token: str | None = None


EVENTS = (ChainFactObserved, ChainFactRetracted)
