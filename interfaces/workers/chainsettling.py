"""From a block to the end of a write, and back when the chain takes the block away.

A block is looked at again when it is deep enough, and after each sign that blocks were replaced,
down to the horizon. What was told as done and is not is retracted on the log and goes on. Every
final word needs all endpoints; one that lags is waited for, one that says otherwise is an alert.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Final

from domain.chainwrite import commands
from domain.kernel.command import Command
from interfaces.outbound.evm.calls import decode_result
from interfaces.outbound.evm.crosscheck import CrossCheck, Opinion
from interfaces.outbound.evm.errors import ChainRefused
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.transactions import Receipt
from interfaces.workers.chainhead import ChainGuard, Sight
from interfaces.workers.chainparts import ChainRules, OpenWrite
from interfaces.workers.chainstates import Report, Writes
from interfaces.workers.chaintroubles import BEHIND, BEHIND_SECONDS, DISAGREE, Troubles

UNKNOWN_REVERT: Final = "the transaction reverted; a repeat of the call does not"

Ended = Callable[[int], Sequence[str]]
"""Names of writes that came to an end in a block above a height."""

logger = logging.getLogger("tallystick.chain")


class Settling:
    """Confirms, and takes back."""

    def __init__(
        self,
        gateway: EvmGateway,
        writes: Writes,
        *,
        guard: ChainGuard,
        others: CrossCheck,
        rules: ChainRules,
        troubles: Troubles,
    ) -> None:
        self._gateway = gateway
        self._writes = writes
        self._guard = guard
        self._others = others
        self._rules = rules
        self._troubles = troubles
        self.receipts: dict[str, Receipt] = {}
        """Receipts that this process saw, by transaction; they hold while their block does."""
        self._ended: dict[str, OpenWrite] = {}
        self._unchecked = True

    def confirm(
        self, open_writes: Sequence[OpenWrite], sight: Sight, *, lags: bool
    ) -> list[OpenWrite]:
        """Bring mined writes to their end; tells those whose block is gone."""
        reports: list[Report] = []
        gone: list[OpenWrite] = []
        depth = self._rules.confirmations
        seen: dict[int, str | None] = {}
        for write in open_writes:
            if write.state.state != "MINED" or write.state.block is None:
                continue
            deep = sight.head.number - write.state.block + 1 >= depth
            if not (deep or sight.rewritten or self._unchecked):
                continue
            receipt = self._held(write, seen)
            if receipt is None:
                if not lags:
                    gone.append(write)
            elif seen[write.state.block] != receipt.block_hash:
                # The receipt is of a block that is being replaced: the next look says more.
                continue
            elif deep and (report := self._outcome(write, receipt, sight)) is not None:
                reports.append((write, report))
            elif deep:
                # Somebody is behind, or lied, perhaps when this receipt was read: ask again.
                self.receipts.pop(write.state.transaction or "", None)
        if gone:
            # An endpoint that changed the chain under our hands knows none of our blocks.
            self._guard.check()
        self._writes.tell(*reports, *((write, _reorganised(write)) for write in gone))
        for write in (*gone, *(write for write, _ in reports)):
            self.receipts.pop(write.state.transaction or "", None)
        return [self._writes.current(write) for write in gone]

    def _held(self, write: OpenWrite, seen: dict[int, str | None]) -> Receipt | None:
        """Find the receipt of a write in the very block that the log names, if that still holds."""
        block, block_hash = write.state.block or 0, write.state.block_hash
        if block not in seen:
            seen[block] = self._gateway.canonical_block_hash(block)
        transaction = write.state.transaction or ""
        receipt = self.receipts.get(transaction)
        if seen[block] == block_hash and receipt is not None and receipt.block_hash == block_hash:
            return receipt
        receipt = self._gateway.receipt(transaction)
        return receipt if receipt is not None and receipt.block_hash == block_hash else None

    def remember(self, sight: Sight, ended: Ended) -> int:
        """Know the writes that are watched though they ended; tells the highest of their blocks."""
        bottom = sight.head.number - self._rules.horizon
        for write in self._writes.just_ended:
            self._ended[write.name] = write
        self._writes.just_ended.clear()
        self._unchecked = self._unchecked or sight.rewritten
        for name in ended(bottom) if self._unchecked else ():
            if name not in self._ended and (found := self._writes.read(name)) is not None:
                self._ended[name] = found
        self._ended = {
            name: write
            for name, write in self._ended.items()
            if write.ended and (write.state.block or 0) > bottom
        }
        return max((write.state.block or 0 for write in self._ended.values()), default=0)

    def watch(self, *, lags: bool) -> list[OpenWrite]:
        """Take back what lay in blocks that are gone; tells the writes that go on because of it."""
        if lags or not self._unchecked:
            return []
        taken_back: list[OpenWrite] = []
        certain = True
        seen: dict[int, str | None] = {}
        for write in [*self._ended.values()]:
            verdict = self._is_gone(write, seen)
            certain &= verdict is not None
            if verdict:
                taken_back.append(self._retract(write))
        self._unchecked = not certain
        return taken_back

    def _is_gone(self, write: OpenWrite, seen: dict[int, str | None]) -> bool | None:
        """Say whether the block of an ended write is gone; None while that is in doubt."""
        block, block_hash = write.state.block, write.state.block_hash
        if block is None or block_hash is None:
            return False
        if block not in seen:
            seen[block] = self._gateway.canonical_block_hash(block)
        if seen[block] == block_hash:
            return False
        self._guard.check()
        opinion = self._others.gone(block, block_hash, self._guard.chain_id)
        return True if self._agreed(opinion, f"whether block {block} is gone") else None

    def _retract(self, write: OpenWrite) -> OpenWrite:
        text = "%s was told as done and its block %s is gone: it is brought in again"
        logger.error(text, write.name, write.state.block)
        self._ended.pop(write.name, None)
        retracted = commands.RecordRetracted(
            write=write.name,
            transaction=write.state.transaction or "",
            block=write.state.block or 0,
            block_hash=write.state.block_hash or "",
        )
        return self._writes.tell((write, retracted))[0]

    def _outcome(self, write: OpenWrite, receipt: Receipt, sight: Sight) -> Command | None:
        """Tell how a write that is deep enough ended; nothing while endpoints do not agree."""
        opinion = self._others.holds(receipt, self._guard.chain_id)
        if not self._agreed(opinion, f"the block of {write.name}"):
            return None
        if not receipt.succeeded:
            return self._reverted(write, receipt)
        result = decode_result(write.call, receipt, self._gateway.artifacts)
        return commands.RecordConfirmed(
            write=write.name,
            transaction=receipt.transaction_hash,
            block=receipt.block_number,
            block_hash=receipt.block_hash,
            confirmations=sight.head.number - receipt.block_number + 1,
            result={name: str(value) for name, value in result.items()},
        )

    def _agreed(self, opinion: Opinion, what: str) -> bool:
        if opinion is Opinion.DIFFERS:
            self._troubles.tell(DISAGREE, "", f"the endpoints do not agree about {what}")
            return False
        self._troubles.clear(DISAGREE)
        if opinion is Opinion.BEHIND:
            text = f"another endpoint does not know {what} yet, or does not answer"
            self._troubles.tell(BEHIND, "", text, after=BEHIND_SECONDS)
            return False
        self._troubles.clear(BEHIND)
        return True

    def _reverted(self, write: OpenWrite, receipt: Receipt) -> Command:
        """Fail a write whose call reverts now as well; another nonce for one that would not."""
        transaction = receipt.transaction_hash
        sender = self._gateway.address(write.plan.signer)
        try:
            self._gateway.simulate(write.call, sender=sender)
        except ChainRefused as refused:
            return commands.RecordFailed(
                write=write.name, reason=str(refused), transaction=transaction
            )
        if write.state.attempts >= self._rules.attempts:
            return commands.RecordFailed(
                write=write.name, reason=UNKNOWN_REVERT, transaction=transaction
            )
        return commands.RecordReverted(
            write=write.name, transaction=transaction, reason=UNKNOWN_REVERT
        )


def _reorganised(write: OpenWrite) -> Command:
    return commands.RecordReorganised(
        write=write.name,
        transaction=write.state.transaction or "",
        block_hash=write.state.block_hash or "",
    )
