"""Watches what our contracts say, whoever made them say it (FX10).

Blocks are read in order once they are deep enough. What an own chain write brought about is on the
log by its outcome and is only counted here; every other event becomes a chain fact. A fact is named
by chain, block hash and log index, and is written before the place is moved, so a crash repeats it
and the log has it once. When blocks that were deep enough leave the chain all the same, facts of
them are retracted, and reading begins again where the chains part.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, Protocol

import msgspec

from application.ports.log import LogReader
from domain.chainfact.state import ObserveChainFact, RetractChainFact, chainfact_stream
from domain.chainwatch.state import RecordChainReorganised, chainwatch_stream
from domain.chainwrite.state import chainwrite_stream
from domain.log.state import LOG, LOG_STREAM
from interfaces.outbound.evm.discovery import Wallets, created_by, named_by
from interfaces.outbound.evm.errors import ChainUnreachable
from interfaces.outbound.evm.logs import ChainEvent, Contract, RangeTooLarge
from interfaces.outbound.evm.transactions import Block
from interfaces.outbound.postgres.chainwatch import SeenBlock
from interfaces.telemetry.metrics import CHAIN_EVENTS, WATCHED_BLOCK
from interfaces.workers.gateway import Sender

IDLE_SECONDS: Final = 0.5
SPAN_MAX: Final = 1000
"""Blocks of one range at most; a node that finds it too large is asked for fewer."""

CHECKED_BLOCKS: Final = 64
"""So many of the last blocks are held against their parents' hashes, and remembered."""

logger = logging.getLogger("tallystick.watcher")


class ChainBehind(ChainUnreachable):
    """The node's chain is shorter than what was read already; it may catch up."""


class ChainMoved(ChainUnreachable):
    """The chain changed while it was read."""


class ChainSource(Protocol):
    """Blocks and events; see `interfaces.outbound.evm.logs.ChainLogs`."""

    def chain_id(self) -> int:
        """Return the chain's number."""
        ...

    def height(self) -> int:
        """Return the height of the newest block."""
        ...

    def block(self, number: int) -> Block | None:
        """Return the block at a height now."""
        ...

    def events(
        self, contracts: Iterable[Contract], *, first: int, last: int
    ) -> Iterator[ChainEvent]:
        """Read events of contracts in a range of blocks."""
        ...


class WatchStore(Protocol):
    """What the watch remembers; see `interfaces.outbound.postgres.chainwatch`."""

    def last(self) -> SeenBlock | None:
        """Tell the last block that was read."""
        ...

    def blocks(self) -> Sequence[SeenBlock]:
        """List the blocks that are remembered, the last first."""
        ...

    def contracts(self) -> Sequence[Contract]:
        """List the contracts that are watched."""
        ...

    def commit(
        self,
        blocks: Iterable[SeenBlock],
        contracts: Iterable[Contract],
        wallets: Iterable[Wallets],
    ) -> None:
        """Remember all of it together."""
        ...

    def rewind(self, block: int) -> None:
        """Forget everything behind a block."""
        ...

    def writes_of(self, transactions: Collection[str]) -> Mapping[str, str]:
        """Tell which chain write signed a transaction, for those that we signed."""
        ...


class ObservedFact(msgspec.Struct, frozen=True):
    """A fact on the log that is not retracted, and the block that held it."""

    fact: str
    block: int
    block_hash: str


class Knowledge(Protocol):
    """What the log knows, as its views tell it; all raise StoreUnavailable."""

    def created(self) -> Sequence[Contract]:
        """List the contracts that chain writes of ours have created."""
        ...

    def token_at(self, address: str) -> str | None:
        """Tell the token whose contract stands at an address."""
        ...

    def observed_behind(self, chain_id: int, block: int) -> Sequence[ObservedFact]:
        """List the facts of later blocks. Raises ViewBehind."""
        ...


