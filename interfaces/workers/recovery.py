"""Gives a chain back what it forgot: a local node that crashed lacks its last seconds.

Writes that were mined and are not any more come again with the bytes that were signed for them, in
the order of their nonces' events, so the same contracts stand at the same addresses. A chain that
forgot nothing is only asked for its height and, after an outage, for the nonces of our accounts.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from application.ports.log import LogReader
from domain.chainwrite.events import NonceAssigned
from domain.chainwrite.state import CHAINWRITE, chainwrite_stream
from interfaces.outbound.evm.errors import ChainRefused, ChainUnreachable
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.rawtransaction import RawTransaction
from interfaces.workers.chainparts import RawStore

WAS_MINED: Final = frozenset({"MINED", "CONFIRMED", "FAILED"})
MINED_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.05

logger = logging.getLogger("tallystick.chain")


class Recovery:
    """Watches that the chain only grows; after an outage, too.

    ``more`` lists accounts that signed besides ``senders``, such as those of rotated keys.
    """

    def __init__(
        self,
        gateway: EvmGateway,
        *,
        log: LogReader,
        raws: RawStore,
        senders: Sequence[str],
        check: Callable[[], None] = lambda: None,
        more: Callable[[], Sequence[str]] = lambda: (),
    ) -> None:
        self._more = more
        self._gateway = gateway
        self._log = log
        self._raws = raws
        self._senders = senders
        self._check = check
        self._height: int | None = None
        self._given: RawTransaction | None = None
        self._deadline = 0.0

    def before(self, step: Callable[[], float]) -> Callable[[], float]:
        """Make a step that first gives the chain back what it forgot."""

        def guarded() -> float:
            try:
                return step() if self._is_complete() else LOOK_SECONDS
            except ChainUnreachable:
                self._height = None
                raise

        return guarded

    def _is_complete(self) -> bool:
        """Give back one write after the other; tells when nothing is left to give."""
        # Another chain has forgotten nothing of ours: it gets none of our bytes.
        self._check()
        if self._given is not None:
            return self._is_back(self._given)
        height = self._gateway.block_number()
        if self._height is None or height < self._height:
            forgotten = self._forgotten()
            if forgotten:
                self._give(forgotten[0])
                return False
        self._height = height
        return True

    def _give(self, raw: RawTransaction) -> None:
        """Send bytes again; what follows waits for their block, for it may build on them."""
        logger.error("the chain forgot %s (nonce %d): it is sent again", raw.write, raw.nonce)
        try:
            self._gateway.broadcast(raw.raw)
        except ChainRefused as refused:
            raise ChainUnreachable(refused.reason) from refused
        self._given, self._deadline = raw, time.monotonic() + MINED_SECONDS

    def _is_back(self, raw: RawTransaction) -> bool:
        if self._gateway.receipt(raw.transaction) is not None:
            self._given = None
        elif time.monotonic() > self._deadline:
            # The worker takes it back on the log, and sees what became of its nonce.
            logger.error("%s is not mined again", raw.write)
            self._given, self._height = None, self._gateway.block_number()
            return True
        return False

    def _forgotten(self) -> list[RawTransaction]:
        """List what the log knows as mined and the chain does not, the first one first."""
        senders = dict.fromkeys((*self._senders, *self._more()))
        found = [each for sender in senders for each in self._of(sender)]
        return [raw for _, raw in sorted(found, key=lambda each: each[0])]

    def _of(self, sender: str) -> Iterator[tuple[int, RawTransaction]]:
        for raw in self._raws.since(sender, self._gateway.nonce(sender).latest):
            events = self._log.read_stream(chainwrite_stream(raw.write))
            signed = [each.position for each in events if isinstance(each.fact, NonceAssigned)]
            write = CHAINWRITE.fold(each.fact for each in events)
            if signed and write.state in WAS_MINED and write.transaction == raw.transaction:
                yield signed[-1], raw
