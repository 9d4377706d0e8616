"""Carries planned chain writes out, each exactly once (DESIGN decision 9, B4).

Life of a chain write: the plan is read from its stream; a nonce is taken and the transaction
signed; the raw bytes are committed to the worker's own table; nonce, fees and hash go on the
log; only then a node sees it. A crash between any two of these steps finds the raw bytes again
and goes on with the same transaction, so nothing is sent twice. Another nonce is given only when
no transaction of the last one can be mined any more.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final

from application.ports.log import LogReader
from interfaces.outbound.evm.crosscheck import CrossCheck
from interfaces.outbound.evm.errors import ChainUnreachable, FeesAboveCap
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.telemetry.metrics import CHAIN_KEY_BALANCE
from interfaces.workers.chainaccounts import Accounts
from interfaces.workers.chaingaps import Gaps
from interfaces.workers.chainhead import ChainGuard, HeadWatch, WrongChain
from interfaces.workers.chainparts import ChainRules, OpenWrite, RawStore
from interfaces.workers.chainsending import Sending
from interfaces.workers.chainsettling import Ended, Settling
from interfaces.workers.chainsigning import Signing
from interfaces.workers.chainstates import Writes
from interfaces.workers.chaintroubles import KEY_LOW, Troubles
from interfaces.workers.gateway import Sender

BUSY_SECONDS: Final = 0.05
STANDBY_SECONDS: Final = 1.0
ETHER: Final = 10**18

Candidates = Callable[[], Sequence[str]]
"""Names of writes that may be open, in planned order; each one's state is read from the log."""

AWAY: Final = (ChainUnreachable, FeesAboveCap, WrongChain)
"""States of the chain that pass by themselves."""


class ChainWorker:
    """One worker, one nonce allocator for each key."""

    def __init__(  # noqa: PLR0913 - every part of the world that it touches
        self,
        gateway: EvmGateway,
        sender: Sender,
        *,
        log: LogReader,
        raws: RawStore,
        candidates: Candidates,
        confirmations: int | None = None,
        rules: ChainRules | None = None,
        ended: Ended = lambda _: (),
        others: Sequence[EvmGateway] = (),
        troubles: Troubles | None = None,
        signers: Sequence[str] = (),
    ) -> None:
        rules = rules or ChainRules(confirmations=confirmations or 2)
        self._gateway = gateway
        self._log = log
        self._raws = raws
        self._candidates = candidates
        self._ended = ended
        self._rules = rules
        self._troubles = troubles = troubles or Troubles()
        self._guard = guard = ChainGuard(gateway, log, troubles)
        self._heads = HeadWatch(gateway, troubles, shorter_seconds=rules.shorter_seconds)
        self._others = CrossCheck(others)
        self._writes = writes = Writes(log, sender, lanes=rules.lanes)
        gaps = Gaps(gateway, raws, writes, log=log, patience=rules.bump_blocks)
        self._signing = Signing(
            gateway, raws, writes, rules=rules, accounts=Accounts(log), gaps=gaps
        )
        self._settling = Settling(
            gateway, writes, guard=guard, others=self._others, rules=rules, troubles=troubles
        )
        self._sending = Sending(
            gateway,
            raws,
            writes,
            signing=self._signing,
            gaps=gaps,
            guard=guard,
            rules=rules,
            receipts=self._settling.receipts,
        )
        self._balances_at: float | None = None
        self._signers = set(signers)

    def check(self) -> None:
        """Make sure that this is the chain of the log. Raises WrongChain and ChainUnreachable."""
        if self._guard.knows():
            self._guard.check()

    def step(self) -> float:
        """Move every open write on by what the chain says; tells how long to wait."""
        names = self._candidates()
        if not self._guard.knows():
            self._log.wait(self._log.head().position, self._rules.idle_seconds)
            return 0.0
        if not self._raws.hold():
            return STANDBY_SECONDS
        self._guard.check()
        self._advance(self._writes.open(names))
        self._look_at_balances()
        if not self._writes.open(names):
            self._log.wait(self._log.head().position, self._rules.idle_seconds)
            return 0.0
        return BUSY_SECONDS

    def _advance(self, found: list[OpenWrite]) -> None:
        sight = self._heads.look()
        for write in found:
            self._heads.relied_on(write.state.block or 0)
        troubles = self._troubles
        try:
            self._heads.relied_on(self._settling.remember(sight, self._ended))
            lags = self._heads.lags(sight.head)
            gone = self._settling.watch(lags=lags)
            gone += self._settling.confirm(found, sight, lags=lags)
            self._sending.send_again(
                [each for each in gone if each.state.state == "BROADCAST"], troubles
            )
            self._sending.look(
                self._now(found), sight, others=self._others, lags=lags, troubles=troubles
            )
            self._signing.step(
                self._now(found),
                chain_id=self._guard.chain_id,
                others=self._others,
                lags=lags,
                troubles=troubles,
            )
            self._sending.broadcast(self._now(found), troubles)
        except BaseException:
            # Whatever was not looked at in this round is looked at in the next.
            self._heads.forget()
            raise
        self._signers |= {each.plan.signer for each in found}

    def _now(self, found: Sequence[OpenWrite]) -> list[OpenWrite]:
        return [now for each in found if not (now := self._writes.current(each)).ended]

    def _look_at_balances(self) -> None:
        """Say how much ether each key has left, before it has none."""
        now = time.monotonic()
        at = self._balances_at
        if at is not None and now - at < self._rules.balance_seconds:
            return
        self._balances_at = now if self._signers else None
        for signer in sorted(self._signers):
            balance = self._gateway.balance(self._gateway.address(signer))
            CHAIN_KEY_BALANCE.labels(signer).set(balance / ETHER)
            if balance < self._rules.key_low_wei:
                least = f"{self._rules.key_low_wei} wei is the least that it should have"
                text = f"the key has {balance} wei left, {least}"
                self._troubles.tell(KEY_LOW, signer, text)
            else:
                self._troubles.clear(KEY_LOW, signer)
