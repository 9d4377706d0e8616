"""A chain fact after its events, and the two decisions about it."""

from typing import Any, Final

import msgspec

from domain.chainfact.events import EVENTS, ChainFactObserved, ChainFactRetracted
from domain.chainfact.workflow import CHAINFACT_WORKFLOW
from domain.kernel.aggregate import Aggregate
from domain.kernel.command import Command
from domain.kernel.event import Event
from domain.kernel.refusal import Refusal

Decision = list[Event] | Refusal


class ObserveChainFact(Command, frozen=True, kw_only=True):
    """Put an event of a contract on the log; the same one is put there once."""

    TYPE = "chainfact.observe"
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

    @property
    def fact(self) -> str:
        """The name of the fact."""
        return fact_name(self.chain_id, self.block_hash, self.log_index)


class RetractChainFact(Command, frozen=True, kw_only=True):
    """Say that the block of a fact is gone."""

    TYPE = "chainfact.retract"
    fact: str


class ChainFact(msgspec.Struct, frozen=True):
    """State and content."""

    state: str = CHAINFACT_WORKFLOW.start
    observed: ChainFactObserved | None = None


def evolve(state: ChainFact, event: Event) -> ChainFact:
    """Apply one fact."""
    observed = event if isinstance(event, ChainFactObserved) else state.observed
    return ChainFact(CHAINFACT_WORKFLOW.after(state.state, event.TYPE), observed)


def fact_name(chain_id: int, block_hash: str, log_index: int) -> str:
    """Name a fact by where the chain has it; the same everywhere and for ever."""
    return f"{chain_id}/{block_hash}/{log_index}"


def chainfact_stream(fact: str) -> str:
    """Name the stream of a fact."""
    return f"chainfact:{fact}"


def observe(state: ChainFact, command: ObserveChainFact) -> Decision:
    """Put the fact on the log unless it is there."""
    if state.state == "OBSERVED":
        return []
    return [
        ChainFactObserved(
            chain_id=command.chain_id,
            contract=command.contract,
            kind=command.kind,
            event=command.event,
            arguments=command.arguments,
            transaction=command.transaction,
            block=command.block,
            block_hash=command.block_hash,
            log_index=command.log_index,
            token=command.token,
        )
    ]


def retract(state: ChainFact, command: RetractChainFact) -> Decision:
    """Say that it is gone, once."""
    if state.state == "RETRACTED":
        return []
    seen = state.observed
    if seen is None:
        refusal = CHAINFACT_WORKFLOW.refuse(command.fact, state.state, command.TYPE)
        return refusal or []
    return [ChainFactRetracted(block=seen.block, block_hash=seen.block_hash, token=seen.token)]


CHAINFACT: Final = Aggregate(name="chainfact", empty=ChainFact(), evolve=evolve, events=EVENTS)
