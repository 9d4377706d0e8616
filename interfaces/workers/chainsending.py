"""From signed bytes to a block: send, look, send again, offer more, and notice a stranger.

Every transaction that was ever signed for a nonce is looked for, because any of them may be the
one that is mined. What a node answers to a broadcast decides nothing: "already known" and "nonce
too low" only mean that somebody must look.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from domain.chainwrite import commands
from interfaces.outbound.evm.crosscheck import CrossCheck, Opinion
from interfaces.outbound.evm.errors import ChainRefused, FeesAboveCap
from interfaces.outbound.evm.gateway import EvmGateway
from interfaces.outbound.evm.transactions import Fees, Outcome, Receipt
from interfaces.outbound.rawtransaction import RawTransaction
from interfaces.telemetry.context import because_of
from interfaces.workers.chaingaps import Gaps
from interfaces.workers.chainhead import ChainGuard, Sight
from interfaces.workers.chainparts import ChainRules, OpenWrite, RawStore
from interfaces.workers.chainsigning import Offer, Signing
from interfaces.workers.chainstates import Report, Writes
from interfaces.workers.chaintroubles import AT_CAP, NONCE_TAKEN, NOT_TAKEN, Troubles

SENT: Final = frozenset({"SIGNED", "BROADCAST"})

logger = logging.getLogger("tallystick.chain")


class Taken(msgspec.Struct, frozen=True):
    """The block that holds a stranger's transaction, else the one at which it was noticed."""

    block: int
    block_hash: str
    stranger: str | None = None


class Waiting(msgspec.Struct):
    """How a write waits for its block; nothing of it outlives the process."""

    heads: int = 0
    """Blocks that passed it over since it was sent last."""
    looked: str = ""
    """The head at which its receipts were asked for last."""
    asked: float = 0.0
    """When somebody asked last whether the node has it."""
    taken: Taken | None = None
    """Since when its nonce is used by none of its transactions."""


