"""The head of the chain: whether it only grew, and whether it is our chain at all."""

import logging
import time
from typing import Final

import msgspec

from application.ports.log import LogReader
from domain.log.state import LOG, LOG_STREAM
from interfaces.outbound.evm.errors import ChainError, ChainUnreachable
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.transactions import Block
from interfaces.workers.chaintroubles import SHORTER, WRONG_CHAIN, Troubles

LINKS_MAX: Final = 32
"""So many new blocks are followed one by one; behind more, everything is checked again."""

logger = logging.getLogger("tallystick.chain")


class WrongChain(ChainError):
    """The endpoint serves another chain than the log was opened for: nothing is signed or told."""


class ChainGuard:
    """Refuses to work on any chain but the one that position 1 of the log names."""

    def __init__(self, gateway: EvmGateway, log: LogReader, troubles: Troubles) -> None:
        self._gateway = gateway
        self._log = log
        self._troubles = troubles
        self._chain_id: int | None = None

    def knows(self) -> bool:
        """Say whether the log is opened, so that it names its chain."""
        if self._chain_id is None:
            facts = [each.fact for each in self._log.read_stream(LOG_STREAM)]
            opened = LOG.fold(facts).opened
            self._chain_id = None if opened is None else opened.chain_id
        return self._chain_id is not None

    @property
    def chain_id(self) -> int:
        """The chain of the log; raises WrongChain before the log is opened."""
        if not self.knows() or self._chain_id is None:
            raise WrongChain("the log is not opened yet")
        return self._chain_id

    def check(self) -> None:
        """Ask the endpoint which chain it serves. Raises WrongChain and ChainUnreachable."""
        wanted, found = self.chain_id, self._gateway.chain_id()
        if found != wanted:
            text = f"the endpoint serves chain {found}, the log is about chain {wanted}"
            self._troubles.tell(WRONG_CHAIN, "", f"{text}: nothing is signed or recorded")
            raise WrongChain(text)
        self._troubles.clear(WRONG_CHAIN)


class Sight(msgspec.Struct, frozen=True):
    """The newest block; whether it is another than before; whether old blocks may be gone."""

    head: Block
    new: bool
    rewritten: bool


class HeadWatch:
    """Remembers the last head, and follows the links from the next one back to it."""

    def __init__(self, gateway: EvmGateway, troubles: Troubles, *, shorter_seconds: float) -> None:
        self._gateway = gateway
        self._troubles = troubles
        self._shorter_seconds = shorter_seconds
        self._last: Block | None = None
        self._highest = 0
        self._shorter_since: float | None = None

    def look(self) -> Sight:
        """Look at the head. Raises ChainUnreachable."""
        head = self._gateway.block()
        if head is None:
            raise ChainUnreachable("there is no newest block")
        last = self._last
        if last is not None and head.block_hash == last.block_hash:
            return Sight(head, new=False, rewritten=False)
        sight = Sight(head, new=True, rewritten=last is None or not self._follows(last, head))
        self._last = head
        return sight

    def forget(self) -> None:
        """Check everything again at the next look."""
        self._last = None

    def relied_on(self, block: int) -> None:
        """Note a height that something on the log lies at."""
        self._highest = max(self._highest, block)

    def lags(self, head: Block) -> bool:
        """Say whether the chain is shorter than the log, so that what is missing proves nothing.

        An endpoint that lags catches up; one that does not within some seconds is believed: its
        chain was reset, or went back.
        """
        if head.number >= self._highest:
            self._shorter_since = None
            self._troubles.clear(SHORTER)
            return False
        now = time.monotonic()
        if self._shorter_since is None:
            self._shorter_since = now
        text = f"the chain ends at block {head.number}, the log relies on block {self._highest}"
        self._troubles.tell(SHORTER, "", f"{text}: an endpoint lags, or a node was reset")
        if now - self._shorter_since < self._shorter_seconds:
            return True
        self._highest = head.number
        return False

    def _follows(self, last: Block, head: Block) -> bool:
        if not 0 < head.number - last.number <= LINKS_MAX:
            return False
        block = head
        while block.number > last.number + 1:
            parent = self._gateway.block(block.number - 1)
            if parent is None or parent.block_hash != block.parent_hash:
                return False
            block = parent
        return block.parent_hash == last.block_hash
