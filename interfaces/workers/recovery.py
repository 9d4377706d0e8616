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
    """Watches that the chain only grows; after an outage, too."""

    def __init__(
        self,
        gateway: EvmGateway,
        *,
        log: LogReader,
        raws: RawStore,
        senders: Sequence[str],
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._gateway = gateway
        self._log = log
        self._raws = raws
        self._senders = senders
        self._check = check
        self._height: int | None = None

    def before(self, step: Callable[[], float]) -> Callable[[], float]:
        """Make a step that first gives the chain back what it forgot."""

        def guarded() -> float:
            try:
                self._look()
                return step()
            except ChainUnreachable:
                self._height = None
                raise

        return guarded

    def _look(self) -> None:
        # Another chain has forgotten nothing of ours: it gets none of our bytes.
        self._check()
        height = self._gateway.block_number()
        if self._height is None or height < self._height:
            for raw in self._forgotten():
                self._send(raw)
        self._height = height

    def _forgotten(self) -> list[RawTransaction]:
        """List what the log knows as mined and the chain does not, the first one first."""
        found = [each for sender in self._senders for each in self._of(sender)]
        return [raw for _, raw in sorted(found, key=lambda each: each[0])]

    def _of(self, sender: str) -> Iterator[tuple[int, RawTransaction]]:
        for raw in self._raws.since(sender, self._gateway.nonce(sender).latest):
            events = self._log.read_stream(chainwrite_stream(raw.write))
            signed = [each.position for each in events if isinstance(each.fact, NonceAssigned)]
            write = CHAINWRITE.fold(each.fact for each in events)
            if signed and write.state in WAS_MINED and write.transaction == raw.transaction:
                yield signed[-1], raw

    def _send(self, raw: RawTransaction) -> None:
        """Send the bytes again and wait for their block: what follows may build on it."""
        logger.error("the chain forgot %s (nonce %d): it is sent again", raw.write, raw.nonce)
        try:
            self._gateway.broadcast(raw.raw)
        except ChainRefused as refused:
            raise ChainUnreachable(refused.reason) from refused
        deadline = time.monotonic() + MINED_SECONDS
        while self._gateway.receipt(raw.transaction) is None:
            if time.monotonic() > deadline:
                message = f"{raw.write} is not mined again"
                raise ChainUnreachable(message)
            time.sleep(LOOK_SECONDS)