class Sending:
    """Brings signed transactions into blocks."""

    def __init__(  # noqa: PLR0913 - what it shares with the other parts
        self,
        gateway: EvmGateway,
        raws: RawStore,
        writes: Writes,
        *,
        signing: Signing,
        gaps: Gaps,
        guard: ChainGuard,
        rules: ChainRules,
        receipts: dict[str, Receipt],
    ) -> None:
        self._gateway = gateway
        self._raws = raws
        self._writes = writes
        self._signing = signing
        self._gaps = gaps
        self._guard = guard
        self._rules = rules
        self._waiting: dict[str, Waiting] = {}
        self._receipts = receipts

    def broadcast(self, open_writes: Sequence[OpenWrite], troubles: Troubles) -> bool:
        """Give signed bytes to the node, in the order of their nonces."""
        signed = [each for each in open_writes if each.state.state == "SIGNED"]
        reports: list[Report] = []
        for write in sorted(signed, key=lambda each: each.state.nonce or 0):
            transaction = write.state.transaction or ""
            raw = self._signing.fresh.pop(transaction, None) or self._kept(write.name, transaction)
            with because_of(write.cause):
                taken = self._is_taken(raw, troubles)
            if taken:
                sent = commands.RecordBroadcast(write=write.name, transaction=transaction)
                reports.append((write, sent))
                self._waiting[write.name] = Waiting(asked=time.monotonic())
        self._writes.tell(*reports)
        return bool(reports)

    def _kept(self, write: str, transaction: str) -> RawTransaction:
        for raw in self._raws.of(write):
            if raw.transaction == transaction:
                return raw
        message = f"the raw transaction of {write} is not in the worker's table"
        raise LookupError(message)

    def look(
        self,
        open_writes: Sequence[OpenWrite],
        sight: Sight,
        *,
        others: CrossCheck,
        lags: bool,
        troubles: Troubles,
    ) -> bool:
        """Find blocks for what was sent; help what gets none. Tells whether anything was done."""
        sent = [each for each in open_writes if each.state.state in SENT]
        self._forget({each.name for each in sent})
        done = False
        for sender in dict.fromkeys(each.state.sender or "" for each in sent):
            own = [each for each in sent if each.state.sender == sender]
            own.sort(key=lambda each: each.state.nonce or 0)
            done |= self._look_at(own, sender, sight, others=others, lags=lags, troubles=troubles)
        return done

    def _look_at(
        self,
        own: list[OpenWrite],
        sender: str,
        sight: Sight,
        *,
        others: CrossCheck,
        lags: bool,
        troubles: Troubles,
    ) -> bool:
        head = sight.head
        due = [each for each in own if self._wait(each).looked != head.block_hash]
        overdue = [each for each in own[:1] if self._is_overdue(each)]
        if not due and not overdue:
            return False
        used = self._gateway.nonce(sender).latest
        reports: list[Report] = []
        lost: list[OpenWrite] = []
        for write in due:
            self._wait(write).looked = head.block_hash
            if (write.state.nonce or 0) >= used:
                self._wait(write).heads += 1
                continue
            receipt = self._receipt(write)
            if receipt is None:
                lost.append(write)
            else:
                reports.append((write, _mined(write, receipt)))
                self._receipts[receipt.transaction_hash] = receipt
        self._writes.tell(*reports)
        for write in lost:
            self._nonce_is_used(write, sight, others=others, lags=lags, troubles=troubles)
        for write, _ in reports:
            troubles.clear(NONCE_TAKEN, write.plan.signer)
        self._help([each for each in own if (each.state.nonce or 0) >= used], used, troubles)
        return bool(reports)

    def _receipt(self, write: OpenWrite) -> Receipt | None:
        """Look for any transaction of the nonce, the one that was signed last first."""
        for transaction in reversed(write.state.rivals):
            receipt = self._gateway.receipt(transaction)
            if receipt is not None:
                return receipt
        return None

    def _nonce_is_used(
        self, write: OpenWrite, sight: Sight, *, others: CrossCheck, lags: bool, troubles: Troubles
    ) -> None:
        """Another transaction has the nonce: once no block of it can go, the write gets a new one.

        Both would be mined if ours came back after it was given up, and not every contract
        refuses the second. So it is watched as long as a write at its end is, not for
        `confirmations` only: the key is in foreign hands, nothing is gained by hurrying.
        """
        waiting, head = self._wait(write), sight.head
        sender, nonce = write.state.sender or "", write.state.nonce or 0
        taken = self._taken(waiting, sender, nonce, sight)
        if taken.stranger in write.state.rivals:
            # The node knew the block and not yet the receipt.
            waiting.looked, waiting.taken = "", None
            return
        who = f"{taken.stranger}, which is" if taken.stranger else "a transaction"
        text = f"nonce {nonce}, meant for {write.name}, was used by {who} of somebody else"
        troubles.tell(NONCE_TAKEN, write.plan.signer, f"{text}: who else has this key?")
        depth = max(self._rules.confirmations, self._rules.horizon)
        if lags or head.number - taken.block + 1 < depth:
            # Looked at again with the next block.
            return
        self._guard.check()
        chain_id, rivals = self._guard.chain_id, write.state.rivals
        if others.used(sender, nonce, rivals, chain_id) is not Opinion.AGREES:
            waiting.looked = ""
            return
        replaced = commands.RecordReplaced(
            write=write.name, nonce=nonce, block=head.number, stranger=taken.stranger
        )
        self._writes.tell((write, replaced))

    def _taken(self, waiting: Waiting, sender: str, nonce: int, sight: Sight) -> Taken:
        """Tell which block holds the stranger's transaction; known, it is only checked again."""
        taken = waiting.taken
        if taken is None or self._gateway.canonical_block_hash(taken.block) != taken.block_hash:
            found = self._gateway.user_of(sender, nonce)
            taken = Taken(sight.head.number, sight.head.block_hash)
            if found is not None:
                taken = Taken(found.block_number, found.block_hash, found.transaction_hash)
            waiting.taken = taken
        return taken

    def _help(self, own: Sequence[OpenWrite], used: int, troubles: Troubles) -> None:
        """Send again what the node has forgotten, and offer more for what is passed over."""
        sent = [each for each in own if each.state.state == "BROADCAST"]
        if not sent:
            return
        first = sent[0]
        if self._wait(first).heads or self._is_overdue(first):
            self._wait(first).asked = time.monotonic()
            if not self._gateway.is_known(first.state.transaction or ""):
                self.send_again(sent, troubles)
        self._gaps.look(first, used, passed=self._wait(first).heads)
        # What waits behind a gap has no fault of its own: only the next nonce can be stuck.
        if first.state.nonce == used and self._wait(first).heads >= self._rules.bump_blocks:
            self._bump(first, troubles)

    def send_again(self, writes: Iterable[OpenWrite], troubles: Troubles) -> None:
        """Send the same bytes once more: dropped from the pool, lost, or thrown out of a block."""
        for write in writes:
            self._wait(write).asked = time.monotonic()
            rivals = frozenset(write.state.rivals)
            lost = (
                raw
                for raw in reversed(self._raws.of(write.name))
                if raw.transaction in rivals and not self._gateway.is_known(raw.transaction)
            )
            # The others of its nonce offer less; a node with this one refuses them.
            if (raw := next(lost, None)) is not None:
                with because_of(write.cause):
                    logger.warning("%s: nonce %d is sent again", write.name, raw.nonce)
                    self._is_taken(raw, troubles)

    def _bump(self, write: OpenWrite, troubles: Troubles) -> None:
        """Put a transaction with higher fees beside the ones that nobody took into a block."""
        waiting, signer = self._wait(write), write.plan.signer
        told = frozenset(write.state.rivals)
        raws = [raw for raw in self._raws.of(write.name) if raw.nonce == write.state.nonce]
        raw = next((each for each in raws if each.transaction not in told), None)
        if raw is None:
            fees = self._more(raws[-1])
            if fees is None:
                cap = f"{write.name} waits; more than it offers is above the cap on fees"
                troubles.tell(AT_CAP, signer, cap)
                waiting.heads = 0
                return
            last = raws[-1]
            offer = Offer(sender=last.sender, nonce=last.nonce, gas=last.gas_limit, fees=fees)
            raw = self._signing.signed(write, offer, self._guard.chain_id)
            self._raws.put(raw)
        troubles.clear(AT_CAP, signer)
        with because_of(write.cause):
            logger.warning(
                "%s: nonce %d now offers %d wei", write.name, raw.nonce, raw.max_fee_per_gas
            )
        bumped = commands.BumpFees(
            write=write.name,
            nonce=raw.nonce,
            max_fee_per_gas=str(raw.max_fee_per_gas),
            max_priority_fee_per_gas=str(raw.max_priority_fee_per_gas),
            transaction=raw.transaction,
        )
        self._writes.tell((write, bumped))

    def _more(self, raw: RawTransaction) -> Fees | None:
        """Tell fees that take the place of a transaction; nothing when they are above the cap."""
        offered = Fees(max_fee=raw.max_fee_per_gas, max_priority_fee=raw.max_priority_fee_per_gas)
        try:
            fees = offered.raised(self._gateway.fees())
        except FeesAboveCap:
            return None
        return fees if self._gateway.allows(fees) else None

    def _is_taken(self, raw: RawTransaction, troubles: Troubles) -> bool:
        """Send bytes; tells whether a node has them now, or had them before."""
        try:
            answer = self._gateway.broadcast(raw.raw)
        except ChainRefused as refused:
            # No ether, or more gas than a block has: the bytes wait until somebody helps.
            text = f"{raw.write} was not taken by the node: {refused.reason}"
            troubles.tell(NOT_TAKEN, raw.sender, text)
            return False
        troubles.clear(NOT_TAKEN, raw.sender)
        logger.info("%s: nonce %d, %s", raw.write, raw.nonce, answer.outcome.value)
        # Of a used nonce only the look can tell whose it was; until then nothing was broadcast.
        return answer.outcome is not Outcome.NONCE_TOO_LOW or self._gateway.is_known(
            raw.transaction
        )

    def _is_overdue(self, write: OpenWrite) -> bool:
        return time.monotonic() - self._wait(write).asked >= self._rules.resend_seconds

    def _wait(self, write: OpenWrite) -> Waiting:
        known = self._waiting.get(write.name)
        if known is None:
            known = self._waiting[write.name] = Waiting(asked=time.monotonic())
        return known

    def _forget(self, names: set[str]) -> None:
        for name in self._waiting.keys() - names:
            del self._waiting[name]


def _mined(write: OpenWrite, receipt: Receipt) -> commands.RecordMined:
    return commands.RecordMined(
        write=write.name,
        transaction=receipt.transaction_hash,
        block=receipt.block_number,
        block_hash=receipt.block_hash,
        gas_used=receipt.gas_used,
        gas_price=str(receipt.effective_gas_price),
        fee=str(receipt.gas_used * receipt.effective_gas_price),
    )