class ChainWatcher:
    """Reads the chain block by block."""

    def __init__(
        self,
        chain: ChainSource,
        sender: Sender,
        *,
        log: LogReader,
        store: WatchStore,
        knowledge: Knowledge,
        confirmations: int,
    ) -> None:
        self._chain = chain
        self._sender = sender
        self._log = log
        self._store = store
        self._knowledge = knowledge
        self._confirmations = confirmations
        self._span = SPAN_MAX
        self._chain_id: int | None = None

    def place(self) -> SeenBlock | None:
        """Tell the last block that was read. Raises StoreUnavailable."""
        return self._store.last()

    def step(self) -> float:
        """Read what is deep enough; tells how long to wait for more.

        Raises ChainUnreachable (also for another chain), StoreUnavailable, ViewBehind.
        """
        if not self._is_our_chain():
            return IDLE_SECONDS
        last = self._store.last()
        self._adopt(last)
        if last is None:
            return self._begin()
        if self._gone(last):
            self._go_back(last)
            return 0.0
        safe = self._chain.height() - self._confirmations + 1
        if safe <= last.number:
            return IDLE_SECONDS
        self._advance(last, safe)
        return 0.0

    def _is_our_chain(self) -> bool:
        """Say whether there is a log yet; raises ChainUnreachable for another chain than its."""
        if self._chain_id is None:
            opened = LOG.fold(each.fact for each in self._log.read_stream(LOG_STREAM)).opened
            if opened is None:
                return False
            self._chain_id = opened.chain_id
        found = self._chain.chain_id()
        if found != self._chain_id:
            message = f"the node is of chain {found}, the log of {self._chain_id}"
            raise ChainUnreachable(message)
        return True

    def _adopt(self, last: SeenBlock | None) -> None:
        """Watch contracts that our writes have created, from their first block on."""
        known = {each.address for each in self._store.contracts()}
        new = [each for each in self._knowledge.created() if each.address not in known]
        if not new:
            return
        old = [each for each in new if last is not None and each.block <= last.number]
        if old and last is not None:
            # The watch was past their blocks when the log learnt of them.
            for first in range(min(each.block for each in old), last.number + 1, self._span):
                until = min(last.number, first + self._span - 1)
                self._read_range(old, (first, until), ())
        self._store.commit((), new, ())

    def _begin(self) -> float:
        """Start before the first contract of ours."""
        blocks = [each.block for each in self._store.contracts()]
        if not blocks:
            return IDLE_SECONDS
        start = max(0, min(blocks) - 1)
        self._store.commit([self._seen(start)], (), ())
        return 0.0

    def _seen(self, number: int) -> SeenBlock:
        return SeenBlock(number, self._demand(number).block_hash)

    def _demand(self, number: int) -> Block:
        block = self._chain.block(number)
        if block is None:
            message = f"the node has no block {number} any more"
            raise ChainMoved(message)
        return block

    def _gone(self, last: SeenBlock) -> bool:
        """Say whether the chain left the last block that was read; raises ChainBehind."""
        if (block := self._chain.block(last.number)) is not None:
            return block.block_hash != last.block_hash
        height = self._chain.height()
        below = next((each for each in self._store.blocks() if each.number <= height), None)
        if below is None or self._is_canonical(below):
            # A node that lags has the same blocks, only fewer: nothing is known to be gone.
            message = f"the node is at block {height}, the watch at {last.number}"
            raise ChainBehind(message)
        return True

    def _is_canonical(self, seen: SeenBlock) -> bool:
        block = self._chain.block(seen.number)
        return block is not None and block.block_hash == seen.block_hash

    def _go_back(self, last: SeenBlock) -> None:
        """Retract what is gone and begin again where the chains part."""
        kept = next((each for each in self._store.blocks() if self._is_canonical(each)), None)
        fork = kept.number if kept is not None else -1
        chain_id = self._chain_id or 0
        gone = [
            fact
            for fact in self._knowledge.observed_behind(chain_id, fork)
            if not self._is_canonical(SeenBlock(fact.block, fact.block_hash))
        ]
        logger.error(
            "the chain left %d blocks behind block %d that were deep enough; facts retracted: %d",
            last.number - fork,
            fork,
            len(gone),
            extra={"alert": "chain_reorganised"},
        )
        for fact in gone:
            key = self._key(f"retract/{fact.fact}", chainfact_stream(fact.fact))
            self._sender.send(RetractChainFact(fact=fact.fact), key)
        command = RecordChainReorganised(
            chain_id=chain_id,
            block=last.number,
            block_hash=last.block_hash,
            fork_block=max(fork, 0),
            retracted=len(gone),
        )
        name = f"reorganised/{last.number}/{last.block_hash}/{fork}"
        self._sender.send(command, self._key(name, chainwatch_stream(chain_id)))
        self._store.rewind(fork)

    def _key(self, name: str, stream: str) -> str:
        """Name a command; blocks may come and go more than once, so the version is part of it."""
        version = len(self._log.read_stream(stream))
        return f"{name}/{version}" if version else name

    def _advance(self, last: SeenBlock, safe: int) -> None:
        until = min(safe, last.number + self._span)
        blocks = self._headers(last, until, safe)
        try:
            self._read_range(self._store.contracts(), (last.number + 1, until), blocks)
        except RangeTooLarge:
            if self._span == 1:  # then it is no question of size, and waiting may help
                raise
            self._span = max(1, (until - last.number) // 2)
            return
        self._span = min(SPAN_MAX, self._span + self._span // 8 + 1)
        WATCHED_BLOCK.set(until)

    def _headers(self, last: SeenBlock, until: int, safe: int) -> list[Block]:
        """Fetch the blocks of a range that are near the end of the chain, and its last one.

        Raises ChainMoved when one is not the child of the block before it.
        """
        near = safe - CHECKED_BLOCKS + 1
        start = min(until, max(last.number + 1, near))
        blocks = [self._demand(number) for number in range(start, until + 1)]
        parents = [block.block_hash for block in blocks]
        if start == last.number + 1:
            parents.insert(0, last.block_hash)
            children = blocks
        else:
            children = blocks[1:]
        for parent, child in zip(parents, children, strict=False):
            if child.parent_hash != parent:
                message = f"block {child.number} is not the child of the one before it"
                raise ChainMoved(message)
        return blocks

    def _read_range(
        self, contracts: Sequence[Contract], span: tuple[int, int], blocks: Sequence[Block]
    ) -> None:
        """Read a range, put on the log what is not ours, and remember all of it."""
        first, last = span
        end = blocks[-1].block_hash if blocks else self._demand(last).block_hash
        events, new = self._collect(contracts, first, last)
        hashes = {block.number: block.block_hash for block in blocks}
        moved = any(hashes.get(each.block, each.block_hash) != each.block_hash for each in events)
        # The hash of the last block stands for all before it: had one of them been replaced
        # while the range was read, this one would be another now.
        if moved or self._demand(last).block_hash != end:
            message = f"blocks up to {last} were replaced while they were read"
            raise ChainMoved(message)
        self._put_on_log(events)
        self._store.commit(
            [SeenBlock(block.number, block.block_hash) for block in blocks], new, named_by(events)
        )

    def _collect(
        self, contracts: Sequence[Contract], first: int, last: int
    ) -> tuple[list[ChainEvent], list[Contract]]:
        """Read events, also those of contracts that the events tell of, in the chain's order."""
        known = {each.address for each in self._store.contracts()}
        events: list[ChainEvent] = []
        new: list[Contract] = []
        waiting = list(contracts)
        while waiting:
            found = list(self._chain.events(waiting, first=first, last=last))
            events.extend(found)
            waiting = [each for each in created_by(found) if each.address not in known]
            known.update(each.address for each in waiting)
            new.extend(waiting)
        return sorted(events, key=lambda each: (each.block, each.log_index)), new

    def _put_on_log(self, events: Sequence[ChainEvent]) -> None:
        writes = self._store.writes_of({each.transaction for each in events}) if events else {}
        ours: dict[str, bool] = {
            transaction: self._is_on_log(transaction, write)
            for transaction, write in writes.items()
        }
        for event in events:
            own = ours.get(event.transaction, False)
            origin = "own" if own else "other"
            CHAIN_EVENTS.labels(event.contract.kind, event.event, origin).inc()
            if not own:
                self._observe(event)

    def _is_on_log(self, transaction: str, write: str) -> bool:
        """Say whether the log names the transaction: a row beside the log alone is no proof."""
        return any(
            getattr(recorded.fact, "transaction", None) == transaction
            for recorded in self._log.read_stream(chainwrite_stream(write))
        )

    def _observe(self, event: ChainEvent) -> None:
        command = ObserveChainFact(
            chain_id=self._chain_id or 0,
            contract=event.contract.address,
            kind=event.contract.kind,
            event=event.event,
            arguments=event.arguments,
            transaction=event.transaction,
            block=event.block,
            block_hash=event.block_hash,
            log_index=event.log_index,
            token=self._knowledge.token_at(event.contract.address),
        )
        key = self._key(command.fact, chainfact_stream(command.fact))
        if self._sender.send(command, key).events:
            logger.error(
                "%s of %s %s in block %d is not ours: transaction %s",
                event.event,
                event.contract.kind,
                event.contract.address,
                event.block,
                event.transaction,
                extra={"alert": "chain_fact_of_others"},
            )
