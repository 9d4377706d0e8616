"""Nonces that a stranger had and lost again, so that ours wait behind a gap for ever (B4).

Somebody with a key of ours uses a nonce before we do; we go on behind it; its block leaves the
chain and the transaction does not come again. No write of ours has that nonce and none may be
signed twice, so another call takes it: the next one that waits, or one that has no effect.
"""

import logging
from typing import Final

from application.ports.log import LogReader
from domain.chainwrite.calls import fill_gap
from domain.log.state import LOG, LOG_STREAM
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.workers.chainparts import OpenWrite, RawStore
from interfaces.workers.chainstates import Writes

NOBODY: Final = -1

logger = logging.getLogger("tallystick.chain")


class Gaps:
    """Finds gaps, has a call planned for each, and gives their nonces out."""

    def __init__(
        self, gateway: EvmGateway, raws: RawStore, writes: Writes, *, log: LogReader, patience: int
    ) -> None:
        self._gateway = gateway
        self._raws = raws
        self._writes = writes
        self._log = log
        self._patience = patience
        self._open: dict[str, int] = {}
        self._planned: set[str] = set()

    def look(self, first: OpenWrite, used: int, *, passed: int) -> None:
        """Look what the first write of an account waits for, when so many blocks passed it over.

        ``used`` is the account's next nonce on chain. Raises StoreUnavailable.
        """
        sender = first.state.sender or ""
        if (first.state.nonce or 0) <= used or passed < self._patience:
            self._open.pop(sender, None)
            return
        ours = next((raw.nonce for raw in self._raws.since(sender, used)), NOBODY)
        if ours == used:
            return
        self._open[sender] = used
        registry = self._registry()
        behind = self._raws.next_nonce(sender)
        plan = fill_gap(registry, signer=first.plan.signer, account=sender, nonces=(used, behind))
        if registry and plan.write not in self._planned:
            logger.error("nobody has nonce %d of %s any more: ours wait behind it", used, sender)
            self._writes.plan(plan)
            self._planned.add(plan.write)

    def is_open(self, sender: str) -> bool:
        """Say whether an account has a gap."""
        return sender in self._open

    def take(self, sender: str) -> int | None:
        """Give the nonce of a gap to whoever signs next, once; nothing when it was closed."""
        nonce = self._open.pop(sender, None)
        if nonce is None or self._gateway.nonce(sender).latest != nonce:
            return None
        return nonce

    def _registry(self) -> str:
        opened = LOG.fold(each.fact for each in self._log.read_stream(LOG_STREAM)).opened
        return "" if opened is None else opened.registry
